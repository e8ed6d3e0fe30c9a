/* Gradient descent with momentum that breaks one rule, chosen by -DWRONG=n: the number of the case in wrong.rs.
 * With WRONG 0 it keeps all of them. */

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_plugin.h"

#define IS(n) (WRONG == (n))

typedef struct {
    const HarnessHost *host;
    const HarnessProblem *problem;
    const HarnessData *data;
    double step;
    double *gradient;
    double *momentum;
    double *late; /* made by the first step */
    unsigned long steps;
} Self;

static double shared_momentum[1024];
static __thread double gain; /* set by create for its own thread only */
static unsigned long noise;

static HarnessStatus create(const HarnessHost *host, const HarnessProblem *problem, const HarnessConfig *config,
                            const double *theta, void **instance) {
    Self *self = calloc(1, sizeof *self);
    (void)theta;
    self->host = host;
    self->problem = problem;
    self->step = config->values[0]->number;
    self->gradient = calloc(problem->dim, sizeof(double));
    self->momentum = calloc(problem->dim, sizeof(double));
    if (IS(1)) self->late = (double *)8; /* destroy believes that a step was taken */
    if (IS(3)) memset(shared_momentum, 0, sizeof shared_momentum);
    gain = 1.0;
    if (IS(10)) {
        int file = open("/dev/null", O_RDONLY);
        (void)file;
    }
    if (IS(13)) { /* not asked whether it is there */
        const HarnessModel *model = problem->get_extension(problem->ctx, harness_str(HARNESS_EXT_MODEL));
        self->steps = model->n_experts;
    }
    if (IS(14) && problem->struct_size != sizeof(HarnessProblem)) {
        free(self->gradient);
        free(self->momentum);
        free(self);
        return HARNESS_ERR_MISUSE;
    }
    if (IS(15) && harness_str_equal(config->values[1]->text, harness_str("nesterov"))) abort();
    *instance = self;
    return HARNESS_OK;
}

static HarnessStatus step(void *instance, double *theta, HarnessStep *report) {
    Self *self = instance;
    const HarnessProblem *problem = self->problem;
    double *momentum = IS(3) ? shared_momentum : self->momentum;
    double value = 0.0;
    HarnessStatus status = HARNESS_OK;
    (void)report;
    if (IS(1)) self->late = NULL;
    if (IS(12)) { /* mathematics of its own, uncounted */
        for (size_t i = 0; i < problem->dim; i++) self->gradient[i] = theta[i];
    } else {
        status = problem->value_gradient(problem->ctx, theta, &value, IS(22) ? theta : self->gradient);
    }
    if (IS(5)) {
        if (status == HARNESS_ERR_CANCELLED) return status; /* other errors are ignored */
    } else if (IS(6)) {
        if (status != HARNESS_OK) return HARNESS_ERR_FAILED;
    } else if (status != HARNESS_OK) {
        return status;
    }
    if (IS(7)) {
        while (!(value < 1e300)) { /* halve the step until the value is good: with NaN never */
            status = problem->value(problem->ctx, theta, &value);
            if (status != HARNESS_OK) return status;
        }
    }
    if (IS(2)) noise = noise * 6364136223846793005u + 1442695040888963407u;
    for (size_t i = 0; i < problem->dim; i++) {
        momentum[i] = 0.5 * momentum[i] + self->gradient[i];
        theta[i] -= (IS(16) ? -1.0 : IS(4) ? gain : 1.0) * self->step * momentum[i];
        if (IS(2)) theta[i] += 1e-18 * (double)(noise >> 40);
    }
    if (IS(8)) theta[problem->dim] = 0.0;
    if (IS(9)) {
        printf("step %lu: %g\n", self->steps, value);
        fflush(stdout);
    }
    if (IS(18)) theta[0] = NAN;
    self->steps++;
    return HARNESS_OK;
}

static void destroy(void *instance) {
    Self *self = instance;
    if (IS(1) && self->late) *self->late = 0.0;
    if (IS(11)) {
        double value;
        self->problem->value_gradient(self->problem->ctx, self->momentum, &value, self->gradient);
    }
    free(self->gradient);
    free(self->momentum);
    free(self);
}

static HarnessStatus save(void *instance, HarnessWrite write, void *ctx) {
    Self *self = instance;
    return write(ctx, (const char *)self->momentum, self->problem->dim * sizeof(double));
}

static HarnessStatus restore(void *instance, const char *bytes, size_t len) {
    Self *self = instance;
    if (len != self->problem->dim * sizeof(double)) return HARNESS_ERR_FAILED;
    if (!IS(17)) memcpy(self->momentum, bytes, len);
    return HARNESS_OK;
}

static const HarnessState STATE = {sizeof(HarnessState), save, restore};

static const void *get_extension(HarnessStr id) {
    if (IS(3)) return NULL; /* its momentum lies elsewhere */
    if (IS(19)) return &STATE;
    return harness_str_equal(id, harness_str(HARNESS_EXT_STATE)) ? &STATE : NULL;
}

static const HarnessParamSpec STEP = {
    .struct_size = sizeof(HarnessParamSpec), .name = HARNESS_STR("step"), .doc = HARNESS_STR("step size"),
    .kind = HARNESS_PARAM_REAL, .flags = HARNESS_PARAM_MIN_OPEN, .default_number = 0.05, .max = INFINITY,
    .search_min = IS(20) ? -1.0 : 1e-3, .search_max = 1.0 };
static const HarnessStr WORDS[] = {HARNESS_STR("plain"), HARNESS_STR("nesterov")};
static const HarnessParamSpec KIND = {
    .struct_size = sizeof(HarnessParamSpec), .name = HARNESS_STR("momentum"), .doc = HARNESS_STR("kind"),
    .kind = HARNESS_PARAM_CHOICE, .default_text = HARNESS_STR("plain"), .choices = WORDS, .n_choices = 2 };
static const HarnessParamSpec *const PARAMS[] = {&STEP, &KIND};
static const HarnessOptimizer OPTIMIZER = {
    .struct_size = sizeof(HarnessOptimizer), .name = HARNESS_STR("subject"), .version = HARNESS_STR("1.0.0"),
    .summary = HARNESS_STR("gradient descent with momentum"), .doc = HARNESS_STR("m+ = m/2 + g; theta+ = theta - step m"),
    .flags = HARNESS_FLAG_DESCENT, .params = PARAMS, .n_params = 2, .create = create, .step = step, .destroy = destroy,
    .get_extension = get_extension };
static const HarnessOptimizer *const OPTIMIZERS[] = {&OPTIMIZER};
HARNESS_PLUGIN(OPTIMIZERS);

#if WRONG == 21
__attribute__((constructor)) static void ruin(void) { abort(); }
#endif
