# Times EM iterations of flexmix: `Rscript scripts/flexmix.R DATA.csv`, columns y, x2, x3 beside the constant. Called by
# peers.py. Prints seconds of CPU per iteration, and the log-likelihood that it ends at.
suppressMessages(library(flexmix))
data <- read.csv(commandArgs(TRUE)[1])
fit <- function(iterations) {
  set.seed(1)
  time <- system.time(model <- flexmix(
    y ~ x2 + x3, data = data, k = 2, concomitant = FLXPmultinom(~ x2 + x3),
    control = list(iter.max = iterations, tolerance = 0, minprior = 0)
  ))
  list(seconds = sum(time[1:2]), iterations = model@iter, value = as.numeric(logLik(model)))
}
invisible(fit(5))
# What comes before the first iteration and after the last is in both.
few <- fit(20)
many <- fit(220)
cat((many$seconds - few$seconds) / (many$iterations - few$iterations), many$value, "\n")
