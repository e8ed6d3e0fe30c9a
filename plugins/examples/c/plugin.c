/* The one symbol of the library: which optimizers it holds. */

#include "harness_plugin.h"

extern const HarnessOptimizer C_GRADIENT_DESCENT;
extern const HarnessOptimizer C_EM;

static const HarnessOptimizer *const OPTIMIZERS[] = {&C_GRADIENT_DESCENT, &C_EM};
HARNESS_PLUGIN(OPTIMIZERS);
