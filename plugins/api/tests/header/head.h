/* harness_plugin.h: the contract between the harness and optimizer plugins, for C and C++.
 *
 * Generated from plugins/api/src/abi.rs by `UPDATE_EXPECT=1 cargo test -p harness-plugin-api --test header`: change
 * that file, not this one.
 *
 * A plugin is a shared library that exports one symbol, the constant harness_plugin_entry; HARNESS_PLUGIN(optimizers)
 * at the end of this file defines it. The harness owns the parameters theta, the data and all mathematics of the
 * models. An optimizer is an update rule: create() makes an instance for one run, step() overwrites theta, destroy()
 * ends the instance. The whole of gradient descent:
 *
 *     #include <math.h>
 *     #include <stdlib.h>
 *     #include "harness_plugin.h"
 *
 *     typedef struct { const HarnessProblem *problem; double step; double *gradient; } Descent;
 *
 *     static HarnessStatus create(const HarnessHost *host, const HarnessProblem *problem, const HarnessConfig *config,
 *                                 const double *theta, void **instance) {
 *         Descent *self = malloc(sizeof *self);
 *         (void)host; (void)theta;
 *         if (!self) return HARNESS_ERR_FAILED;
 *         self->problem = problem;
 *         self->step = config->values[0]->number;               // the order of `params` below
 *         self->gradient = malloc(problem->dim * sizeof(double));
 *         if (!self->gradient) { free(self); return HARNESS_ERR_FAILED; }
 *         *instance = self;
 *         return HARNESS_OK;
 *     }
 *
 *     static HarnessStatus step(void *instance, double *theta, HarnessStep *report) {
 *         Descent *self = instance;
 *         const HarnessProblem *problem = self->problem;
 *         double value;
 *         HarnessStatus status = problem->value_gradient(problem->ctx, theta, &value, self->gradient);
 *         (void)report;
 *         if (status != HARNESS_OK) return status;              // hand on what the harness says
 *         for (size_t i = 0; i < problem->dim; i++) theta[i] -= self->step * self->gradient[i];
 *         return HARNESS_OK;
 *     }
 *
 *     static void destroy(void *instance) {
 *         Descent *self = instance;
 *         free(self->gradient);
 *         free(self);
 *     }
 *
 *     static const HarnessParamSpec STEP = {
 *         .struct_size = sizeof(HarnessParamSpec), .name = HARNESS_STR("step"), .doc = HARNESS_STR("step size"),
 *         .kind = HARNESS_PARAM_REAL, .scale = HARNESS_SCALE_LOG, .flags = HARNESS_PARAM_MIN_OPEN,
 *         .default_number = 0.1, .min = 0.0, .max = INFINITY, .search_min = 1e-3, .search_max = 1e1 };
 *     static const HarnessParamSpec *const PARAMS[] = { &STEP };
 *     static const HarnessOptimizer DESCENT = {
 *         .struct_size = sizeof(HarnessOptimizer), .name = HARNESS_STR("my_descent"), .version = HARNESS_STR("1.0.0"),
 *         .summary = HARNESS_STR("gradient descent"), .doc = HARNESS_STR("theta+ = theta - step * grad L(theta)"),
 *         .params = PARAMS, .n_params = 1, .create = create, .step = step, .destroy = destroy };
 *     static const HarnessOptimizer *const OPTIMIZERS[] = { &DESCENT };
 *     HARNESS_PLUGIN(OPTIMIZERS);
 *
 *     cc -O2 -shared -fPIC -fvisibility=hidden -I plugins/api/include my_descent.c -o libmy_descent.so
 *     harness plugin check libmy_descent.so
 *     harness bench my.yaml --plugin libmy_descent.so          (with `optimizers: [em, my_descent]` in my.yaml)
 *
 * Fields that an initializer leaves out are zero, and zero means: none.
 *
 * @RULES@
 */
#ifndef HARNESS_PLUGIN_H
#define HARNESS_PLUGIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

