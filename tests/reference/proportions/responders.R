# Responders after multiple imputation. Run from this folder:  Rscript responders.R > responders.json
# Also writes responders_imputed.csv: 25 completed sets (rows) of 90 scores (columns), fixed seed.
# The imputation is a normal linear model with drawn coefficients; what is checked is what comes after it.
number <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")
set.seed(20260117)
n <- 90; M <- 25
arm <- rep(0:1, each = n / 2); base <- round(rnorm(n, 40, 6))
score <- round(-6 - 7 * arm - 0.4 * (base - 40) + rnorm(n, 0, 11))   # change from baseline
miss <- runif(n) < 0.08 + 0.12 * (arm == 0)
f <- lm(score ~ arm + base, subset = !miss); X <- model.matrix(~ arm + base)
imputed <- t(replicate(M, {
  s2 <- sum(resid(f)^2) / rchisq(1, f$df.residual)
  b <- coef(f) + drop(t(chol(summary(f)$cov.unscaled * s2)) %*% rnorm(3))
  y <- score; y[miss] <- round(drop(X %*% b + rnorm(n, 0, sqrt(s2))), 4)[miss]; y
}))
site <- sample(1:3, n, TRUE, prob = c(5, 3, 2))
write.table(imputed, "responders_imputed.csv", sep = ",", row.names = FALSE, col.names = FALSE)

rubin <- function(q, v, complete, level = 0.95) {
  Q <- mean(q); W <- mean(v); B <- var(q); T <- W + (1 + 1 / M) * B; l <- (1 + 1 / M) * B / T
  old <- (M - 1) / l^2; obs <- (complete + 1) / (complete + 3) * complete * (1 - l); df <- old * obs / (old + obs)
  c(Q, sqrt(T), df, Q + c(-1, 1) * qt(0.5 + level / 2, df) * sqrt(T))
}
plain <- apply(imputed <= -10, 1, function(r) {
  p <- tapply(r, arm, mean); m <- tapply(r, arm, length)
  c(p[2] - p[1], sum(p * (1 - p) / m), log(p[2] / p[1]), sum((1 - p) / (p * m)))
})
# Mantel-Haenszel over sites, Sato's variance by metafor.
library(metafor)
over <- apply(imputed <= -10, 1, function(r) {
  g <- function(a) as.vector(tapply(r & arm == a, site, sum)); m <- function(a) as.vector(tapply(arm == a, site, sum))
  h <- function(k) rma.mh(measure = k, ai = g(1), n1i = m(1), ci = g(0), n2i = m(0), add = 0, to = "none", drop00 = FALSE)
  d <- h("RD"); q <- h("RR"); c(d$beta, d$se^2, q$beta, q$se^2)
})
cat(sprintf('{\n "source": "R %s.%s, metafor %s (over strata), responders.R",\n "tolerance": "1e-9 relative",\n',
  R.version$major, R.version$minor, packageVersion("metafor")))
cat(' "order": "estimate, se, df, lower, upper (the ratio on the log scale)",\n')
cat(' "arm":', number(arm), ',\n "baseline":', number(base), ',\n "site":', number(site), ',\n "missing":', number(miss), ',\n')
cat(' "difference":', number(rubin(plain[1, ], plain[2, ], n - 2)), ',\n "log_ratio":', number(rubin(plain[3, ], plain[4, ], n - 2)),
    ',\n "strata_difference":', number(rubin(over[1, ], over[2, ], n - 4)),
    ',\n "strata_log_ratio":', number(rubin(over[3, ], over[4, ], n - 4)), "\n}\n")
