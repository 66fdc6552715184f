# Every covariance structure written out anew, from X, y and matrices: the restricted
# likelihood is climbed by optim (BFGS) in unconstrained parameters;
# at its maximum the natural parameters (variances and covariances, or variances and correlations) have
# a numerical Hessian by Richardson's extrapolation, from which follow Satterthwaite's degrees of freedom
# and the linear Kenward-Roger standard errors with derivatives of the covariance by central differences.
# Kenward-Roger of several contrasts after the formulas of the 1997 paper.
# Needs base R only.  Run from this folder:  Rscript dense.R > dense.json   (about a minute)
d <- read.csv("../fev/fev_data.csv", stringsAsFactors = TRUE)
d <- d[!is.na(d$FEV1), ]
d <- d[order(d$USUBJID, d$AVISIT), ]
d$visit <- as.integer(d$AVISIT)
number <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")
steps <- abs(outer(1:4, 1:4, "-"))
ante <- function(r) { R <- diag(4); for (j in 1:3) for (k in (j + 1):4) R[j, k] <- R[k, j] <- prod(r[j:(k - 1)]); R }
band <- function(r) matrix(c(1, r)[steps + 1], 4)
# natural parameters: n variances first, then k others; linear structures have covariances
S <- list(
  ar1 = list(n = 1, k = 1, V = function(t) t[1] * t[2]^steps),
  ar1h = list(n = 4, k = 1, V = function(t) sqrt(outer(t[1:4], t[1:4])) * t[5]^steps),
  cs = list(n = 1, k = 1, linear = TRUE, V = function(t) ifelse(steps == 0, t[1], t[2])),
  csh = list(n = 4, k = 1, V = function(t) sqrt(outer(t[1:4], t[1:4])) * ifelse(steps == 0, 1, t[5])),
  toep = list(n = 1, k = 3, linear = TRUE, V = function(t) matrix(t[steps + 1], 4)),
  toeph = list(n = 4, k = 3, V = function(t) sqrt(outer(t[1:4], t[1:4])) * band(t[5:7])),
  ad = list(n = 1, k = 3, V = function(t) t[1] * ante(t[2:4])),
  adh = list(n = 4, k = 3, V = function(t) sqrt(outer(t[1:4], t[1:4])) * ante(t[5:7])))
# one covariance per arm: the parameters of the first arm, then those of the second
grouped <- function(s, arms) {
  m <- s$n + s$k
  list(m = m * arms, V = function(t) lapply(seq_len(arms), function(g) s$V(t[(g - 1) * m + 1:m])))
}
subjects <- split(seq_len(nrow(d)), droplevels(d$USUBJID))
fit <- function(name, formula, arms, contrasts) {
  s <- S[[name]]; G <- grouped(s, arms); X <- model.matrix(formula, d); y <- d$FEV1
  arm <- if (arms == 1) rep(1, nrow(d)) else as.integer(d$ARMCD)
  blocks <- lapply(subjects, function(i) list(X = X[i, , drop = FALSE], y = y[i], v = d$visit[i], g = arm[i[1]]))
  # Subjects of the same visits and group stand side by side, so that one triangular solve whitens them all.
  key <- sapply(blocks, function(k) paste(k$g, paste(k$v, collapse = "")))
  stacks <- lapply(split(blocks, key), function(s)
    list(v = s[[1]]$v, g = s[[1]]$g, n = length(s), rows = do.call(cbind, lapply(s, function(k) cbind(k$X, k$y)))))
  parts <- function(t) {
    V <- G$V(t); C <- 0; l <- 0; p <- ncol(X)
    for (k in stacks) {
      U <- chol(V[[k$g]][k$v, k$v, drop = FALSE])
      Z <- array(backsolve(U, k$rows, transpose = TRUE), c(length(k$v), p + 1, k$n))
      C <- C + crossprod(matrix(aperm(Z, c(1, 3, 2)), ncol = p + 1)); l <- l + 2 * k$n * sum(log(diag(U)))
    }
    list(A = C[1:p, 1:p], b = C[1:p, p + 1], c = C[p + 1, p + 1], l = l)
  }
  neg2 <- function(t) {
    q <- tryCatch({ q <- parts(t); q$beta <- solve(q$A, q$b); q }, error = function(e) NULL)
    if (is.null(q)) return(1e10)
    beta <- q$beta
    q$l + q$c - sum(q$b * beta) + as.numeric(determinant(q$A)$modulus) + (length(y) - ncol(X)) * log(2 * pi)
  }
  # unconstrained: logarithms of variances, atanh of correlations (of covariances over the variance)
  one <- s$n + s$k
  free <- function(u) unlist(lapply(seq_len(arms), function(g) {
    w <- u[(g - 1) * one + 1:one]; v <- exp(w[1:s$n]); r <- tanh(w[-(1:s$n)])
    c(v, if (is.null(s$linear)) r else r * v[1])
  }))
  target <- function(u) neg2(free(u))
  u <- rep(c(rep(log(80), s$n), rep(0.1, s$k)), arms)
  for (round in 1:2) u <- optim(u, target, method = "BFGS", control = list(reltol = 1e-13, maxit = 500))$par
  t <- free(u); m <- length(t)
  # Newton steps with numerical derivatives bring the last digits
  h <- pmax(abs(t), 0.05 * max(1, abs(t) > 1)) * 2e-3
  grad <- function(t) sapply(seq_len(m), function(k) {
    D <- function(e) { z <- numeric(m); z[k] <- e; (neg2(t + z) - neg2(t - z)) / (2 * e) }
    (4 * D(h[k] / 2) - D(h[k])) / 3 })
  hess <- function(t) { H <- matrix(0, m, m)
    for (j in 1:m) for (k in 1:j) {
      D <- function(f) { a <- b <- numeric(m); a[j] <- h[j] * f; b[k] <- h[k] * f
        if (j == k) (neg2(t + a) - 2 * neg2(t) + neg2(t - a)) / (h[j] * f)^2
        else (neg2(t + a + b) - neg2(t + a - b) - neg2(t - a + b) + neg2(t - a - b)) / (4 * h[j] * h[k] * f^2) }
      H[j, k] <- H[k, j] <- (4 * D(0.5) - D(1)) / 3 }
    H }
  for (round in 1:3) t <- t - solve(hess(t), grad(t))
  stopifnot(max(abs(grad(t)) * sqrt(abs(diag(solve(hess(t)))))) < 1e-5)
  H <- hess(t); W <- 2 * solve(H)
  q <- parts(t); phi <- solve(q$A); beta <- drop(phi %*% q$b)
  # derivatives of each group's covariance for each natural parameter
  dV <- lapply(seq_len(m), function(k) { z <- numeric(m); z[k] <- h[k] / 50
    Map(function(a, b) (a - b) / (2 * h[k] / 50), G$V(t + z), G$V(t - z)) })
  V <- G$V(t); P <- replicate(m, 0 * phi, simplify = FALSE); Q <- matrix(list(0 * phi), m, m)
  for (k in blocks) {
    B <- solve(V[[k$g]][k$v, k$v, drop = FALSE]); BX <- B %*% k$X
    E <- lapply(dV, function(g) g[[k$g]][k$v, k$v, drop = FALSE])
    for (a in 1:m) { P[[a]] <- P[[a]] - t(BX) %*% E[[a]] %*% BX
      for (b in 1:m) Q[[a, b]] <- Q[[a, b]] + t(BX) %*% E[[a]] %*% B %*% E[[b]] %*% BX } }
  inner <- 0 * phi
  for (a in 1:m) for (b in 1:m) inner <- inner + W[a, b] * (Q[[a, b]] - P[[a]] %*% phi %*% P[[b]])
  adjusted <- phi + 2 * phi %*% inner %*% phi
  L <- contrasts(colnames(X))
  df <- apply(L, 1, function(l) {
    g <- sapply(P, function(p) -drop(l %*% phi %*% p %*% phi %*% l)); v <- drop(l %*% phi %*% l)
    2 * v^2 / drop(g %*% W %*% g) })
  # the joint test of all rows: Satterthwaite by eigenvectors, Kenward-Roger 1997
  ell <- nrow(L); e <- eigen(L %*% phi %*% t(L)); rows <- t(e$vectors) %*% L
  nu <- apply(rows, 1, function(l) { g <- sapply(P, function(p) -drop(l %*% phi %*% p %*% phi %*% l))
    2 * drop(l %*% phi %*% l)^2 / drop(g %*% W %*% g) })
  E <- sum(nu / (nu - 2)); satterthwaite <- 2 * E / (E - ell)
  F0 <- drop(t(L %*% beta) %*% solve(L %*% phi %*% t(L), L %*% beta)) / ell
  Theta <- t(L) %*% solve(L %*% phi %*% t(L)) %*% L
  A1 <- A2 <- 0
  for (a in 1:m) for (b in 1:m) {
    x <- Theta %*% phi %*% P[[a]] %*% phi; z <- Theta %*% phi %*% P[[b]] %*% phi
    A1 <- A1 + W[a, b] * sum(diag(x)) * sum(diag(z)); A2 <- A2 + W[a, b] * sum(diag(x %*% z)) }
  B <- (A1 + 6 * A2) / (2 * ell); g <- ((ell + 1) * A1 - (ell + 4) * A2) / ((ell + 2) * A2)
  under <- 3 * ell + 2 * (1 - g); c1 <- g / under; c2 <- (ell - g) / under; c3 <- (ell + 2 - g) / under
  Es <- 1 / (1 - A2 / ell); Vs <- 2 / ell * (1 + c1 * B) / ((1 - c2 * B)^2 * (1 - c3 * B))
  rho <- Vs / (2 * Es^2); mm <- 4 + (ell + 2) / (ell * rho - 1); lambda <- mm / (Es * (mm - 2))
  Fk <- lambda * drop(t(L %*% beta) %*% solve(L %*% adjusted %*% t(L), L %*% beta)) / ell
  sprintf(paste0(' {"structure": "%s", "groups": %d, "neg2ll": %.15g, "theta": %s,\n  "estimate": %s, "se": %s,\n',
    '  "df": %s, "kr_se": %s,\n  "satterthwaite": %s, "kenward_roger": %s}'),
    name, arms, neg2(t), number(t), number(L %*% beta), number(sqrt(diag(L %*% phi %*% t(L)))), number(df),
    number(sqrt(diag(L %*% adjusted %*% t(L)))), number(c(F0, satterthwaite)), number(c(Fk, mm, lambda)))
}
visits <- function(names) t(sapply(1:4, function(k) {
  l <- setNames(numeric(length(names)), names); l["ARMCDTRT"] <- 1
  if (k > 1) l[sprintf("ARMCDTRT:AVISITVIS%d", k)] <- 1; l }))
full <- ~ RACE + SEX + ARMCD * AVISIT
out <- c(sapply(names(S), function(s) fit(s, full, 1, visits)),
  sapply(c("ar1", "csh", "adh", "toep"), function(s) fit(s, full, 2, visits)))
cat(sprintf('{"source": "R %s.%s, base only, dense.R",\n "fits": [\n%s\n]}\n', R.version$major, R.version$minor, paste(out, collapse = ",\n")))
