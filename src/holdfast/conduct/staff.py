"""The study, its sites and its people: opened, appointed, qualified, signed, locked, unblinded."""

from __future__ import annotations

import math
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from holdfast.conduct.actions import (
    AdoptProtocol,
    Appoint,
    CheckEmergencyKit,
    EndAppointment,
    LockStudy,
    OpenSite,
    OpenStudy,
    RecordCredential,
    SignLimit,
    UnblindStudy,
)
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.decision import Reason
from holdfast.conduct.streams import site_stream, staff_stream, study_stream
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.figures import figures
from holdfast.protocol.roles import Role
from holdfast.records.study import (
    CredentialRecorded,
    EmergencyKitChecked,
    LimitSigned,
    ProtocolAdopted,
    SiteOpened,
    StaffAppointed,
    StaffEnded,
    StudyLocked,
    StudyOpened,
    StudyUnblinded,
)
from holdfast.sourced import Figure


def open_study(case: Case, ask: OpenStudy, pen: Pen) -> list[Reason]:
    """The first record of a study, for ever: rehearsal or live; and the protocol it starts with."""
    if ask.life not in ("rehearsal", "live"):
        raise ImpossibleValue(f'A study is "rehearsal" or "live", not {ask.life!r}.', field="life")
    reasons = [*not_opened(case), *own_protocol(case)]
    if reasons:
        return reasons
    stream = study_stream(case.stamp.study)
    main = pen.write(stream, StudyOpened(life=ask.life, title=case.protocol.study.title["en"]))
    pen.write(stream, _adopted(case), because=main.id)
    return []


def not_opened(case: Case) -> list[Reason]:
    """A study is opened once; what it is cannot be changed."""
    if not case.study.opened:
        return []
    return [Reason("study-already-opened", f"This study is open, as {case.study.life}, for ever.")]


def own_protocol(case: Case) -> list[Reason]:
    """The protocol is that of the study named."""
    if case.protocol.study.code == case.stamp.study:
        return []
    return [
        Reason("other-study", f"The protocol is of {case.protocol.study.code}, the study {case.stamp.study}.")
    ]


def adopt_protocol(case: Case, ask: AdoptProtocol, pen: Pen) -> list[Reason]:
    """Another version comes into force, with its whole text."""
    reasons = [*own_protocol(case), *not_adopted(case), *new_version_name(case)]
    if reasons:
        return reasons
    pen.write(study_stream(case.stamp.study), _adopted(case))
    return []


def not_adopted(case: Case) -> list[Reason]:
    """The very text is not in force already."""
    if case.protocol.hash not in case.study.adopted:
        return []
    return [Reason("protocol-already-adopted", "This very text was adopted already.")]


def new_version_name(case: Case) -> list[Reason]:
    """Another text has another version, so that a consent can name what it was given to."""
    version = case.protocol.study.version
    if case.protocol.hash in case.study.adopted or version not in case.study.adopted.values():
        return []
    return [
        Reason("version-reused", f"Version {version} is the name of another text; give this one its own.")
    ]


def _adopted(case: Case) -> ProtocolAdopted:
    protocol = case.protocol
    return ProtocolAdopted(version=protocol.study.version, protocol_hash=protocol.hash, text=protocol.text)


def open_site(case: Case, ask: OpenSite, pen: Pen) -> list[Reason]:
    """Open a site, with its zone and the telephone its dosing days escalate to."""
    try:
        ZoneInfo(ask.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ImpossibleValue(f"{ask.zone!r} is no time zone such as America/Denver.", field="zone") from None
    if not case.stamp.site or "/" in case.stamp.site:
        raise ImpossibleValue("A site's code is a word without a slash.", field="site")
    reasons = [*site_not_opened(case), *telephone(ask)]
    if reasons:
        return reasons
    fact = SiteOpened(name=ask.name, country=ask.country, zone=ask.zone, phone=ask.phone)
    pen.write(site_stream(case.stamp.site), fact)
    return []


def site_not_opened(case: Case) -> list[Reason]:
    """The site is not open yet."""
    if not case.site.opened:
        return []
    return [Reason("site-already-opened", f"{case.stamp.site} is open already; correct its record instead.")]


def telephone(ask: OpenSite) -> list[Reason]:
    """A site has a telephone for emergencies."""
    return [] if ask.phone.strip() else [Reason("no-telephone", "Give the site's emergency telephone.")]


def sign_limit(case: Case, ask: SignLimit, pen: Pen) -> list[Reason]:
    """A physician of the site signs the value of a figure that is not public."""
    figure = figures(case.protocol).get(ask.path)
    if figure is None:
        raise UnknownName(f"The protocol has no figure at {ask.path!r}.")
    numbers = signed_numbers(ask, figure)
    if not figure.needs_signature:
        return [
            Reason(
                "not-for-signature",
                f"{ask.path} is {figure.value} from its source; it is not signed.",
                ask.path,
            )
        ]
    fact = LimitSigned(
        path=ask.path,
        value=numbers[0],
        unit=figure.unit,
        physician=case.stamp.author,
        values=numbers if isinstance(figure.value, tuple) else (),
    )
    pen.write(site_stream(case.stamp.site), fact)
    return []


def signed_numbers(ask: SignLimit, figure: Figure) -> tuple[float, ...]:
    """The numbers that are signed; ImpossibleValue where they cannot stand in the figure's place.

    A list is signed by a list in ascending order. Days of visits and minutes of a list are whole;
    there is no study day 0, and a window is not of less than no days.
    """
    many = isinstance(figure.value, tuple)
    given = ask.value if isinstance(ask.value, tuple) else (ask.value,)
    if many != isinstance(ask.value, tuple) or not given or not all(math.isfinite(each) for each in given):
        wanted = "a list of numbers" if many else "a number"
        raise ImpossibleValue(f"{ask.path}: expected {wanted}; found {ask.value!r}.", field="value")
    of_visit = ask.path.startswith("visits.")
    if (of_visit or many) and any(each != int(each) for each in given):
        raise ImpossibleValue(f"{ask.path}: expected whole numbers; found {ask.value!r}.", field="value")
    if list(given) != sorted(set(given)):
        raise ImpossibleValue(f"{ask.path}: expected an ascending list; found {ask.value!r}.", field="value")
    if of_visit and (given[0] == 0 if ask.path.endswith(".day") else given[0] < 0):
        raise ImpossibleValue(f"{ask.path} cannot be {given[0]:g}.", field="value")
    return given


def check_emergency_kit(case: Case, ask: CheckEmergencyKit, pen: Pen) -> list[Reason]:
    """The emergency kit was checked and is in date until then."""
    _iso(ask.valid_until, field="valid_until")
    if ask.valid_until < case.today:
        return [Reason("emergency-kit-expired", f"The kit ran out on {ask.valid_until}: replace it first.")]
    fact = EmergencyKitChecked(valid_until=ask.valid_until, checked_by=case.stamp.author)
    pen.write(site_stream(case.stamp.site), fact)
    return []


def appoint(case: Case, ask: Appoint, pen: Pen) -> list[Reason]:
    """A person takes on a role at the site."""
    if not ask.person or "/" in ask.person:
        raise ImpossibleValue("A person's code is a word without a slash.", field="person")
    if ask.role not in set(Role):
        raise UnknownName(f"There is no role {ask.role!r}.")
    reasons = [*not_held_yet(case, ask), *rater_isolation(case, ask), *key_isolation(case, ask)]
    if reasons:
        return reasons
    fact = StaffAppointed(person=ask.person, appointed_role=ask.role, at_site=case.stamp.site, name=ask.name)
    pen.write(staff_stream(ask.person), fact)
    return []


def not_held_yet(case: Case, ask: Appoint) -> list[Reason]:
    """The person does not hold the role here yet."""
    if not case.staff(ask.person).holds(ask.role, site=case.stamp.site):
        return []
    return [
        Reason("already-appointed", f"{ask.person} is {ask.role} at {case.stamp.site} already.", ask.person)
    ]


def rater_isolation(case: Case, ask: Appoint) -> list[Reason]:
    """Nobody rates who treats or who holds the key at the same site."""
    held = {role for role, site in case.staff(ask.person).held if site == case.stamp.site}
    apart = {Role.THERAPIST.value, Role.PHYSICIAN.value, Role.PHARMACIST.value, Role.ATTENDANT.value}
    clash = held & apart if ask.role == Role.RATER else held & {Role.RATER.value}
    if not clash or (ask.role != Role.RATER and ask.role not in apart):
        return []
    return [
        Reason(
            "rater-not-apart",
            f"{ask.person} is {', '.join(sorted(clash))} here; raters stay apart.",
            ask.person,
        )
    ]


def key_isolation(case: Case, ask: Appoint) -> list[Reason]:
    """Who may know arms holds no role that is blind to them, at whichever site: the key is the study's."""
    unblinded = {role.value for role in case.protocol.blinding.unblinded}
    held = {role for role, _site in case.staff(ask.person).held}
    clash = held - unblinded if ask.role in unblinded else held & unblinded
    if not clash:
        return []
    return [
        Reason(
            "key-not-apart",
            f"{ask.person} is {', '.join(sorted(clash))} in this study; who knows the arms stays apart.",
            ask.person,
        )
    ]


def end_appointment(case: Case, ask: EndAppointment, pen: Pen) -> list[Reason]:
    """A person gives up a role."""
    if not case.staff(ask.person).holds(ask.role, site=case.stamp.site):
        return [Reason("not-appointed", f"{ask.person} is not {ask.role} at {case.stamp.site}.", ask.person)]
    fact = StaffEnded(person=ask.person, ended_role=ask.role, at_site=case.stamp.site)
    pen.write(staff_stream(ask.person), fact)
    return []


def record_credential(case: Case, tell: RecordCredential, pen: Pen) -> None:
    """A licence, training or certificate, with its last day."""
    _iso(tell.valid_until, field="valid_until")
    if not tell.credential:
        raise ImpossibleValue("Name the credential.", field="credential")
    fact = CredentialRecorded(person=tell.person, credential=tell.credential, valid_until=tell.valid_until)
    pen.write(staff_stream(tell.person), fact)


def lock_study(case: Case, ask: LockStudy, pen: Pen) -> list[Reason]:
    """Close data entry; ``data_hash`` names what was frozen."""
    if not ask.data_hash:
        return [Reason("no-data-hash", "Name the hash of the data that are frozen.")]
    pen.write(study_stream(case.stamp.study), StudyLocked(data_hash=ask.data_hash))
    return []


def unblind_study(case: Case, ask: UnblindStudy, pen: Pen) -> list[Reason]:
    """Release the key to the analysis, once, after locking."""
    reasons = [*locked_first(case), *not_unblinded(case)]
    if reasons:
        return reasons
    pen.write(study_stream(case.stamp.study), StudyUnblinded(commitment=ask.commitment))
    return []


def locked_first(case: Case) -> list[Reason]:
    """Data entry is closed before anybody sees the key."""
    return [] if case.study.locked else [Reason("study-not-locked", "Lock the study before unblinding it.")]


def not_unblinded(case: Case) -> list[Reason]:
    """The key was not released before."""
    if case.study.unblinded_at is None:
        return []
    return [Reason("study-already-unblinded", "The key was released already.")]


def _iso(text: str, *, field: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ImpossibleValue(f"Expected a date such as 2026-11-23; found {text!r}.", field=field) from None
