"""The decision on one cell: shown by which clause, or withheld for which reason.

Takes law, world, a row and a class, gives `Shown` or `Hidden`. Written from the
settled questions, sections 2 and 5: one case must meet all conditions of one
grant; the reason is that of the grant that got furthest among those whose
anchor holds on a case whose shell the caller may see, over conditions whose
facts she may read.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from authz.grants import Condition, Grant, Side
from tests.judge import facts
from tests.judge.law import Law, clause_order
from tests.judge.sdl import CASE_BOUND
from tests.judge.world import Row

_ANCHORS = {"lodged_under", "covers_corridor", "held_by_party"}
_TESTED: dict[str, tuple[int, str, str | None]] = {
    "assigned": (1, "NOT_ASSIGNED", "SHELL"),
    "home_province": (2, "NOT_ASSIGNED", "PERSON"),
    "formal_request": (3, "REQUEST", "LEGAL"),
    "stage_from": (4, "STAGE", "SHELL"),
    "stage_between": (4, "STAGE", "SHELL"),
    "arrivals_window": (4, "STAGE", "SHELL"),
    "travel_window": (4, "STAGE", "SHELL"),
    "before_handover": (5, "STAGE", "SHELL"),
    "no_objection": (6, "OBJECTION", "CONSENT"),
    "consent": (7, "CONSENT", "CONSENT"),
    "consent_is": (8, "CLASS", None),
    "minor_needs_guardian": (9, "MINOR", "PERSON"),
    "adult": (10, "MINOR", "PERSON"),
    "not_restricted": (11, "RESTRICTED_BY_SENDER", "SHELL"),
    "party": (1, "NO_PROTOCOL", "AGREEMENT"),
    "participant": (1, "NO_PROTOCOL", "AGREEMENT"),
    "shares_corridor": (1, "NO_PROTOCOL", "AGREEMENT"),
}
_PASSED = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """The value may be shown; without a clause because it is public."""

    clause: str | None


@dataclass(frozen=True, slots=True)
class Hidden:
    """The value is withheld on this record."""

    reason: str
    clause: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Judges cells under one law. Decisions are kept: they depend on record and class alone."""

    law: Law
    _opened: dict[tuple[str, str | None], Grant | None] = field(default_factory=dict)

    def is_public(self, row: Row) -> bool:
        """Whether the S0 fields of a row are for everybody with a token."""
        return row.kind == "Agency" or (row.kind == "Agreement" and bool(row["published"]))

    def is_visible(self, row: Row) -> bool:
        """Whether the caller may know that the record exists."""
        return self.is_public(row) or self.opened(row, None) is not None

    def cell(self, row: Row, data_class: str) -> Shown | Hidden:
        """What becomes of a field of this class on a visible record."""
        if self.is_public(row) and data_class == "AGREEMENT":
            return Shown(None)
        grant = self.opened(row, data_class)
        return Shown(str(grant.clause)) if grant else self._reason(row, data_class)

    def opened(self, row: Row, data_class: str | None) -> Grant | None:
        """The lowest clause that opens a class of a record; without a class, the record."""
        key = (row.id, data_class)
        if key not in self._opened:
            self._opened[key] = next(
                (
                    grant
                    for grant in self._carrying(row, data_class)
                    for case in self.cases_of(row)
                    if self._tied(grant, case) and not self._failing(grant, row, case, data_class)
                ),
                None,
            )
        return self._opened[key]

    def cases_of(self, row: Row) -> list[Row | None]:
        """The cases on which a record may be judged, within the token's own; [None] for a record
        that belongs to no case.
        """
        world, claimed = self.law.world, self.law.caller.cases
        if row.kind not in CASE_BOUND:
            return [None]
        if row.kind == "Victim":
            found = list(world.where("ReturnCase", victim_id=row.id))
        elif row.kind == "ReturnCase":
            found = [row]
        else:
            found = [world.by_id[row["case_id"]]]
        return [case for case in found if claimed is None or case.id in claimed]

    def through(self, row: Row) -> list[Row]:
        """The cases by which the caller sees a record."""
        return [
            case
            for case in self.cases_of(row)
            if case is not None
            and any(
                self._tied(grant, case) and not self._failing(grant, row, case, None)
                for grant in self._carrying(row, None)
            )
        ]

    def _carrying(self, row: Row, data_class: str | None) -> list[Grant]:
        grants = self.law.grants(row.kind)
        return [g for g in grants if data_class is None or data_class in g.classes]

    def _tied(self, grant: Grant, case: Row | None) -> bool:
        """Anchor and side hold on this case."""
        if case is None:
            return True
        caller, side = self.law.caller, grant.grantee.side
        standing = {Side.HOST: case["host"], Side.ORIGIN: case["origin"]}
        if side in standing and caller.country != standing[side]:
            return False
        if side is Side.ANY and caller.country not in standing.values():
            return False
        anchor = next(c.name for c in grant.when if c.name in _ANCHORS)
        return facts.anchored(
            self.law.world, case, caller, anchor, grant.clause.agreement, grant.corridors
        )

    def _failing(
        self, grant: Grant, row: Row, case: Row | None, data_class: str | None
    ) -> list[str]:
        """Names of the conditions that fail, `not_restricted` and origin's own rule among them."""
        world, caller = self.law.world, self.law.caller
        failing = [c.name for c in grant.when if not self._holds(c, row, case)]
        if case is not None and case["origin"] == caller.country != "":
            failing += [] if facts.origin_may_know(case) else ["stage_from"]
        if case is not None and facts.restricted(world, row, data_class, caller):
            failing.append("not_restricted")
        return failing

    def _holds(self, condition: Condition, row: Row, case: Row | None) -> bool:
        if condition.name in _ANCHORS:
            return True
        if case is None:
            return facts.of_agreement(self.law.world, self.law.caller, condition.name, row)
        return facts.holds(self.law.world, case, self.law.caller, condition, row)

    def _readable(self, name: str, row: Row, case: Row | None) -> bool:
        data_class = _TESTED[name][2]
        if data_class is None:
            return True
        if data_class == "SHELL" and case is not None:
            return self.opened(case, "SHELL") is not None
        if data_class == "AGREEMENT" and self.is_public(row):
            return True
        return self.opened(row, data_class) is not None

    def _reason(self, row: Row, data_class: str) -> Hidden:
        best: tuple[int, Grant, str] | None = None
        for grant in self._carrying(row, data_class):
            for case in self.cases_of(row):
                if case is not None and not self._competes(grant, case):
                    continue
                failing = self._failing(grant, row, case, data_class)
                if "emergency_open" in failing:
                    continue
                readable = [name for name in failing if self._readable(name, row, case)]
                first = min(readable, key=lambda name: _TESTED[name][0], default=None)
                far, reason = _TESTED[first][:2] if first else (_PASSED, "WITHHELD")
                if best is None or self._beats(far, grant, best):
                    best = (far, grant, reason)
        if best is None:
            return Hidden("NO_PROTOCOL", None)
        return Hidden(best[2], str(best[1].clause))

    def _competes(self, grant: Grant, case: Row) -> bool:
        return self._tied(grant, case) and self.opened(case, "SHELL") is not None

    def _beats(self, far: int, grant: Grant, best: tuple[int, Grant, str]) -> bool:
        if far != best[0]:
            return far > best[0]
        return clause_order(grant.clause) < clause_order(best[1].clause)
