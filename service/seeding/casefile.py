"""One case as it is written: its steps along the machine's edges, and who is assigned to it.

Takes a stream, an agenda, a person's story and row, a corridor; writes at the
agenda's `now`. Promises that every step is an edge of `schema.machine` and that
the row of the case always stands at its newest transition.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from schema.codes import MAIN_RANK, MAIN_STATES, CaseState, ClosingReason, HoldReason
from schema.machine import EDGES, Edge
from service.seeding.agenda import Agenda
from service.seeding.chance import Chance
from service.seeding.clauses import clause_of
from service.seeding.corridors import Corridor, agreement_of
from service.seeding.desks import Official, actors
from service.seeding.keeping import Kept, Story

_S = CaseState
_SHORTLY = dt.timedelta(seconds=1)


@cache
def edge_of(source: CaseState | None, target: CaseState) -> Edge:
    """The edge between two states; the way back from ON_HOLD has no target of its own.

    KeyError where there is none.
    """
    for wanted in (target, None):
        for edge in EDGES:
            if edge.source is source and edge.target is wanted:
                return edge
    raise KeyError(f"no edge from {source} to {target}")


class CaseFile:
    """A case from its first entry."""

    def __init__(
        self, chance: Chance, agenda: Agenda, story: Story, corridor: Corridor, victim: Kept
    ) -> None:
        self.chance, self.agenda, self.story = chance, agenda, story
        self.corridor, self.victim = corridor, victim
        self.helper: Official | None = None
        self.paper: Kept | None = None
        """Of the journey, once there is one."""
        self._assigned: dict[tuple[str, str | None], Kept] = {}

    def open(self, state: CaseState, who: Official) -> None:
        """The first entry."""
        now, corridor = self.agenda.now, self.corridor
        seen = now if MAIN_RANK[state] >= MAIN_RANK[_S.NOTIFIED] else None
        self.id = self.chance.id()
        self.row = self.story.keep(
            "return_case",
            now,
            id=self.id,
            victim_id=self.victim.row["id"],
            agreement_code=agreement_of(corridor, now.date()),
            host=corridor.host,
            origin=corridor.origin,
            state=state,
            main_rank=MAIN_RANK[state],
            state_since=now,
            notified_at=seen,
            handed_over_at=None,
            not_a_national=False,
            planned_handover_on=None,
            holder=corridor.desk,
            case_worker=None,
            outcome=None,
            closing_reason=None,
            opened_on=now.date(),
            shelter_name=None,
            shelter_place=None,
            handover_place=None,
            handover_at=None,
            best_interests_decision=None,
            proceedings=None,
            compensation_claim=None,
            legal_hold=False,
            reintegration_plan=None,
            feedback_code=None,
            feedback_on=None,
            remarks=None,
            hold_reason=None,
            rights_explained_at=None,
        )
        self._transition(None, state, who)
        if who.agency != corridor.desk:
            self.assign(who.agency, who.unit)

    @property
    def state(self) -> CaseState:
        """Where the case stands."""
        state: CaseState = self.row.row["state"]
        return state

    @property
    def before(self) -> CaseState:
        """The main state last held."""
        rank: int = self.row.row["main_rank"]
        return MAIN_STATES[rank - 1]

    @property
    def concluded(self) -> bool:
        """Whether nothing more is done on it."""
        return self.state in (_S.CLOSED, _S.NOT_A_VICTIM, _S.ALTERNATIVE, _S.CANCELLED)

    @property
    def assigned(self) -> tuple[str, ...]:
        """Agencies with an open assignment."""
        return tuple(dict.fromkeys(agency for agency, _ in self._assigned))

    def note(self, **columns: Any) -> None:
        """Write on the case what is no step."""
        self.row.set(self.agenda.now, **columns)

    def step(self, target: CaseState, **columns: Any) -> None:
        """Take the edge to `target`, with what is written at the same time."""
        source, now = self.state, self.agenda.now
        edge = edge_of(source, target)
        rank = MAIN_RANK.get(target, self.row.row["main_rank"])
        if target is _S.NOTIFIED:
            columns["notified_at"] = now
        if target is _S.HANDED_OVER:
            columns["handed_over_at"] = columns["handover_at"] = now
        self.note(state=target, state_since=now, main_rank=rank, **columns)
        self._transition(source, target, *actors(edge, self.corridor, self.helper))
        if target is _S.HANDED_OVER:
            self._hand_over()

    def hold(self, reason: HoldReason) -> None:
        """Edge 13, out."""
        legal = reason is HoldReason.LEGAL
        self.step(_S.ON_HOLD, hold_reason=reason, legal_hold=legal or self.row.row["legal_hold"])

    def resume(self) -> None:
        """Edge 13, back to the main state last held."""
        self.step(self.before, hold_reason=None, legal_hold=False)

    def end(self, target: CaseState, reason: ClosingReason | None, **columns: Any) -> None:
        """Edges 14."""
        self.step(target, closing_reason=reason, hold_reason=None, **columns)
        self.release_all()

    def assign(self, agency: str, unit: str | None = None) -> None:
        """Give the case to an agency too, unless it has it."""
        if (agency, unit) in self._assigned:
            return
        now = self.agenda.now
        self._assigned[agency, unit] = self.story.keep(
            "assignment",
            now,
            id=self.chance.id(),
            case_id=self.id,
            agency_code=agency,
            unit=unit,
            from_at=now,
            until_at=None,
        )

    def release(self, agency: str, unit: str | None = None) -> None:
        """End an agency's assignments, or that of one unit."""
        for key in [k for k in self._assigned if k[0] == agency and unit in (None, k[1])]:
            kept = self._assigned.pop(key)
            ended = max(self.agenda.now, kept.row["from_at"] + _SHORTLY)
            kept.set(ended, until_at=ended)

    def release_all(self, *but: str) -> None:
        """End those of everybody but these."""
        for agency in dict.fromkeys(agency for agency, _ in self._assigned if agency not in but):
            self.release(agency)

    def _transition(self, before: CaseState | None, state: CaseState, *able: Official) -> None:
        """One of these takes the step: somebody whom a clause permits it, if there is one."""
        now, act = self.agenda.now, edge_of(before, state).act
        agreement, host = self.row.row["agreement_code"], self.corridor.host
        found = [
            (who, clause_of(act, (who.agency, who.role), host, agreement, now.date()))
            for who in able
        ]
        who, clause = self.chance.pick([each for each in found if each[1]] or found)
        self.story.add(
            "transition",
            id=self.chance.id(),
            case_id=self.id,
            state=state,
            at=now,
            from_state=before,
            clause=clause,
            actor_agency=who.agency,
        )

    def _hand_over(self) -> None:
        """Custody moves after the step, as in the registry: the copy of the host's part says who
        held the case until then, and that agency goes on being assigned.
        """
        receiving, held = self.corridor.receiving_desk, self.row.row["holder"]
        if receiving is None or receiving == held:
            return
        self.assign(held)
        self.row.set(self.agenda.now + _SHORTLY, holder=receiving)
