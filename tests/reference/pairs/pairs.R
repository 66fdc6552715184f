# Subjects within therapist pairs: lme4, lmerTest, pbkrtest (compound symmetry) and nlme (unstructured).
# Writes pairs.csv, a trial invented here (seed below), and prints the results.
# Run from this folder:  Rscript pairs.R > pairs.json
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(nlme)})
number <- function(x) paste0("[", paste(sprintf("%.15g", unname(x)), collapse = ", "), "]")
set.seed(20240809)
size <- c(9, 8, 6, 10, 7, 5, 8, 9, 4, 7, 6, 8)
pair <- rep(seq_along(size), size); n <- length(pair)
arm <- unlist(lapply(size, function(k) sample(rep(0:1, length.out = k))))
baseline <- round(rnorm(n, 40, 6), 1)
own <- rnorm(n, 0, 6); of_pair <- rnorm(12, 0, 3)[pair]; of_arm <- rnorm(24, 0, 5)[2 * pair - arm]
d <- do.call(rbind, lapply(1:3, function(v) data.frame(subject = sprintf("S%03d", seq_len(n)), pair = sprintf("P%02d", pair),
  arm = c("control", "active")[arm + 1], visit = sprintf("visit %d", v), baseline = baseline,
  outcome = round(40 + 0.4 * (baseline - 40) - (4 + 2 * arm) * v + own + of_pair + of_arm + rnorm(n, 0, 3 + v), 2))))
d$outcome[runif(nrow(d)) < 0.12] <- NA
# The same people without an effect of pair by arm, whose variance is then estimated as zero.
d$flat <- round(d$outcome - rep(of_arm, 3), 2)
d <- d[order(d$subject, d$visit), ]
write.csv(d, "pairs.csv", row.names = FALSE, quote = FALSE)
d <- d[!is.na(d$outcome), ]
d$arm <- factor(d$arm, c("control", "active")); d$visit <- factor(d$visit); d$subject <- factor(d$subject); d$pair <- factor(d$pair)
rows <- function(b) t(sapply(1:3, function(k) { l <- setNames(numeric(length(b)), b); l["armactive"] <- 1
  if (k > 1) l[sprintf("armactive:visitvisit %d", k)] <- 1; l }))
strict <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5))
answer <- function(name, fit) {
  L <- rows(names(fixef(fit)))
  s <- t(apply(L, 1, function(l) unlist(contest1D(fit, l)[c("Estimate", "Std. Error", "df")])))
  md <- contestMD(fit, L)
  adjusted <- vcovAdj(fit)
  kr <- apply(L, 1, function(l) c(sqrt(drop(l %*% as.matrix(adjusted) %*% l)), Lb_ddf(l, vcov(fit), adjusted)))
  joint <- lapply(c("Fstat", "ndf", "ddf", "F.scaling"), function(x) getKR(KRmodcomp(fit, L), x))
  v <- as.data.frame(VarCorr(fit))
  sprintf(paste0('{"model": "%s", "neg2ll": %.15g, "groups": ["%s"], "variances": %s,\n  "estimate": %s, "se": %s, "df": %s,\n',
    '  "kr_se": %s, "kr_df": %s,\n  "satterthwaite": %s, "kenward_roger": %s}'),
    name, -2 * as.numeric(logLik(fit)), paste(v$grp, collapse = '", "'), number(v$vcov), number(s[, 1]), number(s[, 2]), number(s[, 3]),
    number(kr[1, ]), number(kr[2, ]), number(c(md[["F value"]], md[["DenDF"]])),
    number(unlist(joint)))
}
fits <- c(
  answer("pair and pair by arm", lmer(outcome ~ baseline + arm * visit + (1 | pair) + (1 | pair:arm) + (1 | subject), d, control = strict)),
  answer("pair only", lmer(flat ~ baseline + arm * visit + (1 | pair) + (1 | subject), d, control = strict)),
  answer("compound symmetry only", lmer(outcome ~ baseline + arm * visit + (1 | subject), d, control = strict)))
lme_fit <- lme(outcome ~ baseline + arm * visit, random = ~ 1 | pair/arm, data = d,
  correlation = corSymm(form = ~ as.integer(visit) | pair/arm/subject), weights = varIdent(form = ~ 1 | visit),
  control = lmeControl(tolerance = 1e-10, msTol = 1e-12, maxIter = 500, msMaxIter = 500, niterEM = 100, opt = "nlminb"))
L <- rows(names(fixef(lme_fit)))
us <- sprintf('{"model": "unstructured, pair and pair by arm", "neg2ll": %.15g, "components": %s,\n  "estimate": %s, "se": %s}',
  -2 * as.numeric(logLik(lme_fit)), number(as.numeric(VarCorr(lme_fit)[c(2, 4), 1])), number(L %*% fixef(lme_fit)), number(sqrt(diag(L %*% vcov(lme_fit) %*% t(L)))))
cat(sprintf('{"source": "R %s.%s; lme4 %s, lmerTest %s, pbkrtest %s, nlme %s; pairs.R",\n "fits": [\n%s\n]}\n', R.version$major, R.version$minor,
  packageVersion("lme4"), packageVersion("lmerTest"), packageVersion("pbkrtest"), packageVersion("nlme"), paste(c(fits, us), collapse = ",\n")))
