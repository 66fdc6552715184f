# Common measures over strata. Run from this folder:  Rscript stratified.R > stratified.json
library(metafor)
number <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")

# Three sets of strata: Lu's, printed by Melikov and Mosier (2025); two drawn with fixed seeds,
# for which SAS results were printed (see README.md); and one with sparse strata.
draw <- function(seed, first) {
  set.seed(seed)
  if (first) {
    r <- c(sample(c(TRUE, FALSE), size = 40, prob = c(3 / 4, 1 / 4), replace = TRUE),
           sample(c(TRUE, FALSE), size = 40, prob = c(1 / 2, 1 / 2), replace = TRUE))
    g <- rep(c(1, 0), each = 40)
    s <- interaction(sample(c("a", "b"), 80, TRUE), sample(c("x", "y", "z"), 80, TRUE))
  } else {
    r <- sample(c(TRUE, FALSE), 100, TRUE)
    g <- as.integer(sample(c("Placebo", "Treatment"), 100, TRUE) == "Treatment")
    s <- interaction(sample(c("a", "b"), 100, TRUE), sample(c("x", "y", "z"), 100, TRUE))
  }
  list(x1 = as.vector(tapply(r & g == 1, s, sum)), n1 = as.vector(tapply(g == 1, s, sum)),
       x0 = as.vector(tapply(r & g == 0, s, sum)), n0 = as.vector(tapply(g == 0, s, sum)))
}
sets <- list(
  lu = list(x1 = c(1, 3, 2), n1 = c(15, 10, 25), x0 = c(3, 4, 18), n0 = c(5, 10, 35)),
  drawn1 = draw(1, TRUE), drawn2 = draw(2, FALSE),
  sparse = list(x1 = c(1, 0, 2, 1, 0, 3, 1, 2), n1 = c(2, 1, 2, 1, 3, 3, 2, 2),
                x0 = c(0, 1, 1, 0, 1, 1, 0, 0), n0 = c(1, 2, 2, 2, 2, 3, 1, 2))
)

# Miettinen and Nurminen's stratified limits from the definition: the constrained likelihood is
# maximised numerically and the limits are roots, no closed form.
constrained <- function(d, x1, n1, x0, n0) {
  ll <- function(p) {
    q <- p + d
    t <- function(x, y) ifelse(x == 0, 0, x * log(y))
    t(x1, q) + t(n1 - x1, 1 - q) + t(x0, p) + t(n0 - x0, 1 - p)
  }
  lo <- max(0, -d); hi <- min(1, 1 - d)
  p <- optimize(ll, c(lo, hi), maximum = TRUE, tol = 1e-12)$maximum
  for (e in c(lo, hi)) if (is.finite(ll(e)) && ll(e) >= ll(p)) p <- e
  p
}
score_limits <- function(s, level = 0.95) {
  w <- with(s, n1 * n0 / (n1 + n0)); w <- w / sum(w)
  est <- with(s, sum(w * (x1 / n1 - x0 / n0))); z <- qnorm(0.5 + level / 2)
  f <- function(d) {
    v <- sapply(seq_along(s$x1), function(k) with(s, {
      p <- constrained(d, x1[k], n1[k], x0[k], n0[k]); q <- p + d; N <- n1[k] + n0[k]
      (q * (1 - q) / n1[k] + p * (1 - p) / n0[k]) * N / (N - 1)
    }))
    (est - d)^2 - z^2 * sum(w^2 * v)
  }
  c(uniroot(f, c(-0.99999, est), tol = 1e-12)$root, uniroot(f, c(est, 0.99999), tol = 1e-12)$root)
}

one <- function(s) {
  keep <- s$n1 > 0 & s$n0 > 0
  s <- lapply(s, function(v) v[keep])
  t <- array(rbind(s$x1, s$n1 - s$x1, s$x0, s$n0 - s$x0), dim = c(2, 2, length(s$x1)))
  plain <- mantelhaen.test(t, correct = FALSE); cont <- mantelhaen.test(t, correct = TRUE)
  mh <- function(measure) with(s, rma.mh(measure = measure, ai = x1, n1i = n1, ci = x0, n2i = n0,
    add = 0, to = "none", drop00 = FALSE))
  rd <- mh("RD"); rr <- mh("RR"); or <- mh("OR")
  # Greenland and Robins' variance of the difference, term by term as they print it.
  gr <- with(s, {N <- n1 + n0
    sum((x1 * (n1 - x1) * n0^3 + x0 * (n0 - x0) * n1^3) / (n1 * n0 * N^2)) / sum(n1 * n0 / N)^2})
  paste0("{", paste(c(
    paste0('"', names(s), '": ', sapply(s, number)),
    paste0('"cmh": ', number(c(plain$statistic, plain$p.value))),
    paste0('"cmh_continuity": ', number(c(cont$statistic, cont$p.value))),
    paste0('"risk_difference": ', number(c(rd$beta, rd$se, rd$ci.lb, rd$ci.ub))),
    paste0('"greenland_robins_se": ', number(sqrt(gr))),
    paste0('"log_risk_ratio": ', number(c(rr$beta, rr$se, rr$ci.lb, rr$ci.ub))),
    paste0('"log_odds_ratio": ', number(c(or$beta, or$se, or$ci.lb, or$ci.ub))),
    paste0('"tarone": ', number(c(or$TA, or$TAp))),
    paste0('"score_limits": ', number(score_limits(s))),
    paste0('"score_limits_90": ', number(score_limits(s, 0.90)))
  ), collapse = ",\n  "), "}")
}
cat(sprintf('{\n "source": "R %s.%s, stats::mantelhaen.test, metafor %s rma.mh, stratified.R",\n',
  R.version$major, R.version$minor, packageVersion("metafor")))
cat(' "tolerance": "1e-10 relative; 1e-7 for score_limits, where R maximises numerically",\n')
cat(paste0(' "', names(sets), '": ', sapply(sets, one), collapse = ",\n"), "\n}\n")
