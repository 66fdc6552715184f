"""The forecast from readings: exact where it can be, equal to brute force where not, plain about the rest."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from holdfast.errors import ImpossibleValue, NotPermitted, Refusal, UnknownName
from holdfast.pharmacology import forecast, forecast_bands, forecast_learned, forecast_members, forecast_prior
from holdfast.pharmacology.day import Model, simulate
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.forecast import Openness, Tracked, begin, dosed, posterior, told
from holdfast.pharmacology.forecast_bands import mixture_quantiles
from holdfast.pharmacology.forecast_prior import FACTORS, HOURS, Prior, prior
from holdfast.pharmacology.forecast_readings import CODES, NOISE, Limit, Reading
from holdfast.pharmacology.people import population

RESEARCH = Openness.RESEARCH
SPLIT = (Dose(120), Dose(60, 1.75))
READINGS = (
    Reading(-0.25, 128, 80, 72, 36.8),
    Reading(0.5, 138, 80, 79, 36.9),
    Reading(1.0, 157, 88, 93, 37.2),
    Reading(1.5, 160, 86, 97, 37.3),
)


@pytest.fixture(scope="module")
def first() -> Prior:
    return prior([Dose(120)])


@pytest.fixture(scope="module")
def nobody(first: Prior) -> Tracked:
    return begin(first, RESEARCH)


@pytest.fixture(scope="module")
def someone(nobody: Tracked) -> Tracked:
    return _all(nobody, READINGS)


def _all(tracked: Tracked, readings: tuple[Reading, ...]) -> Tracked:
    for reading in readings:
        tracked = told(tracked, reading)
    return tracked


def _ahead(tracked: Tracked, **asked: object) -> forecast.Forecast:
    return posterior(tracked, RESEARCH, **{"now_h": 1.5, "next_h": 2.0, **asked})  # type: ignore[arg-type]


def test_before_any_reading_the_band_is_that_of_drawn_people(nobody: Tracked) -> None:
    # 20,000 others with drawn resting values and drawn scatter: 0.12 SD are 3.5 standard errors of the
    # difference of two 5th percentiles, for the worst of 196 places.
    people = population(20_000, 99)
    day = simulate(people, [Dose(120)], HOURS[::2])
    shown = _ahead(nobody, now_h=0.0, next_h=0.5)
    noise = np.random.default_rng(7)
    for sign, code in enumerate(CODES):
        read = getattr(day, code) + NOISE[sign] * noise.standard_normal((20_000, HOURS[::2].size))
        low, middle, high = np.percentile(read, (5, 50, 95), axis=0)
        sd = read.std(axis=0).max()
        assert shown.bands[code].ninety[0] == pytest.approx(low, abs=0.12 * sd)
        assert shown.bands[code].median == pytest.approx(middle, abs=0.12 * sd)
        assert shown.bands[code].ninety[1] == pytest.approx(high, abs=0.12 * sd)


def test_readings_at_rest_have_the_exact_answer(nobody: Tracked, first: Prior) -> None:
    # Before the dose everything is normal: resting values given two readings, in closed form.
    tracked = _all(nobody, (Reading(-1.0, 140, 70, None, 37.0), Reading(-0.5, 134, 76)))
    found = _ahead(tracked, now_h=0.0, next_h=0.5)
    count, total = np.array([2, 2, 0, 1]), np.array([274, 146, 0.0, 37.0])
    precision = np.linalg.inv(first.rest_covariance)
    covariance = np.linalg.inv(precision + np.diag(count / NOISE**2))
    mean = covariance @ (precision @ first.rest + total / NOISE**2)
    sd = np.sqrt(np.diag(covariance) + NOISE**2)
    for sign, code in enumerate(CODES):
        band = found.bands[code]
        # The binned law is within a hundredth of an SD of the exact one.
        assert band.median[0] == pytest.approx(mean[sign], abs=0.01 * sd[sign])
        assert band.ninety[1][0] == pytest.approx(mean[sign] + 1.6449 * sd[sign], abs=0.01 * sd[sign])
    told_bits = 0.5 * np.linalg.slogdet(first.rest_covariance)[1] - 0.5 * np.linalg.slogdet(covariance)[1]
    moved = mean - first.rest
    told_bits += 0.5 * (np.trace(precision @ covariance) - 4 + moved @ precision @ moved)
    assert found.learned.bits == pytest.approx(told_bits / np.log(2), abs=1e-9)


def test_quantiles_of_a_mixture_have_the_share_asked_below_them() -> None:
    from scipy.special import ndtr

    dice = np.random.default_rng(3)
    centres = np.vstack([dice.lognormal(3, 0.5, 800), np.full(800, 20.0), dice.normal(0, 1, 800)])
    weight = dice.dirichlet(np.full(800, 0.2))
    for sd in (0.5, 6.0):
        found = mixture_quantiles(centres.astype(np.float32), weight, sd, (0.05, 0.5, 0.95))
        below = np.array(
            [[weight @ ndtr((x - each) / sd) for x, each in zip(row, centres, strict=True)] for row in found]
        )
        assert below == pytest.approx(np.array([[0.05], [0.5], [0.95]]) + np.zeros(3), abs=0.002)


def test_the_filter_is_what_brute_force_gives(someone: Tracked, first: Prior) -> None:
    # Half a million members drawn whole (resting values too), weighed once by all readings; an effective
    # number near 1,500 leaves a Monte Carlo error of about 0.06 SD in a 95th percentile.
    dice = np.random.default_rng(11)
    n = 500_000
    shape = dice.integers(0, len(first), n)
    factor = np.exp(dice.multivariate_normal(np.zeros(3), first.factor_covariance, n)).T[FACTORS]
    rest = dice.multivariate_normal(first.rest, first.rest_covariance, n).T
    log_weight = np.zeros(n)
    for reading in READINGS:
        u = forecast_prior.shapes_at(first.shapes.tamed, reading.at_h)[:, shape]
        z = (np.array(reading[1:])[:, None] - rest - factor * u) / NOISE[:, None]
        log_weight -= 0.5 * (z * z).sum(axis=0) + np.log(NOISE * np.sqrt(2 * np.pi)).sum()
    weight = np.exp(log_weight - log_weight.max())
    effective = weight.sum() ** 2 / (weight**2).sum()
    assert effective > 800
    evidence = np.log(weight.mean()) + log_weight.max()
    # Standard errors: about 0.03 by brute force, and as much by the filter.
    assert someone.members.log_evidence == pytest.approx(evidence, abs=0.15)
    found = _ahead(someone)
    at = int(np.flatnonzero(np.isclose(found.time_h, 2.0))[0])
    seen = rest + factor * forecast_prior.shapes_at(first.shapes.tamed, 2.0)[:, shape]
    for sign, code in enumerate(CODES):
        read = seen[sign] + NOISE[sign] * dice.standard_normal(n)
        order = np.argsort(read)
        low, middle, high = np.interp((0.05, 0.5, 0.95), np.cumsum(weight[order]) / weight.sum(), read[order])
        sd = (high - low) / 3.29
        shown = found.bands[code]
        for value, exact in ((shown.ninety[0], low), (shown.median, middle), (shown.ninety[1], high)):
            assert value[at] == pytest.approx(exact, abs=0.15 * sd), code


def test_the_order_of_readings_does_not_matter(nobody: Tracked, someone: Tracked) -> None:
    # The sums are equal; what differs are the dice of resampling: a tenth of an SD.
    backwards = _all(nobody, READINGS[::-1])
    assert np.array_equal(backwards.sums.count, someone.sums.count)
    assert backwards.sums.uv == pytest.approx(someone.sums.uv, rel=1e-12)
    for code in CODES:
        one, other = (_ahead(each).bands[code] for each in (someone, backwards))
        assert one.ninety[1] == pytest.approx(other.ninety[1], abs=0.1 * (one.ninety[1] - one.median).mean())


def test_the_same_readings_give_the_same_bytes(nobody: Tracked, someone: Tracked) -> None:
    again = _ahead(_all(nobody, READINGS))
    shown = _ahead(someone)
    assert again.words == shown.words
    assert all(again.bands[code].median.tobytes() == shown.bands[code].median.tobytes() for code in CODES)


def test_a_long_day_does_not_collapse_the_members(nobody: Tracked, first: Prior) -> None:
    # A reading every ten minutes: 48 occasions, 192 values.
    tracked, member = dosed(nobody, SPLIT), 7
    for k, hour in enumerate(np.arange(1, 49) / 6):
        u = forecast_prior.shapes_at(tracked.prior.shapes.tamed, float(hour))[:, member]
        values = first.rest + np.exp(first.log_factors[member, FACTORS]) * u + NOISE * (-1) ** k
        tracked = told(tracked, Reading(float(hour), *(float(each) for each in values)))
    assert tracked.members.effective > 1000
    assert tracked.members.distinct > 250
    assert not tracked.aside


def test_a_supplemental_dose_weighs_all_readings_again(someone: Tracked) -> None:
    late = dosed(someone, SPLIT)
    early = _all(begin(prior(SPLIT), RESEARCH), READINGS)
    # The doses known from the start and told later: equal but for the dice.
    for code in CODES:
        one, other = (_ahead(each).bands[code] for each in (late, early))
        assert one.median == pytest.approx(other.median, abs=0.15 * (one.ninety[1] - one.median).mean())
    assert late.members.log_evidence == pytest.approx(early.members.log_evidence, abs=0.15)
    assert _ahead(late).bands["systolic"].median[15] > _ahead(someone).bands["systolic"].median[15] + 3


def test_readings_narrow_the_band_and_say_by_how_much(nobody: Tracked, someone: Tracked) -> None:
    before, after = _ahead(nobody), _ahead(someone)
    assert before.learned.still_prior
    assert before.learned.bits == 0
    assert set(before.learned.width.values()) == {1.0}
    assert before.learned.words[0].startswith("No reading has been used: this is just the prior")
    assert not after.learned.still_prior
    assert after.learned.bits > 5
    assert all(0.35 < each < 0.85 for each in after.learned.width.values())
    assert after.learned.words[0].startswith("16 values have told about ")
    for code in CODES:
        assert np.array_equal(after.prior[code].median, before.bands[code].median)


def test_a_reading_that_tells_nothing_leaves_the_prior(nobody: Tracked) -> None:
    # A temperature at rest at the very mean: about half a bit.
    shown = _ahead(told(nobody, Reading(-0.5, temperature=36.9)))
    assert shown.learned.still_prior
    assert "this is still just the prior" in shown.learned.words[0]


def test_without_tolerance_a_split_dose_rises_higher(someone: Tracked) -> None:
    shown = _ahead(dosed(someone, SPLIT)).bands
    for code in CODES:
        assert shown[code].untamed is not None
        assert (shown[code].untamed[0] >= shown[code].median - 1e-3).all()
        assert (shown[code].untamed[1] >= shown[code].ninety[1] - 1e-3).all()
    late = 15
    assert shown["systolic"].untamed[1][late] > shown["systolic"].ninety[1][late] + 10


def test_the_chance_of_passing_is_the_share_of_people_who_pass(nobody: Tracked) -> None:
    people = population(5000, 99)
    day = simulate(people, [Dose(120)], HOURS)
    bare = simulate(people, [Dose(120)], HOURS, acute_tolerance=False)
    within = (HOURS >= 1.0) & (HOURS <= 1.5)
    limits = [Limit("systolic", 160), Limit("heart_rate", 100), Limit("diastolic", 70, above=False)]
    found = _ahead(nobody, now_h=1.0, next_h=1.5, limits=limits).passing
    # Two samples of 5,000: three standard errors are at most 0.03.
    for each, sign, side in zip(found, ("systolic", "heart_rate", "diastolic"), (1, 1, -1), strict=True):
        passed = (side * (getattr(day, sign)[:, within] - each.limit.value) > 0).any(axis=1).mean()
        assert each.course == pytest.approx(passed, abs=0.03)
        assert each.prior == each.course
        untamed = (side * (getattr(bare, sign)[:, within] - each.limit.value) > 0).any(axis=1).mean()
        assert each.without_tolerance == pytest.approx(untamed, abs=0.03)
    read = day.systolic[:, HOURS == 1.5][:, 0] + NOISE[0] * np.random.default_rng(5).standard_normal(5000)
    assert found[0].reading == pytest.approx((read > 160).mean(), abs=0.03)


def test_a_limit_has_no_default(someone: Tracked) -> None:
    assert _ahead(someone).passing == ()
    with pytest.raises(UnknownName, match="no vital sign 'pulse'"):
        _ahead(someone, limits=[Limit("pulse", 110)])
    with pytest.raises(ImpossibleValue, match="is a number"):
        _ahead(someone, limits=[Limit("systolic", float("nan"))])


@pytest.mark.parametrize("wrong", [None, "research", True, "blinded"])
def test_a_fit_is_never_reached_by_accident(first: Prior, nobody: Tracked, wrong: object) -> None:
    with pytest.raises(NotPermitted, match="tells the arm"):
        begin(first, wrong)  # type: ignore[arg-type]
    with pytest.raises(NotPermitted, match="tells the arm"):
        posterior(nobody, wrong, now_h=0, next_h=1)  # type: ignore[arg-type]


def test_a_person_begun_for_one_purpose_is_not_shown_for_another(nobody: Tracked) -> None:
    with pytest.raises(NotPermitted, match="begun as research, not as open-label"):
        posterior(nobody, Openness.OPEN_LABEL, now_h=0, next_h=1)
    assert [each.value for each in Openness] == ["open-label", "rehearsal", "research"]


def test_no_clearance_leaves_the_room() -> None:
    for module in (forecast, forecast_bands, forecast_learned, forecast_members, forecast_prior):
        kinds = [each for each in vars(module).values() if getattr(each, "__module__", "") == module.__name__]
        for kind in kinds:
            if hasattr(kind, "__dataclass_fields__"):
                names = {field.name for field in fields(kind)}
                assert not names & {"clearance", "volume", "cyp2d6_clearance", "concentration", "level"}


# --- bad input ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reading", "sentence"),
    [
        (Reading(1, systolic=600), "Systolic pressure 600 mmHg cannot be true"),
        (Reading(1, systolic=18.5), "Was it in kPa\\? That would be 139 mmHg"),
        (Reading(1, temperature=98.6), "Was it in °F\\? That would be 37.0 °C"),
        (Reading(1, systolic=80, diastolic=130), "were the two swapped\\?"),
        (Reading(1, heart_rate=900), "Measure again"),
        (Reading(float("nan"), systolic=120), "a time in hours from the first dose"),
    ],
)
def test_what_cannot_be_true_is_sent_back(nobody: Tracked, reading: Reading, sentence: str) -> None:
    with pytest.raises(ImpossibleValue, match=sentence):
        told(nobody, reading)


@pytest.mark.parametrize(
    ("reading", "sentence"),
    [
        (Reading(1.0), "The reading at 1.00 h holds no vital sign; nothing changed."),
        (Reading(1.0, systolic=float("nan")), "The reading at 1.00 h holds no vital sign; nothing changed."),
        (
            Reading(-3.0, systolic=120),
            "The reading 3.00 h before the dose was not used: only those of the last 2 h before it count as "
            "at rest.",
        ),
        (Reading(9.0, systolic=120), "The reading at 9.00 h was not used: the forecast ends at 8 h."),
    ],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(
    someone: Tracked, reading: Reading, sentence: str
) -> None:
    after = told(someone, reading)
    assert after.aside == (sentence,)
    assert after.members is someone.members
    assert after.used == someone.used
    assert sentence in _ahead(after).words


def test_a_reading_that_comes_twice_counts_once(someone: Tracked) -> None:
    after = told(someone, Reading(1.5, systolic=160, heart_rate=104))
    assert after.aside == (
        "Systolic pressure 160 mmHg at 1.50 h came twice; it is used once.",
        "Heart rate at 1.50 h came as 97 and as 104 /min within a minute; the first is used. Recheck which "
        "is right.",
    )
    assert after.members is someone.members


def test_a_device_gone_mad_changes_nothing_and_buries_nothing(someone: Tracked) -> None:
    after = someone
    for k in range(1000):
        after = told(after, Reading(1.5 + k / 3.6e6, heart_rate=97 + k % 7))
    assert after.members is someone.members
    words = _ahead(after).words
    assert "996 earlier readings were not used either." in words
    assert len(words) < 15


def test_missing_signs_are_no_readings(nobody: Tracked) -> None:
    after = told(nobody, Reading(1.0, systolic=150))
    assert after.sums.count.tolist() == [1, 0, 0, 0]
    assert after.used[0][1][0] == 150
    assert np.isnan(after.used[0][1][1:]).all()


def test_where_no_member_is_left_it_falls_back_to_the_prior_and_says_so(someone: Tracked) -> None:
    lost = told(someone, Reading(2.0, systolic=290, heart_rate=95))
    shown, before = _ahead(lost), _ahead(someone)
    assert lost.aside == (
        "No virtual person explains systolic pressure 290 mmHg at 2.00 h. Recheck it; if it is right, go by "
        "the readings, not by this forecast.",
    )
    assert any(
        each.startswith("The last reading of systolic pressure is explained by no") for each in shown.words
    )
    assert shown.learned.still_prior
    for code in CODES:
        assert np.array_equal(shown.bands[code].median, shown.prior[code].median)
    # The heart rate of the same occasion is kept; once a systolic reading is explained, so is the person.
    found = _ahead(told(lost, Reading(2.25, systolic=158)))
    assert not found.learned.still_prior
    assert found.learned.readings == before.learned.readings + 2


def test_a_late_entry_does_not_make_the_newest_reading_lost(someone: Tracked) -> None:
    after = told(someone, Reading(0.75, systolic=290))
    assert len(after.aside) == 1
    assert after.lost == (False,) * 4


@pytest.mark.parametrize(("now", "after"), [(2.0, 1.0), (1.0, 1.0), (-1.0, 1.0), (7.5, 9.0)])
def test_hours_that_cannot_be_forecast_are_refused(someone: Tracked, now: float, after: float) -> None:
    with pytest.raises(ImpossibleValue, match="follow each other within 0 to 8 h"):
        _ahead(someone, now_h=now, next_h=after)


@pytest.mark.parametrize("doses", [[], [Dose(120), Dose(60, 9.0)], [Dose(180)]])
def test_doses_that_cannot_be_forecast_are_refused(doses: list[Dose]) -> None:
    with pytest.raises(ImpossibleValue):
        prior(doses, members=10)


def test_what_is_known_of_a_person_moves_the_prior() -> None:
    def systolic(**known: object) -> float:
        expected = prior([Dose(120)], members=2000, **known)  # type: ignore[arg-type]
        band = begin(expected, RESEARCH).expected["systolic"]
        return float(band.median[9])

    plain = systolic(weight_kg=70.0)
    # A heavy person's concentration is lower; pindolol leaves the pressure and takes the rate.
    assert systolic(weight_kg=110.0) < plain - 3
    assert systolic(medicine="paroxetine") != plain
    rates = [
        begin(prior([Dose(120)], members=2000, medicine=name), RESEARCH).expected["heart_rate"].median[9]
        for name in (None, "pindolol")
    ]
    assert rates[1] < rates[0] - 5


def test_what_cannot_be_known_of_a_person_is_refused() -> None:
    with pytest.raises(Refusal, match="absolute stop"):
        prior([Dose(120)], medicine="phenelzine", members=10)
    for known in ({"genotype": "poor"}, {"medicine": "paroxetine"}):
        with pytest.raises(Refusal, match="use model B"):
            prior([Dose(120)], model=Model.A, members=10, **known)  # type: ignore[arg-type]
