/* Gradient descent: theta+ = theta - step * grad L(theta).
 *
 * Needs the gradient alone, so it runs on every problem. One pass over the data per step. */

#include <math.h>
#include <stdlib.h>

#include "harness_plugin.h"

typedef struct {
    const HarnessProblem *problem;
    double step;
    double *gradient; /* problem->dim numbers */
} Descent;

static void destroy(void *instance) {
    Descent *self = instance;
    free(self->gradient);
    free(self);
}

static HarnessStatus create(const HarnessHost *host, const HarnessProblem *problem, const HarnessConfig *config,
                            const double *theta, void **instance) {
    Descent *self = malloc(sizeof *self);
    (void)theta;
    if (!self) {
        host->set_error(host->ctx, harness_str("out of memory"));
        return HARNESS_ERR_FAILED;
    }
    self->problem = problem;
    self->step = config->values[0]->number; /* in the order of PARAMS */
    self->gradient = malloc(problem->dim * sizeof(double));
    if (!self->gradient) {
        free(self);
        host->set_error(host->ctx, harness_str("out of memory"));
        return HARNESS_ERR_FAILED;
    }
    *instance = self;
    return HARNESS_OK;
}

static HarnessStatus step(void *instance, double *theta, HarnessStep *report) {
    Descent *self = instance;
    const HarnessProblem *problem = self->problem;
    double value;
    HarnessStatus status = problem->value_gradient(problem->ctx, theta, &value, self->gradient);
    (void)report;
    if (status != HARNESS_OK) {
        return status; /* the harness knows the reason already */
    }
    for (size_t i = 0; i < problem->dim; i++) {
        theta[i] -= self->step * self->gradient[i];
    }
    return HARNESS_OK;
}

static const HarnessParamSpec STEP = {
    .struct_size = sizeof(HarnessParamSpec),
    .name = HARNESS_STR("step"),
    .doc = HARNESS_STR("step size"),
    .kind = HARNESS_PARAM_REAL,
    .scale = HARNESS_SCALE_LOG,
    .flags = HARNESS_PARAM_MIN_OPEN, /* 0 itself is not valid */
    .default_number = 0.1,
    .min = 0.0,
    .max = INFINITY,
    .search_min = 1e-3,
    .search_max = 1e1,
};
static const HarnessParamSpec *const PARAMS[] = {&STEP};

const HarnessOptimizer C_GRADIENT_DESCENT = {
    .struct_size = sizeof(HarnessOptimizer),
    .name = HARNESS_STR("c_gradient_descent"),
    .version = HARNESS_STR("1.0.0"),
    .summary = HARNESS_STR("gradient descent with a constant step, in C"),
    .doc = HARNESS_STR("Update: theta+ = theta - step * grad L(theta)."),
    .params = PARAMS,
    .n_params = sizeof PARAMS / sizeof *PARAMS,
    .create = create,
    .step = step,
    .destroy = destroy,
};
