"""One world made of one source of chance: few persons, many turns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from authz.caller import Caller
from tests.judges.copies import as_it_was
from tests.judges.facts import AGENCY_COUNTRY, MAIN, handed_over, rank, years_before
from tests.judges.strategies import ISSUER, SUBJECTS, UNITS, days, some
from tests.judges.world import (
    KINDS,
    Assessment,
    Assignment,
    Case,
    Consent,
    Copy,
    FollowUp,
    LegalRequest,
    Opening,
    Referral,
    Restriction,
    Transition,
    TravelPaper,
    Victim,
    World,
    identifier,
)

_CORRIDORS = (
    *[("TH", "KH", "TH-KH-2014")] * 5,
    *[("TH", "LA", "TH-LA-2017")] * 3,
    *[("KH", "TH", "TH-KH-2014")] * 2,
    ("LA", "TH", "TH-LA-2017"),
    ("TH", "KH", "TH-KH-SOP-2022"),
    ("TH", "KH", "TH-KH-2003"),
    ("TH", "KH", "IOM-MSDHS-2007"),
    ("TH", "KH", None),
    ("TH", "VN", "TH-VN-2008"),
    ("KH", "VN", "KH-VN-2005"),
    ("LA", "VN", "LA-VN-2010"),
    ("TH", "MM", "TH-MM-2009"),
    ("KH", "LA", None),
    ("JP", "TH", None),
    ("JP", "KH", None),
)
_SIDE_STATES = ("ON_HOLD", "ALTERNATIVE", "CANCELLED")
_PURPOSES = (
    *["TRACING"] * 4,
    *["RETURN"] * 4,
    *["NOTIFICATION"] * 3,
    "PROSECUTION",
    "PROSECUTION",
    "SERVICES",
    "SERVICES",
    "FEEDBACK",
    "PHOTO",
    "PHOTO",
)
_OFFICES = ("KH-MOSVY", "TH-DATIP", "TH-SHELTER", "LA-MLSW", "NGO-AAT", "INT-IOM", "TH-PSDHS")
_POLICE = ("TH-ATPD", "KH-DAHTJP", "LA-ATD")
_CLASSES = (None, None, None, "SHELL", "PERSON", "IDENTITY", "FAMILY", "CONSENT", "CARE", "LEGAL")


@dataclass(slots=True)
class _Making:
    r: Random
    seed: int
    now: dt.datetime
    asking: Sequence[tuple[Caller, str]] = ()
    count: int = 0
    rows: dict[str, list[Any]] = field(default_factory=dict)

    def id(self) -> str:
        self.count += 1
        return identifier(self.seed, self.count)

    def put(self, kind: str, row: Any) -> Any:
        self.rows.setdefault(kind, []).append(row)
        return row

    def someone(self) -> Caller | None:
        """One of those who will ask, mostly."""
        if self.asking and self.r.random() < 0.75:
            return self.r.choice(self.asking)[0]
        return None

    def moment(self) -> dt.datetime:
        """One of few instants, so that two statements often share theirs."""
        return self.now - days(self.r.choice((1, 2, 3, 10)))


def world(r: Random, now: dt.datetime, asking: Sequence[tuple[Caller, str]] = ()) -> World:
    """A world of three to six persons, as of an instant. Most of what happens in it has to do with
    those who will ask.
    """
    making = _Making(r, r.getrandbits(64), now.replace(microsecond=0), asking)
    for _ in range(r.randint(3, 6)):
        victim = _victim(making)
        for _ in range(r.choice((1, 1, 1, 2, 3))):
            _case(making, victim)
    _copies(making)
    _restrictions(making)
    return World(**{kind: tuple(rows) for kind, rows in making.rows.items()})


def _victim(m: _Making) -> Victim:
    r, today = m.r, m.now.date()
    turned = years_before(today, 18)
    born = r.choice((None, turned, turned + days(1), turned - days(1), dt.date(1996, 2, 29)))
    if r.random() < 0.6:
        born = dt.date(r.choice((1985, 1999, 2001, 2012)), 3, 14)
    identity = m.id()
    return m.put(  # type: ignore[no-any-return]
        "victims",
        Victim(
            id=identity,
            given_name=some(r, 0.8, r.choice(("Sok", "Dara", "Noi"))),
            family_name=some(r, 0.9, r.choice(("Chan", "Keo", "Vong"))),
            birth_date=born,
            birth_precision=r.choice(("DAY", "DAY", "MONTH", "YEAR")) if born else None,
            age_disputed=r.random() < 0.2,
            gender=r.choice((None, "Feminine", "Masculine")),
            nationalities=tuple(r.sample(("KH", "LA", "TH", "VN"), r.randint(0, 2))),
            languages=some(r, 0.6, ("khm", "tha")),
            children_count=r.choice((None, 0, 2, 3)),
            home_province=r.choice((None, *UNITS[:3])),
            home_district=some(r, 0.5, "Thma Koul"),
            phone=some(r, 0.5, "+85512345678"),
            family_contacts=some(r, 0.5, ({"name": "an aunt", "relation": "aunt"},)),
            photo=some(r, 0.5, "photo-1"),
            identity_number=some(r, 0.3, f"N{identity[:8]}"),
            exploitation_types=some(r, 0.7, ("ForcedLabour", "Servitude")),
            apps=some(r, 0.4, ("Line",)),
            narrative=some(r, 0.7, "what happened"),
            care_needs=some(r, 0.5, ("INTERPRETER",)),
            diagnosis=some(r, 0.4, "sealed"),
        ),
    )


def _case(m: _Making, victim: Victim) -> None:
    r = m.r
    who = m.someone()
    concerned = [c for c in _CORRIDORS if who is None or who.country in (*c[:2], "")]
    host, origin, agreement = r.choice(concerned or _CORRIDORS)
    state = r.choice((*MAIN, *MAIN[2:8]))
    place = rank(state)
    if r.random() < 0.15:
        state, place = r.choice(_SIDE_STATES), r.randint(1, 8)
    elif r.random() < 0.04:
        state, place = "NOT_A_VICTIM", 1
    near = [a for a, country in AGENCY_COUNTRY.items() if country in (host, origin)]
    first = {"TH": "TH-DATIP", "KH": "KH-MOSVY", "LA": "LA-MLSW", "VN": "VN-MOLISA"}
    desks = [first[country] for country in (host, host, origin) if country in first]
    holder = r.choice(desks) if r.random() < 0.6 else r.choice([*near, "INT-IOM"])
    if who is not None and r.random() < 0.5 and who.country in (host, origin, ""):
        holder = who.agency
    known_foreigner = place >= 5 and r.random() < 0.1
    made = Case(
        id=m.id(),
        victim_id=victim.id,
        agreement_code=agreement,
        host=host,
        origin=origin,
        state=state,
        main_rank=place,
        state_since=m.moment(),
        holder=holder,
        notified_at=m.now - days(9) if place >= 3 else None,
        handed_over_at=r.choice((m.now - days(4), m.now - days(6), None)) if place >= 9 else None,
        not_a_national=known_foreigner,
        planned_handover_on=some(
            r, 0.8, m.now.date() + days(r.choice((-30, -8, -7, -1, 0, 1, 7, 8)))
        ),
        case_worker=some(r, 0.85, "w-7"),
        outcome=some(r, 0.3, "Returned"),
        closing_reason="REINTEGRATED" if state == "CLOSED" else None,
        opened_on=dt.date(2026, 1, r.randint(1, 4)),
        shelter_name=some(r, 0.6, "a shelter"),
        handover_place=some(r, 0.6, "MAESOT_MYAWADDY"),
        handover_at=some(r, 0.4, m.now + days(3)),
        best_interests_decision=some(r, 0.85, "decided"),
        proceedings=some(r, 0.5, "pending"),
        legal_hold=r.random() < 0.3,
        reintegration_plan=some(r, 0.4, "a plan"),
        feedback_code=some(r, 0.4, "FOLLOWED_UP"),
        feedback_on=some(r, 0.4, dt.date(2026, 5, 5)),
    )
    m.put("cases", made)
    if known_foreigner:
        m.put("assessments", Assessment(m.id(), made.id, outcome="NOT_A_NATIONAL"))
    _statements(m, made)
    if r.random() < 0.6:
        _agreed(m, made)
    _parts(m, made)


def _statements(m: _Making, case: Case) -> None:
    r = m.r
    agencies = [a for a in _OFFICES if AGENCY_COUNTRY[a] in (case.host, case.origin, "")]
    names = [case.origin, case.origin, case.host, "VN", *agencies, *_POLICE]
    likely = [p for _, p in m.asking if p in _PURPOSES]
    for _ in range(r.choice((0, 2, 4, 6, 8))):
        purpose = r.choice(_PURPOSES)
        if likely and r.random() < 0.5:
            purpose = r.choice(likely)
        state = r.choice(("GIVEN",) * 6 + ("REFUSED", "WITHDRAWN", "NOT_ASKED"))
        if purpose == "NOTIFICATION" and r.random() < 0.5:
            state = "GIVEN"
        guarded = r.random() < 0.6
        recipients = _recipients(m, names)
        statement = Consent(
            id=m.id(),
            case_id=case.id,
            purpose=purpose,
            state=state,
            recipients=recipients,
            stated_at=m.moment(),
            given_by=r.choice(("SELF_WITH_GUARDIAN", "GUARDIAN", "COURT")) if guarded else "SELF",
            guardian="the mother" if guarded else None,
            assent=r.random() < 0.8 if guarded else None,
        )
        m.put("consents", statement)


def _agreed(m: _Making, case: Case) -> None:
    """Somebody who will ask was given what she needs; now and then it was closed since."""
    r, who = m.r, m.someone()
    if who is None:
        return
    for purpose in ("TRACING", "RETURN", "PROSECUTION", "SERVICES"):
        given = Consent(
            id=m.id(),
            case_id=case.id,
            purpose=purpose,
            state="GIVEN",
            recipients=(r.choice((who.agency, who.agency, who.country or who.agency)),),
            stated_at=m.now - days(4),
            given_by="GUARDIAN",
            guardian="the mother",
            assent=True,
        )
        m.put("consents", given)
        if r.random() < 0.4:
            country = (who.country or who.agency,)
            closed = r.choice(((), (who.agency,), country, country))
            m.put(
                "consents",
                Consent(m.id(), case.id, purpose, "WITHDRAWN", closed, m.moment(), "SELF"),
            )


def _recipients(m: _Making, names: Sequence[str]) -> tuple[str, ...]:
    """To whom: often exactly the agency, or the country, of somebody who will ask."""
    r = m.r
    chosen = [r.choice(names) for _ in range(r.choice((0, 0, 1, 2)))]
    near = [who for who in (m.someone(), m.someone()) if who is not None and r.random() < 0.6]
    chosen += [r.choice((who.agency, who.country or who.agency)) for who in near]
    return tuple(dict.fromkeys(chosen))


def _parts(m: _Making, case: Case) -> None:
    r, day = m.r, m.now.date()
    for number in range(r.randint(0, 2)):
        at = m.now - days(20 + number)
        m.put("transitions", Transition(m.id(), case.id, r.choice(MAIN), at))
    for agency, own in _offices(m, _OFFICES, r.choice((0, 1, 2, 3))):
        since, until = (
            m.moment(),
            r.choice((None, None, m.now - dt.timedelta(hours=5), m.now + days(5))),
        )
        unit = r.choice((None, own, *UNITS[:2]))
        if r.random() < 0.1:
            since, until = m.now + days(1), None
        m.put("assignments", Assignment(m.id(), case.id, agency, unit, since, until))
    for agency, _ in _offices(m, _OFFICES, r.choice((0, 0, 1, 2))):
        if agency == "TH-DATIP":
            continue
        state = r.choice(("OPEN", "ACCEPTED", "ACCEPTED", "ENDED"))
        row = Referral(m.id(), case.id, "TH-DATIP", agency, state, "Other", "w-7", "in words")
        m.put("referrals", row)
    if r.random() < 0.3:
        outcome = r.choice(("SUITABLE", "UNSUITABLE", None))
        m.put("assessments", Assessment(m.id(), case.id, "a report", True, "none", outcome, False))
    if r.random() < 0.3:
        m.put("travel_papers", TravelPaper(m.id(), case.id, some(r, 0.5, "P-1"), "an escort"))
    if r.random() < 0.3:
        m.put("follow_ups", FollowUp(m.id(), case.id, day, r.choice((1, 3)), "well", "GOOD"))
    for agency, _ in _offices(m, _POLICE, r.choice((0, 1, 1, 2))):
        received = day - days(r.choice((0, 9)))
        expires = r.choice((None, day, day - days(1), day + days(30)))
        if expires is not None and expires < received:
            received = expires
        number = some(r, 0.8, "77/2026")
        m.put("legal_requests", LegalRequest(m.id(), case.id, agency, number, received, expires))
    if r.random() < 0.3:
        _opening(m, case)


def _offices(m: _Making, names: Sequence[str], most: int) -> list[tuple[str, str | None]]:
    """Some agencies, each once, and a unit that is of use to it."""
    found: dict[str, str | None] = {}
    for _ in range(most):
        who = m.someone()
        if who is not None:
            found[who.agency] = who.unit or None
        else:
            found.setdefault(m.r.choice(names), None)
    return list(found.items())


def _opening(m: _Making, case: Case) -> None:
    r, who = m.r, m.someone()
    opened = m.now - dt.timedelta(minutes=r.choice((10, 90)))
    row = Opening(
        id=m.id(),
        case_id=case.id,
        agency_code=who.agency if who is not None else r.choice(_OFFICES[:3]),
        subject=r.choice(SUBJECTS),
        issuer=ISSUER,
        clause="TH-LAW@1#rule 90",
        reason="she did not come home",
        opened_at=opened,
        until_at=opened + dt.timedelta(hours=1),
    )
    m.put("openings", row)


def _copies(m: _Making) -> None:
    """Of most records of a case that was handed over, what they were like then."""
    for case in m.rows["cases"]:
        if not handed_over(case) or m.r.random() < 0.1:
            continue
        victims = [v for v in m.rows["victims"] if v.id == case.victim_id]
        parts = [
            row
            for kind in KINDS
            if kind not in ("victims", "cases")
            for row in m.rows.get(kind, [])
            if row.case_id == case.id
        ]
        for row in (*victims, case, *parts):
            if m.r.random() < 0.85:
                who = m.someone()
                holder = who.agency if who is not None else "TH-DATIP"
                m.put("copies", Copy(case.id, as_it_was(m.r, row, holder, m.moment())))


def _restrictions(m: _Making) -> None:
    r = m.r
    cases = {case.id: case for case in m.rows["cases"]}
    parts = [*m.rows.get("consents", []), *m.rows.get("referrals", [])]
    for _ in range(r.choice((0, 6, 12))):
        who = m.someone()
        on = r.choice([*m.rows["victims"], *cases.values(), *cases.values(), *parts[:2]])
        own = [c for c in cases.values() if on.id in (c.id, c.victim_id)]
        case = cases.get(getattr(on, "case_id", "")) or r.choice(own)
        hosts = [a for a, country in AGENCY_COUNTRY.items() if country == case.host]
        row = Restriction(
            id=m.id(),
            record_id=on.id,
            data_class=r.choice(_CLASSES),
            recipient=r.choice(
                (None, None, case.origin, case.host, "INT-IOM", who.agency if who else None)
            ),
            set_by=r.choice(hosts or ["TH-DATIP"]) if r.random() < 0.8 else r.choice(_OFFICES),
            from_at=m.moment() if r.random() < 0.9 else m.now + days(1),
            until_at=r.choice((None, None, m.now + days(2))),
        )
        if r.random() < 0.1:
            row = Restriction(
                m.id(), on.id, None, None, row.set_by, m.now - days(5), m.now - days(1)
            )
        m.put("restrictions", row)
