"""Every form is drawn, sent, scored, read back, corrected; nothing typed is lost."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.test import Client

from clinic.cast import STUDY, bring, browser, hidden, small_study, typed
from clinic.scene import WHO, Scene
from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms.fields import drawn
from holdfast.clinic.ledger import read
from holdfast.instruments.answers import to_json
from holdfast.instruments.catalogue import INSTRUMENTS
from holdfast.protocol.roles import Role

pytestmark = pytest.mark.postgres
VISITS = f"/s/{STUDY}/participants/P-004/visits"
CSSRS_NO = {
    "q1": False, "q2": False, "actual_attempt": False, "interrupted_attempt": False,
    "aborted_attempt": False, "preparatory_acts": False,
}  # fmt: skip
PCL5 = {f"q{k}": 2 for k in range(1, 21)}
CAPS5 = {f"q{k}": 2 for k in range(1, 21)}
WORKED = {
    # form: who, address, answers, scores that must be recorded
    "C-SSRS": (Role.PHYSICIAN, "screening/C-SSRS/physician", CSSRS_NO, {"ideation": 0, "behaviour": False}),
    "VITALS": (
        Role.PHYSICIAN, "screening/VITALS/physician",
        {"systolic": 121, "diastolic": 79, "heart_rate": 64, "temperature": 36.7}, {"pulse_pressure": 42},
    ),
    "PC-PTSD-5": (
        Role.COORDINATOR, "screening/PC-PTSD-5/participant",
        {"exposure": True, "q1": True, "q2": True, "q3": True, "q4": False, "q5": True}, {"total": 4},
    ),
    "AUDIT": (
        Role.COORDINATOR, "screening/AUDIT/participant",
        {"q1": 2, **{f"q{k}": 1 for k in range(2, 9)}, "q9": 2, "q10": 0}, {"total": 11},
    ),
    "PCL-5": (Role.COORDINATOR, "screening/PCL-5/participant", PCL5, {"total": 40}),
    "PHQ-9": (
        Role.COORDINATOR, "baseline/PHQ-9/participant",
        {**{f"q{k}": 1 for k in range(1, 9)}, "q9": 0}, {"total": 8, "item9": 0},
    ),
    "DERS-16": (
        Role.COORDINATOR, "baseline/DERS-16/participant", {f"q{k}": 3 for k in range(1, 17)}, {"total": 48},
    ),
    "GUESS": (
        Role.THERAPIST, "morning-1/GUESS/therapist", {"guess": "comparator", "certainty": 4},
        {"certainty": 4},
    ),
}  # fmt: skip


@pytest.fixture
def scene(database: str) -> Scene:
    made = small_study()
    bring(made)
    return made


def forms_of(participant: str, form: str) -> list[dict[str, object]]:
    done = read.participant_standing(STUDY, participant).forms.get(form, ())
    return [dict(each.fact.scores) for each in done]


@pytest.mark.parametrize("form", sorted(WORKED))
def test_a_form_is_filled_scored_and_read_back(scene: Scene, form: str) -> None:
    role, place, answers, expected = WORKED[form]
    client, address = browser(role), f"{VISITS}/{place}"
    blank = client.get(address)
    assert blank.status_code == 200
    sent = client.post(address, {**hidden(blank.content.decode()), **typed(answers)})
    assert sent.status_code == 302, re.findall(r'class="error"[^>]*>([^<]+)', sent.content.decode())
    (recorded,) = forms_of("P-004", form)
    assert {name: recorded[name] for name in expected} == expected
    after = client.get(sent.headers["Location"]).content.decode()
    assert '<meta name="holdfast-saved"' in after  # the browser may let its draft go
    done = read.participant_standing(STUDY, "P-004").forms[form][-1]
    handed_over = place.endswith("/participant")
    assert done.role == ("participant" if handed_over else role.value)
    assert done.author == ("P-004" if handed_over else WHO[role])


def test_every_instrument_is_drawn_and_what_is_sent_is_what_is_read(scene: Scene) -> None:
    for form in scene.protocol.forms:
        if form.instrument:
            asked = drawn(scene.protocol, form)
            fact = scene.filled("P-004", "screening", form.form)
            sent = QueryDict(mutable=True)
            for name, value in typed(fact.answers).items():
                sent[name] = str(value)
            given = reading.read(asked.fields, sent)
            assert given.errors == {}
            assert given.answers == fact.answers
            assert {each.code for each in asked.fields} == {
                item.code for item in INSTRUMENTS[form.instrument].items
            }


def test_study_forms_keep_reasons_for_missing_answers(scene: Scene) -> None:
    client, address = browser(Role.COORDINATOR), f"{VISITS}/screening/DEMOGRAPHICS/coordinator"
    answers = {
        "age": 41, "sex": "male", "ethnicity": "not-said", "race": "asian",
        "weight": {"absent": "refused"}, "height": 180,
    }  # fmt: skip
    sent = client.post(address, {"action": str(uuid4()), **typed(answers)})
    assert sent.status_code == 302
    done = read.participant_standing(STUDY, "P-004").forms["DEMOGRAPHICS"][-1]
    assert dict(done.fact.answers) == answers
    assert "no answer: refused" in client.get(address).content.decode()


def test_errors_stand_beside_the_field_all_at_once_and_keep_what_was_typed(scene: Scene) -> None:
    client, address = browser(Role.PHYSICIAN), f"{VISITS}/screening/VITALS/physician"
    action = str(uuid4())
    sent = {
        "action": action, "a.systolic": "79", "a.diastolic": "95", "a.heart_rate": "900",
        "a.temperature": "warm",
    }  # fmt: skip
    answer = client.post(address, sent)
    page = answer.content.decode()
    assert answer.status_code == 400
    errors = dict(re.findall(r'class="error" id="f-(\w+)-error">([^<]+)<', page))
    assert set(errors) == {"diastolic", "heart_rate", "temperature"}
    assert (
        errors["heart_rate"] == "Expected a whole number from 20 to 300 per minute; found “900”. Correct it."
    )
    for value in ("79", "95", "900", "warm"):
        assert f'value="{value}"' in page
    assert f'value="{action}"' in page  # the same number goes with the corrected answers
    assert forms_of("P-004", "VITALS") == []


def test_an_unlikely_value_asks_for_a_second_look_and_is_kept_when_confirmed(scene: Scene) -> None:
    client, address = browser(Role.PHYSICIAN), f"{VISITS}/screening/VITALS/physician"
    values = {"systolic": 232, "diastolic": 90, "heart_rate": 64, "temperature": 36.7}
    sent = {"action": str(uuid4()), **typed(values)}
    asked = client.post(address, sent)
    assert asked.status_code == 400
    assert "I looked again: keep these values" in asked.content.decode()
    assert client.post(address, {**sent, "keep": "yes"}).status_code == 302
    assert forms_of("P-004", "VITALS") == [{"pulse_pressure": 142}]


def test_two_answers_that_can_hardly_both_be_so_are_looked_at_again_and_may_be_kept(scene: Scene) -> None:
    client, address = browser(Role.PHYSICIAN), f"{VISITS}/screening/C-SSRS/physician"
    said = {**CSSRS_NO, "q3": True}
    sent = {"action": str(uuid4()), **typed(said)}
    asked = client.post(address, sent).content.decode()
    assert "Nothing was saved yet. Please look at this once more; you may keep it as it is." in asked
    assert "The second question says no, and a question after it says yes." in asked
    assert 'href="#f-q2">Non-specific active suicidal thoughts</a>' in asked
    assert 'href="#f-q3">Active ideation with a method, without intent</a>' in asked
    assert forms_of("P-004", "C-SSRS") == []
    assert client.post(address, {**sent, "keep": "yes"}).status_code == 302
    assert len(forms_of("P-004", "C-SSRS")) == 1


def test_an_answer_and_a_reason_for_none_cannot_both_stand(scene: Scene) -> None:
    client, address = browser(Role.PHYSICIAN), f"{VISITS}/screening/C-SSRS/physician"
    sent = {"action": str(uuid4()), **typed(CSSRS_NO), "absent.q1": "refused"}
    answer = client.post(address, sent)
    assert answer.status_code == 400
    assert "keep one of them" in answer.content.decode()


def test_items_that_are_not_shown_need_no_answer(scene: Scene) -> None:
    client, address = browser(Role.PHYSICIAN), f"{VISITS}/screening/C-SSRS/physician"
    page = client.get(address).content.decode()
    assert page.count('data-shown-item="q2" data-shown-value="true" data-shown-equal="yes"') == 3
    missing = client.post(address, {"action": str(uuid4()), **typed({**CSSRS_NO, "q2": True})})
    errors = set(re.findall(r'class="error" id="f-(\w+)-error"', missing.content.decode()))
    assert errors == {"q3", "q4", "q5"}


def test_a_resend_gets_the_first_answer_and_other_content_a_conflict(scene: Scene) -> None:
    client, address = browser(Role.PHYSICIAN), f"{VISITS}/screening/C-SSRS/physician"
    sent = {"action": str(uuid4()), **typed(CSSRS_NO)}
    first, again = client.post(address, sent), client.post(address, sent)
    assert (first.status_code, again.headers["Location"]) == (302, first.headers["Location"])
    assert len(forms_of("P-004", "C-SSRS")) == 1
    other = client.post(address, {**sent, "a.q1": "true"})
    assert other.status_code == 409
    assert len(forms_of("P-004", "C-SSRS")) == 1


def test_a_risk_answer_shows_help_at_once_and_alarms_the_staff(scene: Scene) -> None:
    client, address = browser(Role.PHYSICIAN), f"{VISITS}/screening/C-SSRS/physician"
    answers = {**CSSRS_NO, "q1": True, "q2": True, "q3": False, "q4": True, "q5": False}
    sent = client.post(address, {"action": str(uuid4()), **typed(answers)})
    filled_at = sent.headers["Location"]
    page = client.get(filled_at).content.decode()
    assert "Do not leave the person alone." in page
    assert re.search(r"Open since [^:]+:\d\d \w+: nobody has taken it on\.", page)
    assert "+1 303 555 0102" in page
    assert "HIGH !!!" in page
    today = browser(Role.THERAPIST).get(f"/s/{STUDY}/").content.decode()
    assert "Risks nobody has taken on" in today
    assert "1 risk not taken on" in today
    person = browser(Role.THERAPIST)
    address = f"/s/{STUDY}/participants/P-004/do/acknowledge-risk"
    form = person.get(address).content.decode()
    risk = re.search(r'name="a.risk" value="([^"]+)"', form)
    assert risk
    plan = {**hidden(form), "a.risk": risk.group(1), "a.plan": "Seen now, safety plan made."}
    assert person.post(address, plan).status_code == 302
    assert read.participant(STUDY, "P-004").risks_open == 0
    page = person.get(f"/s/{STUDY}/participants/P-004/").content.decode()
    assert "nobody has taken it on" not in page
    later = client.get(filled_at).content.decode()
    assert re.search(r"Taken on by [^,<]+, \d+ \w{3} \d{4}, \d\d:\d\d \w+\.", later)
    for words in ("Do not leave the person alone", "nobody has taken it on", 'class="alarm', 'role="alert"'):
        assert words not in later


def filled(client: Client) -> str:
    """P-004's C-SSRS at screening, filled; its address."""
    address = f"{VISITS}/screening/C-SSRS/physician"
    assert client.post(address, {"action": str(uuid4()), **typed(CSSRS_NO)}).status_code == 302
    return address


def test_a_correction_needs_a_reason_and_its_history_is_shown(scene: Scene) -> None:
    client = browser(Role.PHYSICIAN)
    address = filled(client)
    link = re.search(r'href="([^"]+/correct)"', client.get(address).content.decode())
    assert link
    form = hidden(client.get(link.group(1)).content.decode())
    new = typed({**CSSRS_NO, "aborted_attempt": True})
    without = client.post(link.group(1), {**form, **new})
    assert without.status_code == 400
    assert "Say why it is corrected" in without.content.decode()
    corrected = {**form, **new, "reason": "Told later on the telephone."}
    first, again = client.post(link.group(1), corrected), client.post(link.group(1), corrected)
    assert first.status_code == again.status_code == 302
    page = re.sub(r"\s+", " ", client.get(address).content.decode())
    row = page[page.index("What was changed") :]
    assert "<del>No</del>" in row
    assert "<ins>Yes</ins>" in row
    assert "Aborted attempt" in row
    assert "Told later on the telephone." in row
    assert "S01-Physician" in row
    records = read.records(STUDY, stream="participant/P-004", kinds=["form-completed"])
    assert [each.corrects for each in records] == [None, records[0].id]
    assert forms_of("P-004", "C-SSRS")[-1]["behaviour"] is True


def test_two_who_correct_the_same_form_do_not_overwrite_each_other(scene: Scene) -> None:
    client = browser(Role.PHYSICIAN)
    address = filled(client)
    link = re.search(r'href="([^"]+/correct)"', client.get(address).content.decode())
    assert link
    mine, theirs = (hidden(client.get(link.group(1)).content.decode()) for _ in range(2))
    yes = {**typed({**CSSRS_NO, "aborted_attempt": True}), "reason": "Asked again."}
    assert client.post(link.group(1), {**mine, **yes}).status_code == 302
    late = client.post(link.group(1), {**theirs, **typed(CSSRS_NO), "reason": "Asked again."})
    assert late.status_code == 400
    assert "Somebody corrected this form meanwhile" in late.content.decode()


def test_a_lost_database_answers_503_and_says_that_the_draft_is_kept(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    from holdfast.clinic.ledger import write
    from holdfast.errors import Unavailable

    def lost(*_: object, **__: object) -> None:
        raise Unavailable("The clinic's database cannot be reached just now.")

    client, address = browser(Role.PHYSICIAN), f"{VISITS}/screening/C-SSRS/physician"
    monkeypatch.setattr(write, "perform", lost)
    answer = client.post(address, {"action": str(uuid4()), **typed(CSSRS_NO)})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "What you typed is kept in the form and in this browser." in answer.content.decode()
    assert "holdfast-saved" not in answer.content.decode()


# --- the rater ------------------------------------------------------------------------


def task(client: Client) -> str:
    """The rater's first open CAPS-5."""
    page = client.get(f"/s/{STUDY}/tasks/").content.decode()
    found = re.search(rf'href="(/s/{STUDY}/tasks/\w+/CAPS-5)"', page)
    assert found
    return found.group(1)


def test_a_rater_rates_by_a_task_that_tells_no_visit(scene: Scene) -> None:
    client = browser(Role.RATER)
    address = task(client)
    page = client.get(address).content.decode()
    assert not re.search(
        r"week[ -]\d|baseline|dosing|session|randomis", page.split("<main", 1)[1], re.IGNORECASE
    )
    sent = client.post(address, {**hidden(page), **typed(CAPS5)})
    assert sent.status_code == 302
    assert "week" not in sent.headers["Location"]
    (baseline, week_4) = forms_of("P-001", "CAPS-5")
    assert (baseline["total"], week_4["total"]) == (60, 40)
    back = client.get(address).content.decode()
    assert not re.search(r"week[ -]\d|baseline|dosing", back.split("<main", 1)[1], re.IGNORECASE)
    assert client.get(f"/s/{STUDY}/participants/P-001/visits/week-4/CAPS-5/rater").status_code == 403


def test_a_rater_corrects_the_own_rating_with_a_reason(scene: Scene) -> None:
    client = browser(Role.RATER)
    address = task(client)
    client.post(address, {**hidden(client.get(address).content.decode()), **typed(CAPS5)})
    form = hidden(client.get(f"{address}/correct").content.decode())
    new = {**form, **typed({**CAPS5, "q1": 4}), "reason": "Read off the wrong line."}
    assert client.post(f"{address}/correct", new).headers["Location"].startswith(address)
    assert forms_of("P-001", "CAPS-5")[-1]["total"] == 42


def test_a_task_of_another_rater_is_not_there(scene: Scene) -> None:
    assert browser(Role.RATER).get(f"/s/{STUDY}/tasks/{'0' * 32}/CAPS-5").status_code == 404


def test_answers_survive_being_shown_for_correction(scene: Scene) -> None:
    for form in scene.protocol.forms:
        if form.instrument:
            asked = drawn(scene.protocol, form)
            answers = to_json(scene.filled("P-004", "screening", form.form).answers)
            given = reading.as_typed(asked.fields, answers)
            sent = QueryDict(mutable=True)
            for code, values in given.typed.items():
                sent.setlist(f"a.{code}", values)
            assert reading.read(asked.fields, sent).answers == answers
