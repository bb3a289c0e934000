"""Who may see what, decided record by record from the rulings (sections 2, 3 and 5).

Takes a world, the grants as they were read from documents, and a caller; gives what she may see of
one record, by which clause, and why not. Slow and plain: every question is asked anew of every
grant and every case.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from authz.caller import Caller
from authz.grants import Condition, Grant
from authz.profile import Policy
from tests.judges import facts
from tests.judges.facts import Moment
from tests.judges.world import TYPES, Case, Consent, Record, Victim, World

_TESTED = (
    ("assigned", "referred_to"),
    ("home_province",),
    ("formal_request",),
    ("stage_from", "stage_between", "arrivals_window", "travel_window"),
    ("before_handover", "host_part_frozen"),
    ("no_objection",),
    ("consent",),
    ("consent_is",),
    ("minor_needs_guardian",),
    ("adult",),
    ("not_restricted",),
    ("emergency_open",),
)
_PLACE = {name: place for place, names in enumerate(_TESTED, 1) for name in names}
_REASON = {
    "assigned": ("NOT_ASSIGNED", "SHELL"),
    "referred_to": ("NOT_ASSIGNED", "SHELL"),
    "home_province": ("NOT_ASSIGNED", "PERSON"),
    "formal_request": ("REQUEST", "LEGAL"),
    "stage_from": ("STAGE", "SHELL"),
    "stage_between": ("STAGE", "SHELL"),
    "arrivals_window": ("STAGE", "SHELL"),
    "travel_window": ("STAGE", "SHELL"),
    "before_handover": ("STAGE", "SHELL"),
    "host_part_frozen": ("STAGE", "SHELL"),
    "no_objection": ("OBJECTION", "CONSENT"),
    "consent": ("CONSENT", "CONSENT"),
    "consent_is": ("CLASS", ""),
    "minor_needs_guardian": ("MINOR", "PERSON"),
    "adult": ("MINOR", "PERSON"),
    "not_restricted": ("RESTRICTED_BY_SENDER", "SHELL"),
}
"""Reason of each condition, and the class with which it is readable."""
_ANCHORS = ("lodged_under", "covers_corridor", "held_by_party")
_PASSED = 99


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why a field is not shown, and the clause that got furthest."""

    reason: str
    clause: str | None


@dataclass(slots=True)
class Judge:
    """One caller's view of one world for one purpose."""

    world: World
    policy: Policy
    caller: Caller
    purpose: str
    now: dt.datetime
    _known: dict[object, bool] = field(default_factory=dict)
    _mine: list[Grant] | None = None

    @property
    def moment(self) -> Moment:
        return Moment(self.caller, self.now, self.world)

    # What the rules alone say

    def mine(self) -> list[Grant]:
        """Grants that name this caller, in clause order; a side is a matter of the row."""
        if self._mine is None:
            self._mine = sorted(self._naming(), key=lambda grant: grant.clause.order)
        return self._mine

    def _naming(self) -> Iterator[Grant]:
        for grant in self.policy.grants:
            to = grant.grantee
            if to.agencies and self.caller.agency not in to.agencies:
                continue
            if to.countries and self.caller.country not in to.countries:
                continue
            if to.roles and not set(to.roles) & set(self.caller.roles):
                continue
            if any(condition.name == "aggregate_only" for condition in grant.when):
                continue
            yield grant

    def live(self, entity: str, data_class: str | None = None) -> list[Grant]:
        """Grants of this purpose on an entity, or those of them that carry a class."""
        return [
            grant
            for grant in self.mine()
            if grant.entity == entity
            and self.purpose in grant.purposes
            and (data_class is None or data_class in grant.classes)
        ]

    def refused(self, entity: str, data_class: str) -> str | None:
        """Refused on every row, by rule: CLASS or PURPOSE; else None."""
        if self.live(entity, data_class):
            return None
        elsewhere = any(g.entity == entity and data_class in g.classes for g in self.mine())
        return "PURPOSE" if elsewhere else "CLASS"

    # What one record is to the caller

    def cases_of(self, record: Record) -> list[Case]:
        """The cases on which a record is judged."""
        if isinstance(record, Victim):
            return [case for case in self.world.cases if case.victim_id == record.id]
        own = record.id if isinstance(record, Case) else record.case_id
        return [case for case in self.world.cases if case.id == own]

    def victim_of(self, case: Case) -> Victim:
        return next(victim for victim in self.world.victims if victim.id == case.victim_id)

    def opened_on(self, record: Record, data_class: str | None) -> list[tuple[Grant, Case]]:
        """Each grant that opens the record, or this class of it, with the case on which it does."""
        return [
            (grant, case)
            for grant in self.live(TYPES[type(record)], data_class)
            for case in self.cases_of(record)
            if self._opens(grant, case, record, data_class)
        ]

    def visible(self, record: Record) -> bool:
        return bool(self.opened_on(record, None))

    def permits(self, record: Record, data_class: str) -> str | None:
        """The lowest clause that opens this class of the record, if any."""
        found = self.opened_on(record, data_class)
        return str(found[0][0].clause) if found else None

    def shown_as(self, record: Record, data_class: str) -> tuple[Record, Case | None]:
        """The record as this class of it is shown: as it is, or as it was at the handover of the
        case that is given with it.

        As it was, where all that opens the class reaches past a handover for the host's own part
        alone; of several handovers at the newest. What is fed back to the host is never old.
        """
        opened = self.opened_on(record, data_class)
        as_is = [
            grant
            for grant, case in opened
            if not facts.handed_over(case) or "host_part_frozen" not in map(str, grant.when)
        ]
        if as_is or not opened or data_class == "FEEDBACK":
            return record, None
        cases = sorted((case for _, case in opened), key=lambda case: case.id)
        beginning = dt.datetime.min.replace(tzinfo=dt.UTC)
        newest = max(cases, key=lambda case: case.handed_over_at or beginning)
        kept = self.world.copy_of(record.id, newest.id)
        assert kept is not None
        return kept, newest

    def why_not(self, record: Record, data_class: str) -> Withheld:
        """Of the grants that compete, what stopped the one that got furthest."""
        furthest: tuple[int, str, Grant] | None = None
        for grant, case in self._competing(record, data_class):
            place, reason = self._stopped(grant, case, record, data_class)
            if furthest is None or place > furthest[0]:
                furthest = (place, reason, grant)
        if furthest is None:
            return Withheld("NO_PROTOCOL", None)
        agreement = furthest[2].clause.agreement
        readable = agreement in self.policy.published or (
            {self.caller.agency, self.caller.country} & self.policy.parties[agreement]
        )
        return Withheld(furthest[1], str(furthest[2].clause) if readable else None)

    def _competing(self, record: Record, data_class: str) -> Iterator[tuple[Grant, Case]]:
        """In clause order: those whose anchor holds on a case whose shell the caller may see. A
        failed side reads NO_PROTOCOL, as a failed anchor does.
        """
        shells = [c for c in self.cases_of(record) if self._shell(c)]
        for grant in self.live(TYPES[type(record)], data_class):
            for case in shells:
                closed = any(
                    condition.name == "emergency_open"
                    and not self._holds(condition, grant, case, record, data_class)
                    for condition in grant.when
                )
                if not closed and self._anchored(grant, case) and self._on_side(grant, case):
                    yield grant, case

    def _stopped(
        self, grant: Grant, case: Case, record: Record, data_class: str
    ) -> tuple[int, str]:
        tested = [c for c in grant.when if c.name in _PLACE] + [Condition("not_restricted")]
        for condition in sorted(tested, key=lambda c: _PLACE[c.name]):
            if self._holds(condition, grant, case, record, data_class):
                continue
            reason, readable_with = _REASON[condition.name]
            if self._readable(record, case, readable_with):
                return _PLACE[condition.name], reason
        return _PASSED, "WITHHELD"

    def _readable(self, record: Record, case: Case, data_class: str) -> bool:
        if data_class in ("", "SHELL"):
            return data_class == "" or self._shell(case)
        return self.permits(record, data_class) is not None

    def _shell(self, case: Case) -> bool:
        key = ("shell", case.id)
        if key not in self._known:
            self._known[key] = self.permits(case, "SHELL") is not None
        return self._known[key]

    def _opens(self, grant: Grant, case: Case, record: Record, data_class: str | None) -> bool:
        key = (id(grant), case.id, record.id, data_class)
        if key not in self._known:
            self._known[key] = (
                not facts.behind_the_wall(self.moment, case)
                and (self.caller.cases is None or case.id in self.caller.cases)
                and not facts.gone_for_origin(self.moment, case)
                and self._anchored(grant, case)
                and self._on_side(grant, case)
                and all(self._holds(c, grant, case, record, data_class) for c in grant.when)
                and not facts.restricted(self.moment, record, data_class)
            )
        return self._known[key]

    def _anchored(self, grant: Grant, case: Case) -> bool:
        anchors = [c.name for c in grant.when if c.name in _ANCHORS]
        match anchors:
            case ["lodged_under"]:
                return case.agreement_code == grant.clause.agreement
            case ["covers_corridor"]:
                return any(
                    pair.host in ("*", case.host)
                    and pair.origin in ("*", case.origin)
                    and not any(
                        {case.host, case.origin} <= AGREEMENT_PARTIES.get(code, frozenset())
                        for code in pair.bar
                    )
                    for pair in grant.corridors
                )
            case ["held_by_party"]:
                holder = facts.AGENCY_COUNTRY.get(case.holder, "")
                return self.caller.country != "" and self.caller.country in (case.host, holder)
        raise AssertionError(grant.when)

    def _on_side(self, grant: Grant, case: Case) -> bool:
        match grant.grantee.side:
            case None:
                return True
            case "HOST":
                return self.caller.country == case.host
            case "ORIGIN":
                return self.caller.country == case.origin
            case _:
                return self.caller.country in (case.host, case.origin)

    def _holds(  # noqa: C901, PLR0912  # a table, one condition a row
        self,
        condition: Condition,
        grant: Grant,
        case: Case,
        record: Record,
        data_class: str | None,
    ) -> bool:
        m, args, victim = self.moment, condition.args, self.victim_of(case)
        match condition.name:
            case "lodged_under" | "covers_corridor" | "held_by_party":
                return self._anchored(grant, case)
            case "assigned":
                return facts.assigned(m, case)
            case "referred_to":
                return facts.referred_to(m, record)
            case "home_province":
                return facts.home_province(m, victim)
            case "formal_request":
                return facts.formal_request(m, case)
            case "stage_from":
                return case.main_rank >= facts.rank(args[0])
            case "stage_between":
                return facts.rank(args[0]) <= case.main_rank <= facts.rank(args[1])
            case "arrivals_window":
                return facts.arrivals_window(m, case)
            case "travel_window":
                return facts.travel_window(m, case)
            case "before_handover":
                return not facts.handed_over(case)
            case "host_part_frozen":
                kept = self.world.copy_of(record.id, case.id)
                return not facts.handed_over(case) or kept is not None
            case "no_objection":
                return not facts.objected(m, case)
            case "consent":
                return facts.consents(m, case, args[0])
            case "consent_is":
                return isinstance(record, Consent) and record.purpose == args[0]
            case "minor_needs_guardian":
                asked = [c.args[0] for c in grant.when if c.name == "consent"]
                return facts.is_adult(m, victim) or facts.has_papers(m, case, asked)
            case "adult":
                return facts.is_adult(m, victim)
            case "not_restricted":
                return not facts.restricted(m, record, data_class)
            case "emergency_open":
                return facts.emergency(m, case)
        raise AssertionError(condition.name)


AGREEMENT_PARTIES: dict[str, frozenset[str]] = {}
"""Parties of each agreement by its code, those without a document among them."""
