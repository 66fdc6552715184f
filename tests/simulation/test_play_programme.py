"""A rehearsed programme: nobody is randomised, what is dosed is prescribed, states are told."""

from __future__ import annotations

from collections import Counter

from analysis.test_periodic import of_kind, played


def test_people_enter_treatment_and_no_list_is_drawn_from():
    kinds = Counter(record.kind for record in played())
    assert kinds["treatment-entered"] == 9
    assert (kinds["randomised"], kinds["slot-taken"], kinds["list-sealed"]) == (0, 0, 0)


def test_every_session_dosed_was_prescribed_before_it_by_the_physician_of_its_site():
    prescribed = {(r.stream.split("/")[1], r.fact.visit): r for r in of_kind(played(), "prescribed")}
    for dose in of_kind(played(), "dose-given"):
        by = prescribed[dose.fact.participant, dose.fact.visit]
        assert by.happened_at.at < dose.happened_at.at
        assert by.author == f"{dose.site.lower()}-physician"


def test_victoria_is_told_once_for_a_person_and_south_australia_after_each_prescription():
    told = Counter((r.site, r.fact.notice, r.fact.visit == "") for r in of_kind(played(), "notice-given"))
    prescribed = Counter(record.site for record in of_kind(played(), "prescribed"))
    people = {r.stream for r in of_kind(played(), "prescribed") if r.site == "S01"}
    expected = {
        ("S01", "vic-form-7", True): len(people),
        ("S02", "sa-chief-psychiatrist", False): prescribed["S02"],
    }
    assert told == {place: n for place, n in expected.items() if n}


def test_a_rehearsal_leaves_no_dose_without_authority():
    deviations = {record.fact.code for record in of_kind(played(), "deviation")}
    assert not deviations & {"dose-without-authority", "dose-without-gate"}
