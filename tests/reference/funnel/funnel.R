# Outcomes by programme: what is expected of each, and its limits. Base R only.
# Run from this folder:  Rscript funnel.R > funnel.json
# Also writes funnel.csv, the drawn data (fixed seed): persons of five programmes that differ in case-mix.
number <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")
set.seed(20261126)
sizes <- c(S01 = 41, S02 = 23, S03 = 9, S04 = 5, S05 = 64)
d <- data.frame(site = rep(names(sizes), sizes))
n <- nrow(d)
d$age <- round(rnorm(n, 40, 11))
d$female <- rbinom(n, 1, 0.6)
d$base <- round(rnorm(n, 40 + 4 * (d$site == "S02"), 7))
d$response <- rbinom(n, 1, plogis(3 - 0.05 * d$base - 0.8 * (d$site == "S05") + 0.2 * d$female))
d$change <- round(rnorm(n, -6 - 16 * d$response - 0.1 * (d$base - 40), 6), 1)
write.csv(d, "funnel.csv", row.names = FALSE, quote = FALSE)

chance <- fitted(glm(response ~ age + female + base, family = binomial, data = d,
                     control = glm.control(epsilon = 1e-15, maxit = 100)))
linear <- lm(change ~ age + female + base, data = d)

# How many of unequal independent chances come: the coefficients of the product of (1 - p) + p x.
mass <- function(p) Reduce(function(a, q) c(a * (1 - q), 0) + c(0, a * q), p, 1)
limits <- function(f, level) {
  tail <- (1 - level) / 2; F <- cumsum(f); k <- seq_along(f) - 1
  c(lower = min(k[F > tail]), upper = max(k[rev(cumsum(rev(f))) > tail]))
}
# Spiegelhalter 2005 (Statist. Med. 24:1185), appendix A.1.1: exact limits, interpolated between two counts.
between <- function(f, p) {
  F <- cumsum(f); r <- which(F >= p)[1]; below <- if (r > 1) F[r - 1] else 0
  (r - 1) - (F[r] - p) / (F[r] - below)
}
one <- function(site) {
  own <- d$site == site; f <- mass(chance[own]); m <- sum(own)
  inner <- limits(f, 0.95); outer <- limits(f, 0.998)
  half <- qnorm(c(0.975, 0.999)) * sigma(linear) / sqrt(m)
  sprintf('"%s": {"seen": %d, "expected": %s, "limits": %s, "interpolated": %s, "change": %s, "change_expected": %s, "half": %s, "share": %s}',
          site, sum(d$response[own]), number(sum(chance[own]))
          , number(c(inner, outer)), number(sapply(c(0.025, 0.975, 0.001, 0.999), between, f = f))
          , number(mean(d$change[own])), number(mean(fitted(linear)[own])), number(half)
          , number(binom.test(sum(d$response[own]), m)$conf.int))
}
# Equal chances: R's own quantiles of the binomial.
grid <- expand.grid(n = c(1, 2, 5, 12, 40, 150), p = c(0.05, 0.3, 0.5, 0.84), level = c(0.95, 0.998))
tail <- (1 - grid$level) / 2
cat("{\n", paste0('"R": "', getRversion(), '",\n'), '"programmes": {\n', paste(sapply(names(sizes), one), collapse = ",\n"), "},\n",
    '"n": ', number(grid$n), ',\n"p": ', number(grid$p), ',\n"level": ', number(grid$level),
    ',\n"lower": ', number(qbinom(tail, grid$n, grid$p)),
    ',\n"upper": ', number(qbinom(tail, grid$n, grid$p, lower.tail = FALSE)), "\n}\n", sep = "")
