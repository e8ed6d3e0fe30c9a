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
 * The binary interface: #[repr(C)] tables that cross between the harness and a plugin.
 *
 * # Rules
 *
 * 1. Structs that cross by pointer start with struct_size, set by the side that filled them; a field is read only if
 *    it lies inside that size.
 * 2. Fields are appended, never moved, removed or retyped within a major version. Arrays of structs are arrays of
 *    pointers, so that their elements may grow. HarnessStr never changes.
 * 3. No side frees what the other allocated. Pointers passed to a call live until it returns; the host and problem
 *    tables outlive every instance that was created with them.
 * 4. Text is UTF-8, pointer and length, not terminated.
 * 5. Nothing unwinds across the boundary, in either direction.
 * 6. An instance is used by one thread at a time and may move between calls. Callbacks are allowed only inside
 *    create and step, on the thread that called them.
 * 7. Codes are integers with named constants; a receiver treats unknown ones as errors.
 * 8. Numbers in θ's order, double, contiguous. The plugin writes exactly dim of them.
 *
 * # Versions
 *
 * A plugin states the version that it was built for. A host loads every plugin of its own major version: an older one
 * by the sizes of its structs, a newer one likewise, since what a newer plugin adds lies behind what the host reads.
 * HARNESS_ABI_LAYOUT is a hash of all sizes, alignments and offsets of the version; moving a field stops the build.
 */
#ifndef HARNESS_PLUGIN_H
#define HARNESS_PLUGIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct HarnessStr HarnessStr;
typedef struct HarnessEntry HarnessEntry;
typedef struct HarnessOptimizer HarnessOptimizer;
typedef struct HarnessParamSpec HarnessParamSpec;
typedef struct HarnessValue HarnessValue;
typedef struct HarnessConfig HarnessConfig;
typedef struct HarnessHost HarnessHost;
typedef struct HarnessBlock HarnessBlock;
typedef struct HarnessProblem HarnessProblem;
typedef struct HarnessModel HarnessModel;
typedef struct HarnessBatch HarnessBatch;
typedef struct HarnessEm HarnessEm;
typedef struct HarnessMirror HarnessMirror;
typedef struct HarnessHessian HarnessHessian;
typedef struct HarnessStatistics HarnessStatistics;
typedef struct HarnessData HarnessData;
typedef struct HarnessState HarnessState;
typedef struct HarnessStep HarnessStep;
typedef struct HarnessPrepare HarnessPrepare;

/* First field of every entry: "HARNESS\0" in little-endian bytes. */
#define HARNESS_MAGIC UINT64_C(0x005353454e524148)

/* Raised when a field is moved, removed or retyped. */
#define HARNESS_ABI_MAJOR UINT32_C(1)

/* Raised when a field or an extension is appended. 1: harness.hessian/1 and harness.statistics/1. */
#define HARNESS_ABI_MINOR UINT32_C(1)

/* Hash of the layout of every struct of this version. */
#define HARNESS_ABI_LAYOUT UINT64_C(0x0cc68fba74aaa329)

/* Name of the one symbol that a plugin exports. */
#define HARNESS_ENTRY_SYMBOL "harness_plugin_entry"

/* Result of a call in either direction: HARNESS_OK or one of the HARNESS_ERR_… codes. */
typedef int32_t HarnessStatus;

/* The call succeeded. */
#define HARNESS_OK 0

/* The optimizer failed for a reason of its own. */
#define HARNESS_ERR_FAILED 1

/* A configuration value is unusable in combination with others or with this problem. */
#define HARNESS_ERR_CONFIG 2

/* A numerical step has no result (singular system, projection that does not exist, inner solver that did not converge). */
#define HARNESS_ERR_NUMERICAL 3

/* The problem does not offer what was asked for; the unit is skipped with the reason. */
#define HARNESS_ERR_UNSUPPORTED 4

/* The host asked the plugin to end. */
#define HARNESS_ERR_CANCELLED 5

/* A Rust panic, or its like in another language, was caught at the boundary. */
#define HARNESS_ERR_PANIC 6

/* A pointer was null, a length wrong, or a call came out of order. */
#define HARNESS_ERR_MISUSE 7

/* UTF-8 text, not terminated. Fixed for ever. */
struct HarnessStr {
    /* First byte; may be null when len is 0. */
    const char *ptr;
    /* Bytes. */
    size_t len;
};

/* What a plugin exports, as data: it is read before any code of the plugin runs. */
struct HarnessEntry {
    /* HARNESS_MAGIC. */
    uint64_t magic;
    /* HARNESS_ABI_MAJOR of the header that the plugin was built with. */
    uint32_t abi_major;
    /* HARNESS_ABI_MINOR of that header. */
    uint32_t abi_minor;
    /* HARNESS_ABI_LAYOUT of that header. */
    uint64_t layout;
    /* sizeof(HarnessEntry) in that header. */
    size_t struct_size;
    /* The optimizers of this library. */
    const HarnessOptimizer *const *optimizers;
    /* How many. */
    size_t n_optimizers;
};

/* The optimizer does its whole work in one step; it is drawn as a point. */
#define HARNESS_FLAG_ONE_SHOT UINT64_C(1)

/* The optimizer does not begin at the shared start; it is left out of paired comparisons. */
#define HARNESS_FLAG_OWN_START UINT64_C(2)

/* With its defaults the optimizer never raises the objective of a smooth convex problem on standardized data, but for
 * rounding. harness plugin check holds it to that. */
#define HARNESS_FLAG_DESCENT UINT64_C(4)

/* One optimizer: description, parameters, functions. */
struct HarnessOptimizer {
    /* sizeof(HarnessOptimizer). */
    size_t struct_size;
    /* Name used in benchmark files: lower case, digits and _. */
    HarnessStr name;
    /* Version of the optimizer. */
    HarnessStr version;
    /* One line for lists. */
    HarnessStr summary;
    /* Update rule, requirements and references, as long as it needs. */
    HarnessStr doc;
    /* HARNESS_FLAG_…, or-ed. */
    uint64_t flags;
    /* Ids of the problem extensions that it cannot do without; where one is missing the unit is skipped. */
    const HarnessStr *required;
    /* How many. */
    size_t n_required;
    /* Hyper-parameters. */
    const HarnessParamSpec *const *params;
    /* How many. */
    size_t n_params;
    /* Makes an instance for one run. theta is the start, dim numbers. *instance is null on entry. */
    HarnessStatus (*create)(const HarnessHost *host, const HarnessProblem *problem,
            const HarnessConfig *config, const double *theta, void **instance);
    /* Takes one step: reads and overwrites theta. */
    HarnessStatus (*step)(void *instance, double *theta, HarnessStep *report);
    /* Ends an instance; called once, also after a failed step, never after a failed create. */
    void (*destroy)(void *instance);
    /* Tables of optional abilities by id; null for unknown ids. May itself be null. Called on any thread, at any time. */
    const void *(*get_extension)(HarnessStr id);
};

/* A floating-point parameter. */
#define HARNESS_PARAM_REAL UINT32_C(1)

/* A whole number. */
#define HARNESS_PARAM_INTEGER UINT32_C(2)

/* True or false. */
#define HARNESS_PARAM_BOOLEAN UINT32_C(3)

/* One of a list of words. */
#define HARNESS_PARAM_CHOICE UINT32_C(4)

/* Any text. */
#define HARNESS_PARAM_TEXT UINT32_C(5)

/* A file. In a benchmark file the path is relative to the benchmark's folder; the plugin receives it as an absolute
 * one. What the file holds decides, like every value, whether a finished run may be used again. */
#define HARNESS_PARAM_FILE UINT32_C(6)

/* Whatever else the user gives: the keys of the optimizer's entry that no other parameter declares, arriving as the text
 * of one JSON object, such as {"step":0.1}. Only the last parameter may be of this kind. It is never unset. */
#define HARNESS_PARAM_OPTIONS UINT32_C(7)

/* There is no default; unless given, the value arrives with is_set = 0. */
#define HARNESS_PARAM_OPTIONAL UINT64_C(1)

/* min itself is not allowed. */
#define HARNESS_PARAM_MIN_OPEN UINT64_C(2)

/* max itself is not allowed. */
#define HARNESS_PARAM_MAX_OPEN UINT64_C(4)

/* Values are compared and searched by difference. */
#define HARNESS_SCALE_LINEAR UINT32_C(0)

/* Values are compared and searched by ratio. */
#define HARNESS_SCALE_LOG UINT32_C(1)

/* Declares a hyper-parameter; the host checks values against it before anything runs. */
struct HarnessParamSpec {
    /* sizeof(HarnessParamSpec). */
    size_t struct_size;
    /* Name in benchmark files. */
    HarnessStr name;
    /* One line: meaning and unit. */
    HarnessStr doc;
    /* HARNESS_PARAM_…. */
    uint32_t kind;
    /* HARNESS_SCALE_…, for tuning. */
    uint32_t scale;
    /* HARNESS_PARAM_OPTIONAL, …_OPEN, or-ed. */
    uint64_t flags;
    /* Default of a real, integer or boolean (0 or 1). */
    double default_number;
    /* Default of a choice, text or file. */
    HarnessStr default_text;
    /* Least valid value; −∞ for none. */
    double min;
    /* Greatest valid value; ∞ for none. */
    double max;
    /* Least value worth trying when tuning; NaN if the parameter is not tuned. */
    double search_min;
    /* Greatest value worth trying. */
    double search_max;
    /* Words of a choice. */
    const HarnessStr *choices;
    /* How many. */
    size_t n_choices;
};

/* A checked value of a parameter. All of number, integer and text that make sense for its kind are filled. */
struct HarnessValue {
    /* sizeof(HarnessValue). */
    size_t struct_size;
    /* HARNESS_PARAM_…, as declared. */
    uint32_t kind;
    /* 0 where an optional parameter was not given. */
    uint32_t is_set;
    /* Real value; integers and booleans too. */
    double number;
    /* Integer value; booleans as 0 or 1. */
    int64_t integer;
    /* The chosen word, text, absolute path or JSON object. */
    HarnessStr text;
};

/* Values for one instance. */
struct HarnessConfig {
    /* sizeof(HarnessConfig). */
    size_t struct_size;
    /* One per declared parameter, in the order of declaration. */
    const HarnessValue *const *values;
    /* How many. */
    size_t n_values;
    /* Seed of the optimizer's own randomness; a function of problem, seed and configuration. */
    uint64_t seed;
};

/* Log levels. */
#define HARNESS_LOG_DEBUG UINT32_C(1)

/* Something a user may want to know. */
#define HARNESS_LOG_INFO UINT32_C(2)

/* Something that may make a result wrong. */
#define HARNESS_LOG_WARN UINT32_C(3)

/* What the host offers to every instance. */
struct HarnessHost {
    /* sizeof(HarnessHost). */
    size_t struct_size;
    /* Passed back as the first argument. */
    void *ctx;
    /* States why the current call is about to return an error. The host copies the text. */
    void (*set_error)(void *ctx, HarnessStr message);
    /* Writes to the host's log. */
    void (*log)(void *ctx, uint32_t level, HarnessStr message);
    /* Not 0 once the run should end: return HARNESS_ERR_CANCELLED from long steps. */
    uint32_t (*cancelled)(void *ctx);
    /* Tables of optional host services by id; null for unknown ids. */
    const void *(*get_extension)(void *ctx, HarnessStr id);
};

/* Gate parameters: columns of logits. */
#define HARNESS_BLOCK_GATE UINT32_C(1)

/* Parameters of one expert. */
#define HARNESS_BLOCK_EXPERT UINT32_C(2)

/* Logarithms of standard deviations. */
#define HARNESS_BLOCK_NOISE UINT32_C(3)

/* A contiguous part of θ: a rows × cols matrix, column by column, at offset. */
struct HarnessBlock {
    /* sizeof(HarnessBlock). */
    size_t struct_size;
    /* gate, expert_0, …, noise. */
    HarnessStr name;
    /* HARNESS_BLOCK_…. */
    uint32_t kind;
    /* Index in θ of the first number. */
    size_t offset;
    /* Rows: features (1 for noise). */
    size_t rows;
    /* Columns. */
    size_t cols;
};

/* The problem to minimise: mean negative log-likelihood plus ridge, in nats per row. Every call is counted. */
struct HarnessProblem {
    /* sizeof(HarnessProblem). */
    size_t struct_size;
    /* Passed as the first argument of every function of this table and of its extensions. */
    void *ctx;
    /* Numbers in θ. */
    size_t dim;
    /* Training rows. */
    size_t n_rows;
    /* Parts of θ, in order, without gaps. */
    const HarnessBlock *const *blocks;
    /* How many. */
    size_t n_blocks;
    /* L(θ). May be infinite or NaN: that is not an error. ½ pass. */
    HarnessStatus (*value)(void *ctx, const double *theta, double *value);
    /* L(θ) and ∇L(θ), dim numbers. 1 pass. */
    HarnessStatus (*value_gradient)(void *ctx, const double *theta, double *value, double *gradient);
    /* Tables of further abilities by id; null where this problem does not offer one. */
    const void *(*get_extension)(void *ctx, HarnessStr id);
};

/* Id of HarnessModel. */
#define HARNESS_EXT_MODEL "harness.model/1"

/* Id of HarnessBatch. */
#define HARNESS_EXT_BATCH "harness.batch/1"

/* Id of HarnessEm. */
#define HARNESS_EXT_EM "harness.em/1"

/* Id of HarnessMirror. */
#define HARNESS_EXT_MIRROR "harness.mirror/1"

/* Id of HarnessHessian. */
#define HARNESS_EXT_HESSIAN "harness.hessian/1"

/* Id of HarnessStatistics. */
#define HARNESS_EXT_STATISTICS "harness.statistics/1"

/* Id of HarnessData. */
#define HARNESS_EXT_DATA "harness.data/1"

/* harness.model/1: which model the problem fits. */
struct HarnessModel {
    /* sizeof(HarnessModel). */
    size_t struct_size;
    /* symmetric_linear, symmetric_logistic, linear or logistic. */
    HarnessStr family;
    /* Experts. */
    size_t n_experts;
    /* Classes; 0 for real targets. */
    size_t n_classes;
    /* Columns of the design matrix. */
    size_t n_features;
    /* Ridge λ: the objective holds λ/2·‖θ‖². */
    double ridge;
    /* The stated (or starting) standard deviation; 1 where it plays no part. */
    double sigma;
};

/* harness.batch/1: parts of the rows. */
struct HarnessBatch {
    /* sizeof(HarnessBatch). */
    size_t struct_size;
    /* The next n row indices of the run's own seeded shuffle, epoch by epoch; the last batch of an epoch may be
     * shorter. *rows stays valid until the next call; *n_out says how many. */
    HarnessStatus (*next)(void *ctx, size_t n, const uint32_t **rows, size_t *n_out);
    /* Mean over these rows, ridge included, and its gradient. n / n_rows passes. */
    HarnessStatus (*value_gradient)(void *ctx, const double *theta, const uint32_t *rows, size_t n,
            double *value, double *gradient);
};

/* harness.em/1: the latent-variable structure. The responsibilities stay with the host. */
struct HarnessEm {
    /* sizeof(HarnessEm). */
    size_t struct_size;
    /* Latent states. */
    size_t n_components;
    /* Computes and keeps the responsibilities at theta; L(θ) to *value. ½ pass. */
    HarnessStatus (*e_step)(void *ctx, const double *theta, double *value);
    /* Overwrites theta, the warm start, by the minimiser of the surrogate Q under the kept responsibilities, to
     * tolerance (Newton decrement or gradient norm). Inner iterations to *inner. Charged by the work done. */
    HarnessStatus (*m_step)(void *ctx, double *theta, double tolerance, uint64_t *inner);
    /* Q(φ) under the kept responsibilities (½ pass), and ∇Q if gradient is not null (1 pass in all). */
    HarnessStatus (*surrogate)(void *ctx, const double *phi, double *value, double *gradient);
    /* Copies the kept responsibilities, n_rows × n_components, row by row. */
    HarnessStatus (*responsibilities)(void *ctx, double *out);
};

/* harness.mirror/1: projected mirror descent on the complete-data exponential family. */
struct HarnessMirror {
    /* sizeof(HarnessMirror). */
    size_t struct_size;
    /* Overwrites theta by the Bregman projection of the mirror step of size step, solved to tolerance.
     * Inner iterations to *inner. Charged by the work done. */
    HarnessStatus (*step)(void *ctx, double *theta, double step, double tolerance, uint64_t *inner);
};

/* harness.hessian/1: second derivatives of the objective. */
struct HarnessHessian {
    /* sizeof(HarnessHessian). */
    size_t struct_size;
    /* out = ∇²L(θ)·v, ridge included; all three of dim numbers. 1 pass. */
    HarnessStatus (*product)(void *ctx, const double *theta, const double *v, double *out);
};

/* harness.statistics/1: stochastic approximation of the expected statistics of harness.em/1. */
struct HarnessStatistics {
    /* sizeof(HarnessStatistics). */
    size_t struct_size;
    /* Ŝ ← (1 − weight)·Ŝ + weight·S(rows; θ), S the mean over these n rows; the next m_step minimises the surrogate
     * under Ŝ, which an e_step sets to that of all rows and must have come first. ½·n / n_rows passes. */
    HarnessStatus (*blend)(void *ctx, const double *theta, const uint32_t *rows, size_t n, double weight);
};

/* harness.data/1: the training rows themselves. Element (i, j) is x[i·row_stride + j·col_stride]. */
struct HarnessData {
    /* sizeof(HarnessData). */
    size_t struct_size;
    /* Design matrix. */
    const double *x;
    /* Rows. */
    size_t n_rows;
    /* Columns. */
    size_t n_features;
    /* Distance between rows, in numbers. */
    size_t row_stride;
    /* Distance between columns, in numbers. */
    size_t col_stride;
    /* Real targets, or null. */
    const double *target;
    /* Class labels 0..n_classes, or null. */
    const uint32_t *labels;
    /* 1 where the last column is an intercept. */
    uint32_t has_intercept;
};

/* Id of HarnessState. */
#define HARNESS_EXT_STATE "harness.state/1"

/* Takes bytes from a plugin; may be called several times, the parts are joined. */
typedef HarnessStatus (*HarnessWrite)(void *ctx, const char *bytes, size_t len);

/* harness.state/1, offered by an optimizer: a run that ended can be taken up again later, in another process, under
 * a larger budget. θ, the mini-batches and the counts are kept by the host; this is about what the instance itself
 * remembers between steps. */
struct HarnessState {
    /* sizeof(HarnessState). */
    size_t struct_size;
    /* Hands the state between two steps to write(ctx, …). HARNESS_ERR_UNSUPPORTED where this instance has none
     * that can be kept. */
    HarnessStatus (*save)(void *instance, HarnessWrite write, void *ctx);
    /* Called once, after create with the same arguments as in the earlier run and before the first step: every
     * later step must do what it would have done in the earlier run, to the last bit. */
    HarnessStatus (*restore)(void *instance, const char *bytes, size_t len);
};

/* The instance goes on. */
#define HARNESS_FLOW_CONTINUE UINT32_C(0)

/* The optimizer has converged by its own test, or has done its one shot: no further step. */
#define HARNESS_FLOW_CONVERGED UINT32_C(1)

/* What a step says of itself. Filled by the host before the call with the values for "go on". */
struct HarnessStep {
    /* sizeof(HarnessStep), of the host. */
    size_t struct_size;
    /* HARNESS_FLOW_…. */
    uint32_t flow;
};

/* Id of HarnessPrepare, an extension of the optimizer. */
#define HARNESS_EXT_PREPARE "harness.prepare/1"

/* harness.prepare/1: what must be there before a run but is not the optimizer's work, such as an interpreter. */
struct HarnessPrepare {
    /* sizeof(HarnessPrepare). */
    size_t struct_size;
    /* Called before create, off the clock, with the same values. May be called more than once. */
    HarnessStatus (*prepare)(const HarnessHost *host, const HarnessConfig *config);
};

/* Text for a static table: .name = HARNESS_STR("step"). */
#define HARNESS_STR(literal) { (literal), sizeof(literal) - 1 }

/* Text for a call, of a string that ends with a zero byte: host->set_error(host->ctx, harness_str(buffer)). */
static inline HarnessStr harness_str(const char *text) {
    HarnessStr str;
    str.ptr = text;
    str.len = strlen(text);
    return str;
}

/* Whether two texts are the same: harness_str_equal(config->values[0]->text, harness_str("nesterov")). */
static inline int harness_str_equal(HarnessStr a, HarnessStr b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Whether a table from the harness is long enough to have a field (rule 1). All fields of 1.0 are always there; ask
 * before you use one that a later minor version appended. */
#define HARNESS_HAS(table, field) \
    ((size_t)((const char *)(&(table)->field + 1) - (const char *)(table)) <= (table)->struct_size)

#if defined(_WIN32)
#define HARNESS_VISIBLE __declspec(dllexport)
#else
#define HARNESS_VISIBLE __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
#define HARNESS_EXPORT extern "C" HARNESS_VISIBLE
#else
#define HARNESS_EXPORT HARNESS_VISIBLE
#endif

/* Exports the optimizers of a library, once per library:
 *     static const HarnessOptimizer *const OPTIMIZERS[] = { &ONE, &OTHER };
 *     HARNESS_PLUGIN(OPTIMIZERS); */
#define HARNESS_PLUGIN(optimizer_array)                                                              \
    HARNESS_EXPORT const HarnessEntry harness_plugin_entry;                                          \
    const HarnessEntry harness_plugin_entry = {                                                      \
        HARNESS_MAGIC,                                                                               \
        HARNESS_ABI_MAJOR,                                                                           \
        HARNESS_ABI_MINOR,                                                                           \
        HARNESS_ABI_LAYOUT,                                                                          \
        sizeof(HarnessEntry),                                                                        \
        (optimizer_array),                                                                           \
        sizeof(optimizer_array) / sizeof((optimizer_array)[0])}

#ifdef __cplusplus
}
#endif

#endif /* HARNESS_PLUGIN_H */
