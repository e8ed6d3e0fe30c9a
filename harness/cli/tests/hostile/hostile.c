/* An optimizer that does harm: gradient descent until the step `at`, then the deed.
 *
 * For the tests of isolation only. Built by them with `cc`; `-DWRONG_ABI` makes a library of another major version,
 * `-DCRASHES_AT_ONCE` one that cannot be loaded. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness_plugin.h"

typedef struct {
    const HarnessProblem *problem;
    char deed[32];
    long at, step;
    double *gradient;
} Hostile;

#ifdef CRASHES_AT_ONCE
__attribute__((constructor)) static void crash(void) {
    abort();
}
#endif

static volatile double sink;
static const HarnessStr EM = HARNESS_STR(HARNESS_EXT_EM);

static void *spin(void *nothing) {
    for (;;) {
        sink += 1.0;
    }
    return nothing;
}

/* No tail call, and a frame that cannot be left out. */
static int overflow(int depth) {
    volatile char frame[4096];
    frame[0] = (char)depth;
    return overflow(depth + 1) + frame[0];
}

static void leave_a_child(void) {
    if (fork() == 0) {
        for (;;) {
            pause();
        }
    }
}

/* Out of reach of a signal to the group of processes. */
static void leave_a_runaway(void) {
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            setsid();
        }
        for (;;) {
            pause();
        }
    }
}

static void allocate(void) {
    /* 100 GB, touched: the memory is really wanted. */
    for (long i = 0; i < 1000; i++) {
        char *piece = malloc(100L << 20); /* null beyond the limit: the next line faults */
        memset(piece, 1, 100L << 20);
    }
}

/* Each within the limit, together beyond it. */
static void leave_large_children(void) {
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            volatile char *piece = malloc(100L << 20);
            for (long i = 0; i < 100L << 20; i += 4096) {
                piece[i] = 1;
            }
            pause();
        }
    }
    sleep(600);
}

static void leak_files(void) {
    while (open("/dev/null", O_RDONLY) >= 0) {
    }
}

/* Into everything that is open and of this type. */
static void write_to(mode_t type, const char *text) {
    for (int fd = 3; fd < 1024; fd++) {
        struct stat file;
        if (fstat(fd, &file) == 0 && (file.st_mode & S_IFMT) == type) {
            (void)!write(fd, text, strlen(text));
        }
    }
}

static double *design(const Hostile *self) {
    static const HarnessStr DATA = HARNESS_STR(HARNESS_EXT_DATA);
    const HarnessData *data = self->problem->get_extension(self->problem->ctx, DATA);
    return (double *)data->x;
}

static HarnessStatus commit_deed(const Hostile *self, double *theta, size_t dim, HarnessStep *report) {
    const char *deed = self->deed;
    pthread_t thread;
    if (!strcmp(deed, "segfault")) {
        *(volatile int *)8 = 1;
    } else if (!strcmp(deed, "abort")) {
        abort();
    } else if (!strcmp(deed, "exit")) {
        exit(0);
    } else if (!strcmp(deed, "endless")) {
        spin(NULL);
    } else if (!strcmp(deed, "sleep")) {
        sleep(600);
    } else if (!strcmp(deed, "fork")) {
        fork();
    } else if (!strcmp(deed, "child")) {
        leave_a_child();
    } else if (!strcmp(deed, "runaway")) {
        leave_a_runaway();
    } else if (!strcmp(deed, "runaway_abort")) {
        leave_a_runaway();
        abort();
    } else if (!strcmp(deed, "thread")) {
        pthread_create(&thread, NULL, spin, NULL);
    } else if (!strcmp(deed, "allocate")) {
        allocate();
    } else if (!strcmp(deed, "overflow")) {
        sink = overflow(0);
    } else if (!strcmp(deed, "nan")) {
        theta[0] = NAN;
    } else if (!strcmp(deed, "infinite")) {
        theta[dim - 1] = -INFINITY;
    } else if (!strcmp(deed, "rise")) {
        for (size_t i = 0; i < dim; i++) {
            theta[i] = 1e3;
        }
    } else if (!strcmp(deed, "past_end")) {
        theta[dim] = 0.0;
    } else if (!strcmp(deed, "before_start")) {
        theta[-1] = 0.0;
    } else if (!strcmp(deed, "print")) {
        for (int i = 0; i < 20000; i++) {
            puts("\033[2J{\"status\": \"budget\"} \x01\xff garbage on stdout");
        }
        fflush(stdout);
    } else if (!strcmp(deed, "close_files")) {
        for (int fd = 0; fd < 1024; fd++) {
            close(fd);
        }
    } else if (!strcmp(deed, "leak_files")) {
        leak_files();
    } else if (!strcmp(deed, "cancelled")) {
        return HARNESS_ERR_CANCELLED; /* nobody has asked for that */
    } else if (!strcmp(deed, "terminate")) {
        raise(SIGTERM);
    } else if (!strcmp(deed, "large_child")) {
        leave_large_children();
    } else if (!strcmp(deed, "few_files")) {
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0});
    } else if (!strcmp(deed, "chdir")) {
        (void)!chdir("/");
    } else if (!strcmp(deed, "umask")) {
        umask(0777);
    } else if (!strcmp(deed, "rounding")) {
        fesetround(FE_UPWARD);
    } else if (!strcmp(deed, "alarm")) {
        alarm(1);
    } else if (!strcmp(deed, "write_files")) {
        write_to(S_IFREG, "garbage\n");
    } else if (!strcmp(deed, "write_socket")) {
        write_to(S_IFSOCK, "what");
    } else if (!strcmp(deed, "kill")) {
        kill(getpid(), SIGKILL);
    } else if (!strcmp(deed, "refuse")) {
        return 4711; /* a code that nobody knows */
    } else if (!strcmp(deed, "overlap")) {
        double value;
        return self->problem->value_gradient(self->problem->ctx, theta, &value, theta);
    } else if (!strcmp(deed, "too_early")) {
        const HarnessEm *em = self->problem->get_extension(self->problem->ctx, EM);
        double *out = calloc(self->problem->n_rows * em->n_components, sizeof(double));
        HarnessStatus status = em->responsibilities(self->problem->ctx, out);
        free(out);
        return status;
    } else if (!strcmp(deed, "forgive")) {
        /* A callback fails, which is ignored; a later step fails without a word. */
        self->problem->value_gradient(self->problem->ctx, NULL, NULL, NULL);
    } else if (!strcmp(deed, "flow")) {
        report->flow = 77;
    } else if (!strcmp(deed, "write_data")) {
        design(self)[0] = 1e9;
    } else if (!strcmp(deed, "force_data")) {
        /* The pages are made writable first. */
        double *x = design(self);
        uintptr_t page = (uintptr_t)x / 4096 * 4096;
        mprotect((void *)page, (uintptr_t)(x + 1) - page, PROT_READ | PROT_WRITE);
        x[0] = 1e9;
        kill(getpid(), SIGKILL);
    }
    return HARNESS_OK;
}

static HarnessStatus create(const HarnessHost *host, const HarnessProblem *problem, const HarnessConfig *config,
                            const double *theta, void **instance) {
    Hostile *self = calloc(1, sizeof *self);
    (void)host;
    (void)theta;
    self->problem = problem;
    memcpy(self->deed, config->values[0]->text.ptr, config->values[0]->text.len);
    self->at = (long)config->values[1]->integer;
    self->gradient = calloc(problem->dim, sizeof(double));
    *instance = self;
    return HARNESS_OK;
}

static HarnessStatus step(void *instance, double *theta, HarnessStep *report) {
    Hostile *self = instance;
    size_t dim = self->problem->dim;
    double value;
    HarnessStatus status = self->problem->value_gradient(self->problem->ctx, theta, &value, self->gradient);
    if (status != HARNESS_OK) {
        return status;
    }
    for (size_t i = 0; i < dim; i++) {
        theta[i] -= 0.01 * self->gradient[i];
    }
    self->step++;
    if (self->step == self->at + 1 && !strcmp(self->deed, "forgive")) {
        return 4711;
    }
    return self->step == self->at ? commit_deed(self, theta, dim, report) : HARNESS_OK;
}

static void destroy(void *instance) {
    Hostile *self = instance;
    free(self->gradient);
    free(self);
}

static const HarnessStr DEEDS[] = {
    HARNESS_STR("none"),      HARNESS_STR("segfault"), HARNESS_STR("abort"),        HARNESS_STR("exit"),
    HARNESS_STR("endless"),   HARNESS_STR("sleep"),    HARNESS_STR("fork"),         HARNESS_STR("child"),
    HARNESS_STR("thread"),    HARNESS_STR("allocate"), HARNESS_STR("overflow"),     HARNESS_STR("nan"),
    HARNESS_STR("infinite"),  HARNESS_STR("rise"),     HARNESS_STR("past_end"),     HARNESS_STR("before_start"),
    HARNESS_STR("print"),     HARNESS_STR("close_files"), HARNESS_STR("kill"),      HARNESS_STR("refuse"),
    HARNESS_STR("overlap"),   HARNESS_STR("too_early"), HARNESS_STR("forgive"),     HARNESS_STR("flow"),
    HARNESS_STR("runaway"),   HARNESS_STR("runaway_abort"),
    HARNESS_STR("write_data"), HARNESS_STR("force_data"), HARNESS_STR("leak_files"), HARNESS_STR("few_files"),
    HARNESS_STR("chdir"),     HARNESS_STR("umask"),    HARNESS_STR("rounding"),     HARNESS_STR("alarm"),
    HARNESS_STR("write_files"), HARNESS_STR("write_socket"), HARNESS_STR("large_child"),
    HARNESS_STR("cancelled"),  HARNESS_STR("terminate"),
};
static const HarnessParamSpec DEED = {
    .struct_size = sizeof(HarnessParamSpec),
    .name = HARNESS_STR("deed"),
    .doc = HARNESS_STR("what it does"),
    .kind = HARNESS_PARAM_CHOICE,
    .default_text = HARNESS_STR("none"),
    .min = -INFINITY,
    .max = INFINITY,
    .search_min = NAN,
    .search_max = NAN,
    .choices = DEEDS,
    .n_choices = sizeof DEEDS / sizeof *DEEDS,
};
static const HarnessParamSpec AT = {
    .struct_size = sizeof(HarnessParamSpec),
    .name = HARNESS_STR("at"),
    .doc = HARNESS_STR("in which step"),
    .kind = HARNESS_PARAM_INTEGER,
    .default_number = 5,
    .min = 0,
    .max = 1e9,
    .search_min = NAN,
    .search_max = NAN,
};
static const HarnessParamSpec *const PARAMS[] = {&DEED, &AT};

static const HarnessOptimizer HOSTILE = {
    .struct_size = sizeof(HarnessOptimizer),
    .name = HARNESS_STR("hostile"),
    .version = HARNESS_STR("1.0.0"),
    .summary = HARNESS_STR("does harm"),
    .doc = HARNESS_STR("for tests"),
    .params = PARAMS,
    .n_params = sizeof PARAMS / sizeof *PARAMS,
    .create = create,
    .step = step,
    .destroy = destroy,
};
static const HarnessOptimizer *const OPTIMIZERS[] = {&HOSTILE};

HARNESS_EXPORT const HarnessEntry harness_plugin_entry = {
    .magic = HARNESS_MAGIC,
#ifdef WRONG_ABI
    .abi_major = HARNESS_ABI_MAJOR + 1,
#else
    .abi_major = HARNESS_ABI_MAJOR,
#endif
    .abi_minor = HARNESS_ABI_MINOR,
    .layout = HARNESS_ABI_LAYOUT,
    .struct_size = sizeof(HarnessEntry),
    .optimizers = OPTIMIZERS,
    .n_optimizers = 1,
};
