"""Everything one can do on the site, and which roles may: the one table.

``PUBLIC`` acts need no sign-in; ``ANYONE`` needs an account and no role. For all
others a role held at the place decides. A form has its own filling and reading roles
in the study file, asked beside this table.
"""

from __future__ import annotations

from enum import StrEnum

from holdfast.protocol.roles import Role


class Act(StrEnum):
    """What somebody wants to do."""

    SIGN_IN = "sign-in"
    SEE_HEALTH = "see-health"
    SIGN_OUT = "sign-out"
    OWN_ACCOUNT = "own-account"
    SEE_HOME = "see-home"
    READ_PUBLIC = "read-public"
    SEE_STUDY = "see-study"
    LIST_PARTICIPANTS = "list-participants"
    READ_PARTICIPANT = "read-participant"
    READ_IDENTITY = "read-identity"
    ENROL = "enrol"
    SCHEDULE = "schedule"
    READ_FORM = "read-form"
    FILL_FORM = "fill-form"
    CORRECT = "correct"
    RATE = "rate"
    RANDOMISE = "randomise"
    READ_SESSION = "read-session"
    FOLLOW_SESSION = "follow-session"
    WORK_SESSION = "work-session"
    ANSWER_LENT = "answer-lent"
    OWN_PAGES = "own-pages"
    MAKE_LINK = "make-link"
    GIVE_DOSE = "give-dose"
    OVERRIDE_GATE = "override-gate"
    PRACTISE = "practise"
    READ_SAFETY = "read-safety"
    REPORT_EVENT = "report-event"
    ACKNOWLEDGE_RISK = "acknowledge-risk"
    ANSWER_QUERY = "answer-query"
    READ_SUPPLY = "read-supply"
    WORK_SUPPLY = "work-supply"
    DISPENSE = "dispense"
    ASK_UNBLINDING = "ask-unblinding"
    READ_REPORT = "read-report"
    READ_REPORT_BY_ARM = "read-report-by-arm"
    READ_AUDIT = "read-audit"
    READ_EXPORTS = "read-exports"
    EXPORT = "export"
    SIGN_LIMIT = "sign-limit"
    APPOINT = "appoint"
    # Public in the table: a device has no account, its token is asked for by the interface itself.
    SEND_READINGS = "send-readings"
    READ_INTERFACE = "read-interface"
    SEE_DEVICES = "see-devices"
    KEEP_DEVICES = "keep-devices"
    READ_PLAN = "read-plan"
    PLAN = "plan"
    READ_EXPLORER = "read-explorer"


# A tablet handed to a participant has nobody signed in: its page asks for the note of who may answer.
# A participant has no account either: their own pages ask for the note of the link that was opened.
PUBLIC = frozenset(
    {
        Act.SIGN_IN,
        Act.SEE_HEALTH,
        Act.SEE_HOME,
        Act.READ_PUBLIC,
        Act.ANSWER_LENT,
        Act.OWN_PAGES,
        Act.SEND_READINGS,
        Act.READ_INTERFACE,
    }
)
ANYONE = frozenset({Act.SIGN_OUT, Act.OWN_ACCOUNT})

_STAFF = frozenset(Role) - {Role.PARTICIPANT, Role.SYSTEM}
_CARE = frozenset({Role.COORDINATOR, Role.THERAPIST, Role.PHYSICIAN})
_WATCH = frozenset({Role.SAFETY_MONITOR, Role.AUDITOR})

WHO: dict[Act, frozenset[Role]] = {
    Act.SEE_STUDY: _STAFF,
    Act.LIST_PARTICIPANTS: _CARE | _WATCH | {Role.ATTENDANT, Role.PHARMACIST},
    Act.READ_PARTICIPANT: _CARE | _WATCH | {Role.PHARMACIST},
    Act.READ_IDENTITY: _CARE,
    Act.ENROL: frozenset({Role.COORDINATOR, Role.PHYSICIAN}),
    Act.SCHEDULE: frozenset({Role.COORDINATOR, Role.THERAPIST}),
    Act.READ_FORM: _CARE | _WATCH | {Role.ATTENDANT},  # raters: RATE, and nothing else of a record
    Act.FILL_FORM: _CARE | {Role.ATTENDANT},
    Act.CORRECT: _CARE | {Role.ATTENDANT, Role.PHARMACIST},
    Act.RATE: frozenset({Role.RATER}),
    Act.RANDOMISE: frozenset({Role.COORDINATOR}),
    Act.READ_SESSION: _CARE | _WATCH | {Role.ATTENDANT},
    # What keeps an open session page fresh; that it was opened is written down by READ_SESSION.
    Act.FOLLOW_SESSION: _CARE | _WATCH | {Role.ATTENDANT},
    Act.WORK_SESSION: _CARE | {Role.ATTENDANT},
    Act.MAKE_LINK: _CARE,
    Act.GIVE_DOSE: frozenset({Role.THERAPIST, Role.PHYSICIAN}),
    Act.SEE_DEVICES: _CARE | {Role.ATTENDANT},
    Act.KEEP_DEVICES: frozenset({Role.COORDINATOR}),
    Act.OVERRIDE_GATE: frozenset({Role.PHYSICIAN}),
    Act.PRACTISE: frozenset({Role.THERAPIST}),
    Act.READ_SAFETY: _CARE | _WATCH | {Role.DATA_BOARD, Role.SPONSOR},
    Act.REPORT_EVENT: _CARE | {Role.ATTENDANT},
    Act.ACKNOWLEDGE_RISK: frozenset({Role.PHYSICIAN, Role.THERAPIST}),
    Act.ANSWER_QUERY: frozenset({Role.PHYSICIAN}),
    Act.READ_SUPPLY: frozenset({Role.PHARMACIST, Role.AUDITOR}),
    Act.WORK_SUPPLY: frozenset({Role.PHARMACIST}),
    Act.DISPENSE: frozenset({Role.PHARMACIST}),
    Act.ASK_UNBLINDING: frozenset({Role.PHYSICIAN}),
    Act.READ_REPORT: frozenset(
        {
            Role.STATISTICIAN,
            Role.SPONSOR,
            Role.DATA_BOARD,
            Role.SAFETY_MONITOR,
            Role.AUDITOR,
            Role.COORDINATOR,
            Role.PHYSICIAN,
        }
    ),
    # Site staff once the study is locked: see AFTER_LOCK.
    # Beside the role, the study must be locked and unblinded: see pharmacy/key_store.py.
    Act.READ_REPORT_BY_ARM: frozenset({Role.STATISTICIAN, Role.DATA_BOARD, Role.SPONSOR, Role.AUDITOR}),
    Act.READ_AUDIT: frozenset({Role.AUDITOR, Role.COORDINATOR, Role.PHYSICIAN, Role.SPONSOR}),
    Act.READ_EXPORTS: frozenset(
        {Role.AUDITOR, Role.COORDINATOR, Role.PHYSICIAN, Role.SPONSOR, Role.STATISTICIAN}
    ),
    # Ratings and a person's own answers go together: whoever makes the files must be let to read every one.
    Act.EXPORT: frozenset({Role.STATISTICIAN}),
    Act.SIGN_LIMIT: frozenset({Role.PHYSICIAN}),
    Act.APPOINT: frozenset({Role.COORDINATOR, Role.SPONSOR}),
    # Those who design a trial, and those who judge a design. Who treats, rates or dispenses needs none.
    Act.READ_PLAN: frozenset(
        {Role.STATISTICIAN, Role.SPONSOR, Role.COORDINATOR, Role.DATA_BOARD, Role.AUDITOR}
    ),
    # A saved design is read by the blinded: the data board, which may have seen arms, saves none.
    Act.PLAN: frozenset({Role.STATISTICIAN, Role.SPONSOR, Role.COORDINATOR}),
    Act.READ_EXPLORER: _CARE
    | {Role.STATISTICIAN, Role.SPONSOR, Role.DATA_BOARD, Role.AUDITOR, Role.PHARMACIST},
}

AFTER_LOCK: dict[Act, frozenset[Role]] = {
    # Of a few people the pooled figures are those of one: a rating, or a guess, that the study
    # file lets nobody of the site read; and who knows how the study fares treats by it.
    Act.READ_REPORT: frozenset({Role.COORDINATOR, Role.PHYSICIAN}),
}
"""Roles that may do something only once data entry of the study is closed."""


WHILE_OPEN_NOT_BLINDED: dict[Act, frozenset[Role]] = {
    # The course of a high dose beside a person's readings would tell the arm.
    Act.READ_EXPLORER: _CARE,
}
"""Roles that may do something before the lock only in a study that has no arm to be blind to."""


def allowed(act: Act, *, locked: bool, blinded: bool = True) -> frozenset[Role]:
    """The roles that may do something in a study that is locked, or not yet, blinded or not."""
    roles = WHO.get(act, frozenset())
    if locked:
        return roles
    barred = WHILE_OPEN_NOT_BLINDED.get(act, frozenset()) if blinded else frozenset()
    return roles - AFTER_LOCK.get(act, frozenset()) - barred


STUDY_ROLES = frozenset({Role.SAFETY_MONITOR, Role.DATA_BOARD, Role.STATISTICIAN, Role.SPONSOR, Role.AUDITOR})
"""Roles of the study rather than of a site: they reach every site, and accounts/ keeps who holds them."""

LEAVES_A_ROW = frozenset(
    {
        Act.READ_PARTICIPANT,
        Act.READ_IDENTITY,
        Act.READ_FORM,
        Act.READ_SESSION,
        # Both show what was answered before.
        Act.CORRECT,
        Act.ANSWER_QUERY,
    }
)
"""Acts that show a participant: each opening is written down."""
