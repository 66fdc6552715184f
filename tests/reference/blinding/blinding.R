# Blinding indices from their definitions, and displays of guesses. Run from this folder:
#   Rscript blinding.R > blinding.json    (also writes guesses.csv, fixed seed)
number <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")

# James's index as a weighted kappa of disagreement among those who guess, by the definition:
# CI = (1 + P_DK + (1 - P_DK) K) / 2,  K = (P_Do - P_De) / P_De. x is guess by arm, last row "don't know".
james <- function(x) {
  p <- x / sum(x); k <- ncol(p); dk <- sum(p[k + 1, ]); g <- p[1:k, , drop = FALSE] / (1 - dk)
  o <- 0; e <- 0
  for (i in 1:k) for (j in 1:k) if (i != j) { o <- o + 0.5 * g[i, j]; e <- e + 0.5 * sum(g[i, ]) * sum(g[, j]) }
  (1 + dk + (1 - dk) * (o - e) / e) / 2
}
# Its standard error three ways: the multinomial delta method with a numerical gradient, the jackknife
# over persons, and 20000 bootstrap samples. No closed form of a variance is used.
errors <- function(f, x) {
  n <- sum(x); p <- as.vector(x) / n; shape <- function(v) array(v, dim(x))
  grad <- sapply(seq_along(p), function(j) { h <- 1e-4; g <- function(s) { q <- p; q[j] <- q[j] + s * h; f(shape(q)) }
    (-g(2) + 8 * g(1) - 8 * g(-1) + g(-2)) / (12 * h) })
  delta <- sqrt((sum(p * grad^2) - sum(p * grad)^2) / n)
  left <- sapply(seq_along(p), function(j) if (x[j] > 0) { y <- x; y[j] <- y[j] - 1; f(y) } else NA)
  w <- as.vector(x); ok <- w > 0; centre <- sum(w[ok] * left[ok]) / n
  jack <- sqrt((n - 1) / n * sum(w[ok] * (left[ok] - centre)^2))
  set.seed(1); boot <- sd(apply(rmultinom(20000, n, p), 2, function(v) f(shape(v))), na.rm = TRUE)
  c(delta, jack, boot)
}
tables <- list(printed = matrix(c(48, 4, 330, 22, 30, 319), 3), mapp = matrix(c(45, 5, 2, 11, 33, 4), 3),
               uneven = matrix(c(30, 12, 8, 9, 10, 21), 3),
               three = matrix(c(20, 6, 3, 5, 7, 12, 9, 6, 2, 8, 25, 4), 4))
one <- function(x) paste0('{"counts": [', paste(apply(x, 2, number), collapse = ", "), '], "james": ', number(james(x)),
                          ', "errors": ', number(errors(james, x)), "}")

# Bang's graded index: the mean score, its multinomial standard error by the numerical gradient.
score <- c(1, 0.5, 0, -0.5, -1); graded <- c(14, 11, 9, 6, 3)
bang <- function(x) sum(x * score) / sum(x)
bang_numbers <- c(bang(graded), errors(function(x) bang(as.vector(x)), matrix(graded, 1)))

# Guesses: 140 people, outcome missing for some, some unsure; analysis of covariance by lm, and the
# curve by weighted means of persons with a bootstrap within cells.
set.seed(20260118); n <- 140
d <- data.frame(arm = rep(0:1, n / 2), baseline = round(rnorm(n, 40, 6), 1))
d$outcome <- round(-14 - 9 * d$arm - 0.3 * (d$baseline - 40) + rnorm(n, 0, 12), 1)
d$guess <- rbinom(n, 1, plogis(-1 + 1.6 * d$arm - 0.05 * (d$outcome + 18)))
d$guess[runif(n) < 0.12] <- -2; d$guess[runif(n) < 0.04] <- -1; d$outcome[runif(n) < 0.06] <- NA
write.csv(d, "guesses.csv", row.names = FALSE, quote = FALSE)
k <- d[!is.na(d$outcome) & d$guess != -1, ]
with_guess <- summary(lm(outcome ~ arm + baseline + factor(guess), k)); without <- summary(lm(outcome ~ arm + baseline, k))
line <- function(s) c(s$coefficients["arm", 1:2], s$df[2], s$coefficients["arm", 4])
rates <- c(0, 0.25, 0.5, 0.8, 1)
point <- function(k, r) {
  w <- sapply(seq_len(nrow(k)), function(i) with(k[i, ], {
    same <- k$arm == arm; u <- mean(k$guess[same] == -2)
    share <- if (guess == -2) u else if (guess == arm) (1 - u) * r else (1 - u) * (1 - r)
    share / mean(k$guess[same] == guess)
  }))
  weighted.mean(k$outcome[k$arm == 1], w[k$arm == 1]) - weighted.mean(k$outcome[k$arm == 0], w[k$arm == 0])
}
cells <- split(k$outcome, list(k$arm, k$guess)); set.seed(2)
resampled <- replicate(4000, unlist(lapply(cells, function(y) mean(sample(y, replace = TRUE)) )))
m <- sapply(cells, length); factor_n <- sqrt(m / (m - 1))   # a bootstrap mean has the variance with divisor n
mu <- sapply(cells, mean); resampled <- mu + (resampled - mu) * factor_n
boot_se <- sapply(rates, function(r) {
  u <- sapply(0:1, function(a) mean(k$guess[k$arm == a] == -2))
  v <- c("0.0" = -(1 - u[1]) * r, "0.1" = -(1 - u[1]) * (1 - r), "0.-2" = -u[1],
         "1.1" = (1 - u[2]) * r, "1.0" = (1 - u[2]) * (1 - r), "1.-2" = u[2])
  sd(colSums(v[rownames(resampled)] * resampled))
})
cat(sprintf('{\n "source": "R %s.%s, blinding.R",\n', R.version$major, R.version$minor))
cat(' "tolerance": "1e-9 relative; jackknife 3 %, bootstraps 5 %",\n "order": "counts: one row an arm, guesses in the order of arms, then do not know; errors: delta, jackknife, bootstrap",\n')
cat(paste0(' "', names(tables), '": ', sapply(tables, one), collapse = ",\n"), ',\n')
cat(' "graded_counts":', number(graded), ',\n "graded":', number(bang_numbers), ',\n')
cat(' "ancova_adjusted":', number(line(with_guess)), ',\n "ancova_unadjusted":', number(line(without)), ',\n')
cat(' "rates":', number(rates), ',\n "curve":', number(sapply(rates, function(r) point(k, r))), ',\n "curve_bootstrap_se":', number(boot_se), "\n}\n")
