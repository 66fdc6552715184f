# The model of repeated measures by generalised least squares, ML, a covariate by visit.
# Run from this folder:  Rscript gls_ml.R > gls_ml.json
library(nlme)
d <- read.csv("../fev/fev_data.csv", stringsAsFactors = TRUE)
d <- d[!is.na(d$FEV1), ]
d$visit <- as.integer(d$AVISIT)
fit <- gls(
  FEV1 ~ RACE + SEX + FEV1_BL + ARMCD * AVISIT + FEV1_BL:AVISIT, data = d, method = "ML",
  correlation = corSymm(form = ~ visit | USUBJID), weights = varIdent(form = ~ 1 | AVISIT),
  control = glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 500, opt = "nlminb")
)
# gls divides by N - p even under ML; the maximum likelihood covariance divides by N.
V <- as.matrix(vcov(fit)) * (fit$dims$N - fit$dims$p) / fit$dims$N
rows <- lapply(0:3, function(k) {
  L <- numeric(length(coef(fit))); names(L) <- names(coef(fit))
  L["ARMCDTRT"] <- 1
  if (k > 0) L[sprintf("ARMCDTRT:AVISITVIS%d", k + 1)] <- 1
  L
})
estimate <- sapply(rows, function(L) sum(L * coef(fit)))
se <- sapply(rows, function(L) sqrt(drop(L %*% V %*% L)))
sd <- fit$sigma * c(1, coef(fit$modelStruct$varStruct, unconstrained = FALSE))
full <- names(which.max(table(d$USUBJID)))
C <- corMatrix(fit$modelStruct$corStruct)[[full]]
names(sd)[1] <- setdiff(levels(d$AVISIT), names(sd)[-1])
covariance <- C * outer(sd[levels(d$AVISIT)], sd[levels(d$AVISIT)])
number <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")
cat(sprintf('{\n "source": "R %s.%s, nlme %s, gls_ml.R",\n "licence": "data Apache-2.0 (openpharma/mmrm); results computed",\n',
  R.version$major, R.version$minor, packageVersion("nlme")))
cat(' "tolerance": "2e-5 relative: nlme stops when its own criterion is met",\n')
cat(sprintf(' "neg2ll": %.15g,\n "estimate": %s,\n "se": %s,\n', -2 * as.numeric(logLik(fit)), number(estimate), number(se)))
cat(sprintf(' "covariance": [%s]\n}\n', paste(apply(covariance, 1, number), collapse = ",\n  ")))
