# Cluster-robust errors of nlme::gls fits by clubSandwich: CR0 and CR2, Satterthwaite df, HTZ joint test.
# Run from this folder, after pairs.R:  Rscript club.R > club.json
suppressMessages({library(nlme); library(clubSandwich)})
number <- function(x) paste0("[", paste(sprintf("%.15g", unname(x)), collapse = ", "), "]")
strict <- glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 1000, msMaxIter = 1000, opt = "nlminb")
answer <- function(name, fit, cluster, arm, interaction, visits) {
  b <- names(coef(fit))
  L <- t(sapply(seq_len(visits), function(k) { l <- setNames(numeric(length(b)), b); l[arm] <- 1
    if (k > 1) l[sprintf(interaction, k)] <- 1; l }))
  sapply(c("CR0", "CR2"), function(type) {
    V <- vcovCR(fit, cluster = cluster, type = type)
    each <- linear_contrast(fit, vcov = V, contrasts = L, test = "Satterthwaite")
    joint <- Wald_test(fit, constraints = L, vcov = V, test = "HTZ")
    sprintf('{"model": "%s", "kind": "%s", "se": %s, "df": %s,\n  "joint": %s}', name, tolower(type), number(each$SE), number(each$df),
      number(c(joint$Fstat, joint$df_num, joint$df_denom)))
  })
}
d <- read.csv("../fev/fev_data.csv", stringsAsFactors = TRUE)
d <- droplevels(d[!is.na(d$FEV1), ]); d$visit <- as.integer(d$AVISIT)
ar1 <- gls(FEV1 ~ RACE + SEX + ARMCD * AVISIT, d, correlation = corAR1(form = ~ visit | USUBJID), control = strict)
us <- gls(FEV1 ~ RACE + SEX + ARMCD * AVISIT, d, correlation = corSymm(form = ~ visit | USUBJID),
  weights = varIdent(form = ~ 1 | AVISIT), control = strict)
p <- read.csv("../pairs/pairs.csv", stringsAsFactors = TRUE)
p <- p[!is.na(p$outcome), ]; p$arm <- factor(p$arm, c("control", "active"))
cs <- gls(outcome ~ baseline + arm * visit, p, correlation = corCompSymm(form = ~ 1 | subject), control = strict)
out <- c(answer("fev ar1 by subject", ar1, d$USUBJID, "ARMCDTRT", "ARMCDTRT:AVISITVIS%d", 4),
  answer("fev us by subject", us, d$USUBJID, "ARMCDTRT", "ARMCDTRT:AVISITVIS%d", 4),
  answer("pairs cs by subject", cs, p$subject, "armactive", "armactive:visitvisit %d", 3),
  answer("pairs cs by pair", cs, p$pair, "armactive", "armactive:visitvisit %d", 3))
cat(sprintf('{"source": "R %s.%s, nlme %s, clubSandwich %s, club.R",\n "fits": [\n%s\n]}\n', R.version$major, R.version$minor,
  packageVersion("nlme"), packageVersion("clubSandwich"), paste(out, collapse = ",\n")))
