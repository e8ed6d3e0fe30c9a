/* Expectation maximisation: theta+ = argmin_phi Q(phi | theta), by the E- and M-step of the harness.
 *
 * The responsibilities stay with the harness: e_step computes and keeps them, m_step uses them. Half a pass for the
 * E-step; the M-step is charged by the work that its inner solver does. */

#include <math.h>
#include <stdlib.h>

#include "harness_plugin.h"

typedef struct {
    void *ctx;           /* of the problem: the first argument of every callback */
    const HarnessEm *em; /* lives as long as the problem */
    double tolerance;
} Em;

static HarnessStatus create(const HarnessHost *host, const HarnessProblem *problem, const HarnessConfig *config,
                            const double *theta, void **instance) {
    Em *self;
    /* `.required` below says that we cannot do without it; asking again costs nothing. */
    const HarnessEm *em = problem->get_extension(problem->ctx, harness_str(HARNESS_EXT_EM));
    (void)theta;
    if (!em) {
        host->set_error(host->ctx, harness_str("this problem has no E-step"));
        return HARNESS_ERR_UNSUPPORTED;
    }
    self = malloc(sizeof *self);
    if (!self) {
        host->set_error(host->ctx, harness_str("out of memory"));
        return HARNESS_ERR_FAILED;
    }
    self->ctx = problem->ctx;
    self->em = em;
    self->tolerance = config->values[0]->number;
    *instance = self;
    return HARNESS_OK;
}

static HarnessStatus step(void *instance, double *theta, HarnessStep *report) {
    const Em *self = instance;
    double value;
    uint64_t inner;
    HarnessStatus status = self->em->e_step(self->ctx, theta, &value);
    (void)report;
    if (status != HARNESS_OK) {
        return status;
    }
    return self->em->m_step(self->ctx, theta, self->tolerance, &inner);
}

static void destroy(void *instance) {
    free(instance);
}

static const HarnessParamSpec TOLERANCE = {
    .struct_size = sizeof(HarnessParamSpec),
    .name = HARNESS_STR("inner_tolerance"),
    .doc = HARNESS_STR("M-step: Newton decrement, or gradient norm, at which an inner solver stops"),
    .kind = HARNESS_PARAM_REAL,
    .scale = HARNESS_SCALE_LOG,
    .flags = HARNESS_PARAM_MIN_OPEN,
    .default_number = 1e-12,
    .min = 0.0,
    .max = INFINITY,
    .search_min = 1e-12,
    .search_max = 1e-1,
};
static const HarnessParamSpec *const PARAMS[] = {&TOLERANCE};
static const HarnessStr REQUIRED[] = {HARNESS_STR(HARNESS_EXT_EM)};

const HarnessOptimizer C_EM = {
    .struct_size = sizeof(HarnessOptimizer),
    .name = HARNESS_STR("c_em"),
    .version = HARNESS_STR("1.0.0"),
    .summary = HARNESS_STR("expectation maximisation, in C"),
    .doc = HARNESS_STR("Update: theta+ = argmin_phi Q(phi | theta).\n"
                       "Reference: Dempster, Laird, Rubin (1977), doi:10.1111/j.2517-6161.1977.tb01600.x."),
    .flags = HARNESS_FLAG_DESCENT, /* an EM step never raises L */
    .required = REQUIRED,
    .n_required = sizeof REQUIRED / sizeof *REQUIRED,
    .params = PARAMS,
    .n_params = sizeof PARAMS / sizeof *PARAMS,
    .create = create,
    .step = step,
    .destroy = destroy,
};
