# Time to event. Run from this folder:  Rscript survival.R > survival.json  (also writes survival.csv, fixed seed)
library(survival)
number <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.15g", x)), collapse = ", "), "]")
set.seed(20260116)
n <- 180
d <- data.frame(arm = rep(0:2, length.out = n), baseline = round(rnorm(n, 40, 7), 1), site = sample(1:3, n, TRUE))
event_time <- rexp(n, 0.012 * exp(c(0, -0.3, -0.8)[d$arm + 1] + 0.03 * (d$baseline - 40) + 0.2 * (d$site == 2)))
censor_time <- runif(n, 20, 180)
d$time <- pmax(1, round(pmin(event_time, censor_time)))   # whole days: many ties
d$event <- as.integer(event_time <= censor_time)
write.csv(d, "survival.csv", row.names = FALSE, quote = FALSE)
two <- d[d$arm != 1, ]

curve <- function(x, level = 0.95) {
  f <- survfit(Surv(time, event) ~ 1, data = x, conf.type = "log-log", conf.int = level)
  q <- quantile(f, 0.5)
  rm <- survival:::survmean(f, rmean = 100)$matrix
  paste0("{", paste(c(paste0('"time": ', number(f$time)), paste0('"at_risk": ', number(f$n.risk)),
    paste0('"events": ', number(f$n.event)), paste0('"survival": ', number(f$surv)),
    paste0('"lower": ', number(f$lower)), paste0('"upper": ', number(f$upper)),
    paste0('"median": ', number(c(q$quantile, q$lower, q$upper))),
    paste0('"restricted_mean_100": ', number(rm[c("rmean", "se(rmean)")]))), collapse = ",\n  "), "}")
}
rank_test <- function(x) { s <- survdiff(Surv(time, event) ~ arm, data = x)
  number(c(s$chisq, length(s$n) - 1, pchisq(s$chisq, length(s$n) - 1, lower.tail = FALSE))) }
tight <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
# The test of Grambsch and Therneau (1994) as they print it, from scaled Schoenfeld residuals; survival 3
# and later computes the score test instead, kept beside it.
grambsch <- function(f, transform) {
  r <- residuals(f, "scaledsch"); r <- as.matrix(r); t <- as.numeric(rownames(r))
  if (is.null(rownames(residuals(f, "scaledsch")))) t <- as.numeric(names(residuals(f, "scaledsch")))
  g <- switch(transform, identity = t, log = log(t)); g <- g - mean(g)
  D <- f$nevent; V <- vcov(f)
  sapply(seq_along(coef(f)), function(j) sum(g * r[, j])^2 / (D * V[j, j] * sum(g^2)))
}
cox <- function(formula, rows) {
  x <<- rows
  f <- coxph(formula, data = x, ties = "efron", control = tight); s <- summary(f)
  paste0("{", paste(c(paste0('"coefficients": ', number(coef(f))), paste0('"se": ', number(sqrt(diag(vcov(f))))),
    paste0('"loglik": ', number(f$loglik[2])),
    paste0('"grambsch_identity": ', number(grambsch(f, "identity"))),
    paste0('"grambsch_log": ', number(grambsch(f, "log"))),
    paste0('"score_identity": ', number(cox.zph(f, "identity", terms = FALSE, global = FALSE)$table[, 1]))),
    collapse = ",\n  "), "}")
}
cat(sprintf('{\n "source": "R %s.%s, survival %s, survival.R",\n', R.version$major, R.version$minor, packageVersion("survival")))
cat(' "tolerance": "1e-9 relative; Cox 1e-7 (lifelines stops at 1e-7)",\n')
cat(' "curve_arm0":', curve(d[d$arm == 0, ]), ',\n "curve_arm2":', curve(d[d$arm == 2, ]),
    ',\n "curve_arm2_90":', curve(d[d$arm == 2, ], 0.90), ',\n')
cat(' "log_rank_two":', rank_test(two), ',\n "log_rank_three":', rank_test(d), ',\n')
cat(' "cox_arm":', cox(Surv(time, event) ~ I(arm == 2), two), ',\n')
cat(' "cox_covariate":', cox(Surv(time, event) ~ I(arm == 1) + I(arm == 2) + baseline, d), ',\n')
cat(' "cox_strata":', cox(Surv(time, event) ~ I(arm == 1) + I(arm == 2) + baseline + strata(site), d), "\n}\n")
