/* @NAME@: gradient descent with a constant step. Replace this by your method.
 *
 * theta+ = theta - step * grad L(theta), where L is the mean negative log-likelihood plus ridge. One pass over the data
 * per step. harness_plugin.h explains every name. */

#include <math.h>
#include <stdlib.h>

#include "harness_plugin.h"

typedef struct {
    const HarnessProblem *problem;
    double step;
    double *gradient; /* problem->dim numbers */
} Self;

static void destroy(void *instance) {
    Self *self = instance;
    free(self->gradient);
    free(self);
}

static HarnessStatus create(const HarnessHost *host, const HarnessProblem *problem, const HarnessConfig *config,
                            const double *theta, void **instance) {
    Self *self = calloc(1, sizeof *self);
    (void)theta; /* the start */
    if (self) self->gradient = malloc(problem->dim * sizeof(double));
    if (!self || !self->gradient) {
        free(self);
        host->set_error(host->ctx, harness_str("out of memory"));
        return HARNESS_ERR_FAILED;
    }
    self->problem = problem;
    self->step = config->values[0]->number; /* in the order of PARAMS */
    *instance = self;
    return HARNESS_OK;
}

static HarnessStatus step(void *instance, double *theta, HarnessStep *report) {
    Self *self = instance;
    const HarnessProblem *problem = self->problem;
    double value;
    HarnessStatus status = problem->value_gradient(problem->ctx, theta, &value, self->gradient);
    (void)report; /* report->flow = HARNESS_FLOW_CONVERGED ends the run */
    if (status != HARNESS_OK) return status;
    for (size_t i = 0; i < problem->dim; i++) theta[i] -= self->step * self->gradient[i];
    return HARNESS_OK;
}

static const HarnessParamSpec STEP = {
    .struct_size = sizeof(HarnessParamSpec),
    .name = HARNESS_STR("step"),
    .doc = HARNESS_STR("step size"),
    .kind = HARNESS_PARAM_REAL,
    .scale = HARNESS_SCALE_LOG,
    .flags = HARNESS_PARAM_MIN_OPEN,
    .default_number = 0.1,
    .min = 0.0,
    .max = INFINITY,
    .search_min = 1e-3,
    .search_max = 1e1,
};
static const HarnessParamSpec *const PARAMS[] = {&STEP};

static const HarnessOptimizer OPTIMIZER = {
    .struct_size = sizeof(HarnessOptimizer),
    .name = HARNESS_STR("@NAME@"),
    .version = HARNESS_STR("0.1.0"),
    .summary = HARNESS_STR("gradient descent with a constant step"),
    .doc = HARNESS_STR("Update: theta+ = theta - step * grad L(theta).\nReference: your paper, with its DOI."),
    .params = PARAMS,
    .n_params = sizeof PARAMS / sizeof *PARAMS,
    .create = create,
    .step = step,
    .destroy = destroy,
};
static const HarnessOptimizer *const OPTIMIZERS[] = {&OPTIMIZER};
HARNESS_PLUGIN(OPTIMIZERS);
