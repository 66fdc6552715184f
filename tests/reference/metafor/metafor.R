# Meta-analysis of two data sets by metafor, every method, tightly converged.
# Run from this folder:  Rscript metafor.R > metafor.json
suppressMessages({library(metafor); library(jsonlite)})

tight <- list(threshold = 1e-14, tol = 1e-14, maxiter = 10000)
bcg <- read.csv("bcg_counts.csv")
# The file must be metafor's own copy of the data, retyped.
stopifnot(all(bcg$events == dat.bcg$tpos), all(bcg$n == dat.bcg$tpos + dat.bcg$tneg),
          all(bcg$reference_events == dat.bcg$cpos), all(bcg$reference_n == dat.bcg$cpos + dat.bcg$cneg),
          all(bcg$ablat == dat.bcg$ablat), all(bcg$year == dat.bcg$year))
ptsd <- read.csv("ptsd_rows.csv")
of <- function(outcome) ptsd[ptsd$outcome == outcome & ptsd$comparison == "primary", ]

effects <- function(e) list(yi = as.numeric(e$yi), vi = as.numeric(e$vi))

pooled <- function(yi, vi, method, test) {
  m <- rma(yi, vi, method = method, test = test, control = tight)
  ci <- confint(m, control = list(tol = 1e-13, tau2.max = 1e5, maxiter = 10000))$random
  pi <- predict(m)
  list(method = method, test = test, b = as.numeric(m$b), se = m$se, stat = m$zval, p = m$pval,
       ci = c(m$ci.lb, m$ci.ub), pi = c(pi$pi.lb, pi$pi.ub), tau2 = m$tau2, I2 = m$I2, H2 = m$H2,
       Q = m$QE, Qp = m$QEp, weights = as.numeric(weights(m)),
       tau2_ci = as.numeric(ci["tau^2", 2:3]), I2_ci = as.numeric(ci["I^2(%)", 2:3]),
       H2_ci = as.numeric(ci["H^2", 2:3]))
}
all_pooled <- function(yi, vi) {
  out <- list()
  for (method in c("FE", "DL", "PM", "REML")) for (test in c("z", "knha", "adhoc")) {
    if (method == "FE") {
      m <- rma(yi, vi, method = "FE", test = test)
      out[[length(out) + 1]] <- list(method = method, test = test, b = as.numeric(m$b), se = m$se, stat = m$zval,
        p = m$pval, ci = c(m$ci.lb, m$ci.ub), Q = m$QE, Qp = m$QEp)
    } else out[[length(out) + 1]] <- pooled(yi, vi, method, test)
  }
  out
}
left_out <- function(yi, vi, method, test) {
  l <- as.data.frame(leave1out(rma(yi, vi, method = method, test = test, control = tight)))
  list(method = method, test = test, estimate = l$estimate, se = l$se, p = l$pval, lower = l$ci.lb, upper = l$ci.ub,
       Q = l$Q, tau2 = l$tau2, I2 = l$I2, H2 = l$H2)
}
egger <- function(yi, vi) {
  r <- regtest(x = yi, vi = vi, model = "lm")
  s <- summary(r$fit)$coefficients
  mixed <- regtest(rma(yi, vi, control = tight), model = "rma", predictor = "sei")
  # The classical test's coefficient of the standard error is Egger's intercept.
  list(slope = s[2, ], limit = s[1, ], df = r$dfs, t = r$zval, p = r$pval,
       ci = as.numeric(confint(r$fit)[2, ]), mixed_z = mixed$zval, mixed_p = mixed$pval)
}
regression <- function(yi, vi, mods, method, test, at = NULL) {
  X <- as.matrix(mods)
  m <- rma(yi, vi, mods = X, method = method, test = test, control = tight)
  out <- list(method = method, test = test, moderators = I(colnames(X)), b = as.numeric(m$b), se = m$se, stat = m$zval,
    p = m$pval, lower = m$ci.lb, upper = m$ci.ub, vb = unname(vcov(m)), QM = m$QM, QMp = m$QMp, QMdf = m$QMdf,
    QE = m$QE, QEp = m$QEp, tau2 = m$tau2, I2 = m$I2, H2 = m$H2, R2 = m$R2)
  if (method != "FE") out$tau2_ci <- as.numeric(confint(m, control = list(tol = 1e-13, tau2.max = 1e5, maxiter = 10000))$random["tau^2", 2:3])
  if (!is.null(at)) {
    p <- predict(m, newmods = at)
    out$at <- at; out$pred <- p$pred; out$pred_se <- p$se; out$pred_ci <- cbind(p$ci.lb, p$ci.ub); out$pred_pi <- cbind(p$pi.lb, p$pi.ub)
  }
  out
}
regressions <- function(yi, vi, X, at) {
  out <- list()
  for (method in c("FE", "DL", "PM", "REML")) for (test in c("z", "knha", "adhoc"))
    out[[length(out) + 1]] <- regression(yi, vi, X, method, test, at)
  out
}
mh <- function(d, measure, pooled_add = 0) {
  m <- rma.mh(measure = measure, ai = events, n1i = n, ci = reference_events, n2i = reference_n, data = d,
              add = c(1/2, pooled_add), to = c("only0", "only0"), drop00 = rep(measure != "RD", 2))
  out <- list(measure = measure, b = as.numeric(m$b), se = m$se, z = m$zval, p = m$pval, ci = c(m$ci.lb, m$ci.ub),
       Q = m$QE, Qp = m$QEp, k = m$k)
  if (measure == "OR") { out$CMH <- m$MH; out$CMHp <- m$MHp }
  out
}
binary <- function(d) {
  out <- list()
  for (measure in c("RR", "OR", "RD"))
    out[[measure]] <- effects(escalc(measure = measure, ai = events, n1i = n, ci = reference_events, n2i = reference_n, data = d))
  out$mh <- lapply(c("RR", "OR", "RD"), function(m) mh(d, m))
  out$mh_halves <- lapply(c("RR", "OR", "RD"), function(m) mh(d, m, 1/2))
  out
}
counts <- function(outcome) {
  d <- of(outcome)
  data.frame(events = d$events1, n = d$total1, reference_events = d$events2, reference_n = d$total2)
}

b <- escalc(measure = "RR", ai = events, n1i = n, ci = reference_events, n2i = reference_n, data = bcg)
X1 <- bcg["ablat"]; X3 <- bcg[c("ablat", "year", "random")]
msd <- of("msd")
smd <- function(vtype) effects(escalc(measure = "SMD", m1i = mean1, sd1i = sd1, n1i = n1, m2i = mean2, sd2i = sd2,
                                      n2i = n2, data = msd, vtype = vtype))
md <- function(vtype) effects(escalc(measure = "MD", m1i = mean1, sd1i = sd1, n1i = n1, m2i = mean2, sd2i = sd2,
                                     n2i = n2, data = msd, vtype = vtype))
# The synthesis's own Hedges g: approximate correction, variance from the uncorrected difference.
N <- msd$n1 + msd$n2
d <- (msd$mean1 - msd$mean2) / sqrt(((msd$n1 - 1) * msd$sd1^2 + (msd$n2 - 1) * msd$sd2^2) / (N - 2))
g <- (1 - 3 / (4 * N - 9)) * d; vg <- N / (msd$n1 * msd$n2) + d^2 / (2 * N)

# Tables with zero cells, both arms empty, both arms full: what is added where.
sparse <- data.frame(events = c(0, 3, 0, 8, 5, 2), n = c(10, 12, 9, 8, 20, 15),
                     reference_events = c(2, 0, 0, 9, 4, 3), reference_n = c(11, 13, 10, 9, 22, 14))

# Restricted likelihoods with two maxima: metafor's height of each place (its constant does not matter).
two <- function(yi, vi) {
  at <- c(0, 10^seq(-4, 2, by = 0.05))
  list(yi = yi, vi = vi, at = at,
       height = sapply(at, function(t) as.numeric(logLik(rma(yi, vi, tau2 = t, method = "REML")))))
}

result <- list(
  source = paste0(R.version.string, ", metafor ", packageVersion("metafor"), ", metafor.R"),
  bcg = list(RR = effects(b), pooled = all_pooled(b$yi, b$vi),
    left_out = list(left_out(b$yi, b$vi, "REML", "knha"), left_out(b$yi, b$vi, "DL", "z"), left_out(b$yi, b$vi, "PM", "adhoc")),
    egger = egger(b$yi, b$vi), one = regressions(b$yi, b$vi, X1, cbind(c(0, 33.46, 60))),
    three = regressions(b$yi, b$vi, X3, rbind(c(33, 1960, 1))), binary = binary(bcg)),
  ptsd = list(g = list(yi = g, vi = vg), pooled = all_pooled(g, vg), SMD_LS = smd("LS"), MD_LS = md("LS"), MD_HO = md("HO"),
    left_out = list(left_out(g, vg, "REML", "knha"), left_out(g, vg, "DL", "z"), left_out(g, vg, "PM", "adhoc")),
    egger = egger(g, vg), one = regressions(g, vg, msd["sessions"], cbind(c(2, 3))),
    response = binary(counts("response")), remission = binary(counts("remission"))),
  two_maxima = list(two(c(2.7, 2.6, -3.6), c(0.003, 0.003, 3.332)), two(c(-0.4, -5.1, -5.1), c(3.587, 0.005, 0.189))),
  sparse = c(list(counts = sparse), binary(sparse))
)
cat(toJSON(result, digits = NA, auto_unbox = TRUE, dataframe = "columns", na = "null"), "\n")
