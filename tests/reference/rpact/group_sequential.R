# Group-sequential designs by rpact; writes group_sequential.json beside itself.
# Run: Rscript group_sequential.R
suppressMessages(library(rpact))
library(jsonlite)

thirds <- c(1, 2, 3) / 3
uneven <- c(0.2, 0.35, 0.4, 0.8, 1)
fractions <- list(half = c(0.5, 1), thirds = thirds, skewed = c(0.3, 0.6, 1), uneven = uneven, tenths = (1:10) / 10)

number <- function(x) if (is.null(x)) NULL else as.numeric(x)

describe <- function(name, arguments) {
  design <- suppressWarnings(do.call(getDesignGroupSequential, c(arguments, tolerance = 1e-10)))
  traits <- suppressWarnings(getDesignCharacteristics(design))
  list(
    name = name, arguments = arguments,
    upper = number(design$criticalValues), alpha_spent = number(design$alphaSpent),
    lower = number(design$futilityBounds), beta_spent = number(design$betaSpent),
    fixed = number(traits$nFixed), shift = number(traits$shift), inflation = number(traits$inflationFactor),
    reject_h1 = number(traits$rejectionProbabilities), futile_h1 = number(traits$futilityProbabilities),
    expected_h1 = number(traits$averageSampleNumber1), expected_between = number(traits$averageSampleNumber01),
    expected_h0 = number(traits$averageSampleNumber0)
  )
}

rules <- list(
  of_spending = list(typeOfDesign = "asOF"), pocock_spending = list(typeOfDesign = "asP"),
  hsd_minus_4 = list(typeOfDesign = "asHSD", gammaA = -4), hsd_0 = list(typeOfDesign = "asHSD", gammaA = 0),
  hsd_2 = list(typeOfDesign = "asHSD", gammaA = 2),
  power_3 = list(typeOfDesign = "asKD", gammaA = 3), power_half = list(typeOfDesign = "asKD", gammaA = 0.5),
  obrien_fleming = list(typeOfDesign = "OF"), pocock = list(typeOfDesign = "P"),
  wang_tsiatis_0.1 = list(typeOfDesign = "WT", deltaWT = 0.1),
  wang_tsiatis_0.25 = list(typeOfDesign = "WT", deltaWT = 0.25),
  wang_tsiatis_0.4 = list(typeOfDesign = "WT", deltaWT = 0.4),
  haybittle_peto = list(typeOfDesign = "HP", constantBoundsHP = 3),
  haybittle_peto_3.3 = list(typeOfDesign = "HP", constantBoundsHP = 3.3)
)
cases <- list()
add <- function(name, arguments) {
  found <- tryCatch(describe(name, arguments), error = function(e) { message(name, ": ", conditionMessage(e)); NULL })
  if (!is.null(found)) cases[[length(cases) + 1]] <<- found
}
for (rule in names(rules)) for (looks in names(fractions)) for (sides in 1:2) {
  add(paste(rule, looks, sides, sep = "/"),
      c(rules[[rule]], list(informationRates = fractions[[looks]], alpha = 0.025 * sides, beta = 0.1, sided = sides)))
}
spending <- list(obf = list(typeBetaSpending = "bsOF"), pocock = list(typeBetaSpending = "bsP"),
                 hsd = list(typeBetaSpending = "bsHSD", gammaB = -2), power = list(typeBetaSpending = "bsKD", gammaB = 2))
for (rule in c("of_spending", "pocock_spending", "hsd_minus_4")) for (looks in c("half", "thirds", "skewed", "uneven"))
  for (futile in names(spending)) for (binding in c(TRUE, FALSE)) for (sides in 1:2) {
    # Two-sided designs of this kind take rpact seconds each: two sets of looks and two spending functions.
    if (sides == 2 && !(looks %in% c("half", "skewed") && futile %in% c("obf", "pocock"))) next
    # rpact's correction where the inner and outer region of a two-sided design would overlap is switched off.
    add(paste(rule, looks, sides, futile, if (binding) "binding" else "non-binding", sep = "/"),
        c(rules[[rule]], spending[[futile]],
          list(informationRates = fractions[[looks]], alpha = 0.025 * sides, beta = 0.2, sided = sides,
               bindingFutility = binding),
          if (sides == 2) list(betaAdjustment = FALSE)))
  }
for (rule in c("of_spending", "obrien_fleming", "pocock", "wang_tsiatis_0.25", "haybittle_peto")) for (binding in c(TRUE, FALSE)) {
  add(paste(rule, "thirds", 1, "fixed", if (binding) "binding" else "non-binding", sep = "/"),
      c(rules[[rule]], list(informationRates = thirds, alpha = 0.025, beta = 0.1, sided = 1,
                            futilityBounds = c(0, 0.8), bindingFutility = binding)))
}
add("user/skewed/1", list(typeOfDesign = "asUser", userAlphaSpending = c(0.005, 0.01, 0.025),
                          informationRates = c(0.3, 0.6, 1), alpha = 0.025, beta = 0.1, sided = 1))
add("user/skewed/1/user/non-binding", list(typeOfDesign = "asUser", userAlphaSpending = c(0.005, 0.01, 0.025),
    typeBetaSpending = "bsUser", userBetaSpending = c(0.02, 0.06, 0.1), bindingFutility = FALSE,
    informationRates = c(0.3, 0.6, 1), alpha = 0.025, beta = 0.1, sided = 1))
add("none/skewed/1/fixed/binding", list(typeOfDesign = "noEarlyEfficacy", futilityBounds = c(0, 0.5), bindingFutility = TRUE,
    informationRates = c(0.3, 0.6, 1), alpha = 0.025, beta = 0.1, sided = 1))
add("none/skewed/1/hsd/non-binding", list(typeOfDesign = "noEarlyEfficacy", typeBetaSpending = "bsHSD", gammaB = -2,
    bindingFutility = FALSE, informationRates = c(0.3, 0.6, 1), alpha = 0.025, beta = 0.1, sided = 1))
for (sides in 1:2)
  add(paste("of_spending/unfinished", sides, sep = "/"), list(typeOfDesign = "asOF", informationRates = c(0.2, 0.5, 0.8),
      alpha = 0.025 * sides, beta = 0.1, sided = sides))

# Sample sizes of two arms, normal approximation, one to one and two to one.
sizes <- list()
for (ratio in c(1, 2)) for (sides in 1:2) {
  design <- getDesignGroupSequential(typeOfDesign = "asOF", informationRates = c(0.5, 1), alpha = 0.025 * sides,
                                     beta = 0.1, sided = sides, tolerance = 1e-10)
  size <- getSampleSizeMeans(design, alternative = 0.45, stDev = 1.1, groups = 2, allocationRatioPlanned = ratio,
                             normalApproximation = TRUE)
  sizes[[length(sizes) + 1]] <- list(ratio = ratio, sides = sides, maximum = number(size$maxNumberOfSubjects),
    expected_h0 = number(size$expectedNumberOfSubjectsH0), expected_between = number(size$expectedNumberOfSubjectsH01),
    expected_h1 = number(size$expectedNumberOfSubjectsH1), upper_effect = number(if (sides == 1) size$criticalValuesEffectScale else size$criticalValuesEffectScaleUpper))
}

# Power over drifts: a known standard deviation, so that drift = effect * sqrt(n / 4) / sd for one to one.
design <- getDesignGroupSequential(typeOfDesign = "asOF", informationRates = thirds, alpha = 0.025, beta = 0.1, sided = 1,
                                   futilityBounds = c(0, 0.8), bindingFutility = FALSE, tolerance = 1e-10)
power <- getPowerMeans(design, alternative = c(0, 0.2, 0.4, 0.6), stDev = 1, groups = 2, normalApproximation = TRUE,
                       maxNumberOfSubjects = 100)
powers <- list(effects = c(0, 0.2, 0.4, 0.6), n = 100, overall = number(power$overallReject),
               reject = t(power$rejectPerStage), futile = t(power$futilityPerStage),
               expected = number(power$expectedNumberOfSubjects))

# Analysis after the trial: repeated and final (stagewise ordering) inference, and conditional power at a look.
after <- list()
observed <- list(
  stops_second = list(rule = "asOF", means = c(0.35, 0.62)), ends = list(rule = "asOF", means = c(0.35, 0.35, 0.42)),
  pocock_first = list(rule = "asP", means = c(0.85)), fails = list(rule = "asP", means = c(0.1, 0.25, 0.05)))
for (name in names(observed)) {
  one <- observed[[name]]
  design <- getDesignGroupSequential(typeOfDesign = one$rule, informationRates = thirds, alpha = 0.025, sided = 1,
                                     tolerance = 1e-10)
  stages <- length(one$means)
  data <- getDataset(n = rep(20, stages), means = one$means, stDevs = rep(1, stages))
  result <- suppressWarnings(suppressMessages(getAnalysisResults(design, data, normalApproximation = TRUE)))
  stage <- getStageResults(design, data, normalApproximation = TRUE)
  after[[name]] <- list(rule = one$rule, z = number(qnorm(1 - stage$overallPValues)[1:stages]),
    standard_error = as.numeric(stage$overallStDevs[1:stages]) / sqrt(20 * (1:stages)),
    p = number(result$finalPValues), lower = number(result$finalConfidenceIntervalLowerBounds),
    upper = number(result$finalConfidenceIntervalUpperBounds), median = number(result$medianUnbiasedEstimates),
    repeated_lower = number(result$repeatedConfidenceIntervalLowerBounds),
    repeated_upper = number(result$repeatedConfidenceIntervalUpperBounds))
}
conditional <- list()
for (rule in c("asOF", "asP")) for (taken in 1:2) {
  design <- getDesignGroupSequential(typeOfDesign = rule, informationRates = thirds, alpha = 0.025, sided = 1,
                                     tolerance = 1e-10)
  data <- getDataset(n = rep(20, taken), means = c(0.35, 0.3)[1:taken], stDevs = rep(1, taken))
  stage <- getStageResults(design, data, normalApproximation = TRUE)
  chance <- getConditionalPower(stage, nPlanned = rep(20, 3 - taken), thetaH1 = 0.4, assumedStDev = 1)
  conditional[[length(conditional) + 1]] <- list(rule = rule, taken = taken, upper = number(design$criticalValues),
    z = number(qnorm(1 - stage$overallPValues)[taken]), drift = 0.4 * sqrt(60),
    power = number(chance$conditionalPower))
}

write_json(list(source = paste("rpact", packageVersion("rpact"), R.version.string), cases = cases, sizes = sizes,
                powers = powers, after = after, conditional = conditional),
           "group_sequential.json", digits = 15, auto_unbox = TRUE)
