# The FEV data under each covariance structure that nlme::gls has, REML and ML.
# Run from this folder:  Rscript gls.R > gls.json
suppressMessages(library(nlme))
d <- read.csv("../fev/fev_data.csv", stringsAsFactors = TRUE)
d <- d[!is.na(d$FEV1), ]
d$visit <- as.integer(d$AVISIT)
number <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")
form <- ~ visit | USUBJID
structures <- list(
  ar1 = list(corAR1(form = form), NULL), ar1h = list(corAR1(form = form), varIdent(form = ~ 1 | AVISIT)),
  cs = list(corCompSymm(form = form), NULL), csh = list(corCompSymm(form = form), varIdent(form = ~ 1 | AVISIT)),
  us = list(corSymm(form = form), varIdent(form = ~ 1 | AVISIT)))
L <- function(fit, k) {
  row <- setNames(numeric(length(coef(fit))), names(coef(fit)))
  row["ARMCDTRT"] <- 1
  if (k > 1) row[sprintf("ARMCDTRT:AVISITVIS%d", k)] <- 1
  row
}
one <- function(name, method) {
  s <- structures[[name]]
  fit <- gls(FEV1 ~ RACE + SEX + ARMCD * AVISIT, data = d, method = method, correlation = s[[1]], weights = s[[2]],
    control = glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 1000, msMaxIter = 1000, opt = "nlminb"))
  # gls divides by N - p even under ML; the maximum likelihood covariance divides by N.
  V <- vcov(fit) * if (method == "ML") (fit$dims$N - fit$dims$p) / fit$dims$N else 1
  rows <- lapply(1:4, function(k) L(fit, k))
  sd <- rep(fit$sigma, 4)
  if (!is.null(s[[2]])) {
    ratio <- c(1, coef(fit$modelStruct$varStruct, unconstrained = FALSE))
    names(ratio)[1] <- setdiff(levels(d$AVISIT), names(ratio)[-1])
    sd <- fit$sigma * ratio[levels(d$AVISIT)]
  }
  C <- corMatrix(fit$modelStruct$corStruct)[[names(which.max(table(d$USUBJID)))]]
  sprintf(' {"structure": "%s", "method": "%s", "neg2ll": %.15g, "aic": %.15g,\n  "estimate": %s,\n  "se": %s,\n  "covariance": [%s]}',
    name, tolower(method), -2 * as.numeric(logLik(fit)), AIC(fit),
    number(sapply(rows, function(r) sum(r * coef(fit)))), number(sapply(rows, function(r) sqrt(drop(r %*% V %*% r)))),
    paste(apply(C * outer(sd, sd), 1, number), collapse = ", "))
}
fits <- unlist(lapply(names(structures), function(s) sapply(c("REML", "ML"), function(m) one(s, m))))
cat(sprintf('{"source": "R %s.%s, nlme %s, gls.R",\n "fits": [\n%s\n]}\n', R.version$major, R.version$minor,
  packageVersion("nlme"), paste(fits, collapse = ",\n")))
