# Marginal shares after logistic regression. Run from this folder:  Rscript g_computation.R > g_computation.json
# Also writes g_computation.csv, the drawn data (fixed seed).
# The sandwich is had without any algebra: the estimating equations of the coefficients and of both
# shares are stacked and differentiated numerically. sandwich::sandwich gives the coefficients' part.
library(sandwich)
number <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")
set.seed(20260115)
n <- 120
d <- data.frame(arm = rep(0:1, length.out = n), baseline = round(rnorm(n, 40, 7)), prior = rbinom(n, 1, 0.4),
                age = round(runif(n, 20, 65)))
d$response <- rbinom(n, 1, plogis(1.4 + 1.1 * d$arm - 0.06 * d$baseline + 0.9 * d$prior + 0.01 * d$age))
missing <- runif(n) < plogis(-2.2 + 0.8 * (1 - d$arm))
d$response[missing] <- NA
write.csv(d, "g_computation.csv", row.names = FALSE, quote = FALSE)

analyse <- function(d) {
  fit <- glm(response ~ arm + baseline + prior + age, family = binomial, data = d,
             control = glm.control(epsilon = 1e-15, maxit = 100))
  X <- model.matrix(~ arm + baseline + prior + age, d); r <- !is.na(d$response); y <- ifelse(r, d$response, 0)
  p <- length(coef(fit)); n <- nrow(d)
  under <- function(b, a) { Z <- X; Z[, "arm"] <- a; plogis(drop(Z %*% b)) }
  m <- c(mean(under(coef(fit), 0)), mean(under(coef(fit), 1)))
  psi <- function(t) cbind(X * (r * (y - plogis(drop(X %*% t[1:p])))), under(t[1:p], 0) - t[p + 1], under(t[1:p], 1) - t[p + 2])
  t <- c(coef(fit), m)
  A <- sapply(seq_along(t), function(j) {
    h <- 1e-4 * max(abs(t[j]), 1e-2); g <- function(k) { u <- t; u[j] <- u[j] + k * h; colMeans(psi(u)) }
    (-g(2) + 8 * g(1) - 8 * g(-1) + g(-2)) / (12 * h)
  })
  V <- solve(A) %*% (crossprod(psi(t)) / n) %*% t(solve(A)) / n
  stacked <- V[p + 1:2, p + 1:2]
  J <- t(sapply(0:1, function(a) sapply(1:p, function(j) {
    h <- 1e-4 * max(abs(t[j]), 1e-2); g <- function(k) { b <- coef(fit); b[j] <- b[j] + k * h; mean(under(b, a)) }
    (-g(2) + 8 * g(1) - 8 * g(-1) + g(-2)) / (12 * h)
  })))
  model <- J %*% vcov(fit) %*% t(J)
  stopifnot(max(abs(sqrt(diag(V)[1:p]) / sqrt(diag(sandwich(fit))) - 1)) < 1e-7)
  two <- function(v) c(diag(v), v[1, 2])
  # A check of the stacked sandwich that uses no formula at all: 4000 bootstrap samples of persons.
  boot <- replicate(4000, {
    e <- d[sample(n, replace = TRUE), ]
    f <- suppressWarnings(glm(response ~ arm + baseline + prior + age, family = binomial, data = e))
    diff(sapply(0:1, function(a) mean(predict(f, transform(e, arm = a), type = "response"))))
  })
  paste0("{", paste(c(
    paste0('"coefficients": ', number(coef(fit))), paste0('"shares": ', number(m)),
    paste0('"sandwich": ', number(two(stacked))), paste0('"delta": ', number(two(model))),
    paste0('"bootstrap_difference_se": ', number(sd(boot)))), collapse = ",\n  "), "}")
}
complete <- d[!is.na(d$response), ]
cat(sprintf('{\n "source": "R %s.%s stats::glm, sandwich %s, g_computation.R",\n',
  R.version$major, R.version$minor, packageVersion("sandwich")))
cat(' "tolerance": "1e-8 relative (R differentiates numerically, fourth order); bootstrap 10 %",\n')
cat(' "order": "covariances are var(share 0), var(share 1), cov",\n')
cat(' "complete":', analyse(complete), ',\n "missing":', analyse(d), "\n}\n")
