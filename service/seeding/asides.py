"""What goes on beside a case's steps: other talks, referrals, requests, restrictions, corrections.

Takes a life at its opening and puts things down in its agenda. Each of them
looks at the case when it happens, and does nothing where it has ended.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

from schema.classes import DataClass
from schema.codes import (
    MAIN_RANK,
    BirthPrecision,
    CaseState,
    ConsentPurpose,
    ReferralReason,
    ReferralState,
)
from service.seeding.agenda import working
from service.seeding.corridors import POLICE
from service.seeding.desks import NGOS
from service.seeding.keeping import Kept, Row
from service.seeding.lives import Life, withdraw_after
from service.seeding.names import BY_ORIGIN
from service.seeding.people import phone_of

_S, _P = CaseState, ConsentPurpose
_R = ReferralState
_TALKS = ((_P.PHOTO, 0.25), (_P.PROSECUTION, 0.2), (_P.RESEARCH, 0.1))
WITHDRAWN = 0.06
CORRECTED = 0.2
_REASONS = tuple(ReferralReason)
_EARLY = (_S.SCREENED, _S.IDENTIFIED)


def plan(life: Life) -> None:
    """Put down what will happen beside the case, each in its share."""
    chance = life.chance
    for purpose, share in _TALKS:
        if chance.true(share):
            _after(life, 4, 90, _talk(life, purpose))
    for share, low, high, act in (
        (0.3, 5, 150, _refer),
        (0.1, 5, 240, _request),
        (0.05, 12, 90, _restrict),
        (0.12, 6, 120, _prosecute),
    ):
        if chance.true(share):
            _after(life, low, high, lambda act=act: act(life))  # type: ignore[misc]
    if chance.true(CORRECTED):
        _after(life, 8, 330, lambda: _correct(life))


def _after(life: Life, low: float, high: float, act: Callable[[], None]) -> None:
    at = working(life.chance, life.now + life.chance.span(low, high))

    def once() -> None:
        if not life.file.concluded:
            act()

    life.file.agenda.later(at, once)


def _talk(life: Life, purpose: ConsentPurpose) -> Callable[[], None]:
    def ask() -> None:
        if life.talk.ask(purpose) and life.chance.true(WITHDRAWN):
            withdraw_after(life, purpose, 200)

    return ask


def _refer(life: Life) -> None:
    """To those who help; some say no, and others are asked then."""
    file, chance = life.file, life.chance
    country = file.row.row["holder"][:2]
    helpers = NGOS.get(country, NGOS["TH"])
    made = file.story.keep(
        "referral",
        life.now,
        id=chance.id(),
        case_id=file.id,
        from_agency=file.row.row["holder"],
        to_agency=chance.pick(helpers),
        reason=chance.pick(_REASONS),
        state=_R.OPEN,
        case_owner=None,
        details="Invented: legal aid asked for" if chance.true(0.4) else None,
    )
    if chance.true(0.15):
        return
    _after(life, 1, 14, lambda: _answer(life, made))


def _answer(life: Life, referral: Kept) -> None:
    if life.chance.true(0.25):
        referral.set(life.now, state=_R.DECLINED)
        if life.chance.true(0.6):
            _refer(life)
        return
    referral.set(life.now, state=_R.ACCEPTED, case_owner="Invented case owner")
    if life.chance.true(0.5):
        _after(life, 30, 250, lambda: referral.set(life.now, state=_R.ENDED))


def _request(life: Life) -> None:
    """Police of either side ask for papers, most by a number, some for a while only."""
    file, chance, corridor = life.file, life.chance, life.corridor
    sides = [c for c in (corridor.host, corridor.origin) if c in POLICE]
    if not sides or MAIN_RANK[file.before] < MAIN_RANK[_S.NOTIFIED]:
        return
    day = life.now.date()
    number = f"MLA {day.year}/{chance.below(10**4):04d}"
    file.story.add(
        "legal_request",
        id=chance.id(),
        case_id=file.id,
        agency_code=POLICE[chance.pick(sides)],
        number=number if chance.true(0.9) else None,
        subject="Invented: statement of the victim",
        received_on=day,
        expires_on=day + dt.timedelta(days=60 + chance.below(300)) if chance.true(0.8) else None,
        recorded_at=life.now,
    )


def _restrict(life: Life) -> None:
    """The sender closes a part of what it sent to the other side; half are lifted later."""
    file, chance, corridor = life.file, life.chance, life.corridor
    if not corridor.seated or MAIN_RANK[file.before] < MAIN_RANK[_S.NOTIFIED]:
        return
    made = file.story.keep(
        "restriction",
        life.now,
        id=chance.id(),
        record_id=file.victim.row["id"],
        data_class=chance.pick((DataClass.FAMILY, DataClass.IDENTITY)),
        recipient=corridor.origin,
        set_by=corridor.desk,
        from_at=life.now,
        until_at=None,
        case_id=None,
        victim_id=file.victim.row["id"],
    )
    if chance.true(0.5):
        _after(life, 20, 200, lambda: made.set(life.now, until_at=life.now))


def _prosecute(life: Life) -> None:
    """An investigation; while the prosecutor wants her, nothing is planned."""
    file, chance = life.file, life.chance
    held = MAIN_RANK[file.before] < MAIN_RANK[_S.ASSESSED] and chance.true(0.4)
    file.note(
        proceedings="Invented: investigation open",
        legal_hold=held or file.row.row["legal_hold"],
        compensation_claim="Invented claim" if chance.true(0.3) else None,
    )


def _correct(life: Life) -> None:
    """What was entered turns out otherwise, and is corrected as a new version."""
    victim = life.file.victim
    kinds = [_spelling, _village, _phone, _number, _relative]
    if victim.row["birth_precision"] not in (None, BirthPrecision.DAY):
        kinds.append(_birth_date)
    if victim.row["age_disputed"] or life.file.before in _EARLY:
        kinds.append(_dispute)
    victim.set(life.now, **life.chance.pick(kinds)(life, victim.row))


def _spelling(life: Life, row: Row) -> Row:
    names = BY_ORIGIN[life.corridor.origin]
    pairs = (*names.women, *names.men)
    other = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
    return {"given_name": other.get(row["given_name"], row["given_name"])}


def _village(life: Life, _: Row) -> Row:
    return {"home_village": f"Village {100 + life.chance.below(90)}"}


def _phone(life: Life, row: Row) -> Row:
    return {"phone": None if row["phone"] else phone_of(life.chance, life.corridor.origin)}


def _number(life: Life, row: Row) -> Row:
    number = f"{life.corridor.origin}{row['id'].int % 10**11:011d}"
    return {} if life.fate.duplicate else {"identity_number": number}


def _relative(_: Life, row: Row) -> Row:
    """The family's number is not to be called: a relative may be the trafficker."""
    if row["family_contacts"] is None:
        return {}
    found = [{**each, "doNotContact": True} for each in json.loads(row["family_contacts"])]
    return {"family_contacts": json.dumps(found)}


def _birth_date(life: Life, row: Row) -> Row:
    """A paper gives the day of what was known by its year or month alone."""
    born: dt.date = row["birth_date"]
    month = born.month
    if row["birth_precision"] is BirthPrecision.YEAR:
        month = 1 + life.chance.below(12)
    day = 1 + life.chance.below(28)
    return {
        "birth_date": born.replace(month=month, day=day),
        "birth_precision": BirthPrecision.DAY,
    }


def _dispute(_: Life, row: Row) -> Row:
    return {"age_disputed": not row["age_disputed"]}
