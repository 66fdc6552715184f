# Several arms against one reference by mvtnorm and multcomp; adjusted p values by p.adjust;
# a Bayesian safety rule by pbeta and an exact enumeration. Writes several_arms.json beside itself.
suppressMessages({library(multcomp); library(mvtnorm); library(jsonlite)})
fine <- GenzBretz(maxpts = 4e5, abseps = 1e-7, releps = 0)

chance <- function(critical, loading, df, sides) {
  R <- outer(loading, loading); diag(R) <- 1
  k <- length(loading)
  low <- if (sides == 1) rep(-Inf, k) else rep(-critical, k)
  # Two arms and known deviation or whole df: mvtnorm's TVPACK, exact to 1e-12.
  algorithm <- if (k <= 3 && sides == 1) TVPACK(abseps = 1e-12) else fine
  set.seed(1)
  value <- if (is.infinite(df)) pmvnorm(low, rep(critical, k), corr = R, algorithm = algorithm)
           else pmvt(low, rep(critical, k), df = df, corr = R, algorithm = algorithm)
  list(critical = critical, loading = loading, df = if (is.infinite(df)) NULL else df, sides = sides,
       chance = as.numeric(value), error = as.numeric(attr(value, "error")))
}
chances <- list()
for (sides in 1:2) for (df in c(Inf, 6, 30)) for (loading in list(rep(sqrt(0.5), 2), c(0.6, 0.75, 0.5), c(0.8, 0.7, 0.55, 0.3)))
  for (critical in c(1.5, 2.3)) chances[[length(chances) + 1]] <- chance(critical, loading, df, sides)

# A made-up trial: a reference and three doses, unequal numbers.
persons <- c(24, 20, 20, 22); shift <- c(0, 0.35, 0.7, 0.9)
set.seed(2026)
dose <- factor(rep(c("none", "low", "middle", "high"), persons), levels = c("none", "low", "middle", "high"))
y <- round(rnorm(sum(persons)) + rep(shift, persons), 3)
fit <- aov(y ~ dose)
compare <- function(alternative) {
  comparison <- glht(fit, linfct = mcp(dose = "Dunnett"), alternative = alternative)
  set.seed(3); once <- summary(comparison, test = adjusted("single-step", algorithm = fine))
  set.seed(3); stepped <- summary(comparison, test = adjusted("free", algorithm = fine))
  set.seed(3); limits <- confint(comparison, level = 0.95, calpha = adjusted_calpha(algorithm = GenzBretz(maxpts = 4e5, abseps = 1e-6, releps = 0)))
  list(t = as.numeric(once$test$tstat), p = as.numeric(once$test$pvalues), step_down = as.numeric(stepped$test$pvalues),
       lower = as.numeric(limits$confint[, "lwr"]), upper = as.numeric(limits$confint[, "upr"]),
       critical = as.numeric(attr(limits$confint, "calpha")))
}
trial <- list(y = y, persons = persons, two = compare("two.sided"), greater = compare("greater"))

p <- c(0.012, 0.034, 0.008, 0.041, 0.2)
multiple <- list(p = p, holm = p.adjust(p, "holm"), hochberg = p.adjust(p, "hochberg"))

# Safety: stop when the posterior chance of a rate above 0.1 exceeds 0.9; beta(0.5, 4.5) prior; 12 persons.
above <- function(x, n) 1 - pbeta(0.1, 0.5 + x, 4.5 + n - x)
fewest <- sapply(1:12, function(n) { found <- which(above(0:n, n) > 0.9); if (length(found)) found[1] - 1 else -1 })
sequences <- as.matrix(expand.grid(rep(list(0:1), 12)))
counts <- t(apply(sequences, 1, cumsum))
hit <- sweep(counts, 2, ifelse(fewest < 0, 99, fewest), ">=")
first <- apply(hit, 1, function(row) if (any(row)) which(row)[1] else Inf)
ends <- pmin(first, 12)
enumerated <- lapply(c(0.05, 0.1, 0.25), function(rate) {
  mass <- rate^counts[, 12] * (1 - rate)^(12 - counts[, 12])
  list(rate = rate, stopped_by = sapply(1:12, function(n) sum(mass[first <= n])), persons = sum(mass * ends),
       events = sum(mass * counts[cbind(seq_along(ends), ends)]))
})
safety <- list(above = above(3, 15), above_large = 1 - pbeta(0.1, 0.5 + 9, 4.5 + 40 - 9), fewest = fewest, rates = enumerated)

write_json(list(source = paste("mvtnorm", packageVersion("mvtnorm"), "multcomp", packageVersion("multcomp"), R.version.string),
                chances = chances, trial = trial, multiple = multiple, safety = safety),
           "several_arms.json", digits = 15, auto_unbox = TRUE, null = "null")
