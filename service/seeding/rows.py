"""One person with all that was recorded about her, as rows by table in the order of loading.

Takes a seed, the person's number and the last day. Each person has a stream of
her own, so that the rows of one do not depend on how many others there are.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from schema.codes import CaseState, ClosingReason
from service.seeding import after, asides, before
from service.seeding.agenda import Agenda, Over
from service.seeding.casefile import CaseFile
from service.seeding.chance import Chance
from service.seeding.desks import Official, finder
from service.seeding.keeping import HISTORY, TABLES, Edit, Row, Rows, Story
from service.seeding.kin import Beginning, Bond, beginning, stream
from service.seeding.lives import Fate, Life, draw_fate

__all__ = ["HISTORY", "TABLES", "Told", "id_of", "rows_of", "told_of"]
_S = CaseState
_BEFORE_ANOTHER = (ClosingReason.REINTEGRATED, ClosingReason.RE_TRAFFICKED)
_TAKEN_AGAIN = {"narrative": "Invented: taken again."}
STAGES: Final[Mapping[CaseState, Callable[[Life], None]]] = {
    _S.SCREENED: before.screened,
    _S.IDENTIFIED: before.identified,
    _S.NOTIFIED: before.notified,
    _S.TRACING_REQUESTED: before.tracing_requested,
    _S.TRACING: before.tracing,
    _S.ASSESSED: before.assessed,
    _S.RETURN_PLANNED: after.return_planned,
    _S.DOCUMENTS_READY: after.documents_ready,
    _S.HANDED_OVER: after.handed_over,
    _S.IN_RECEPTION: after.in_reception,
    _S.REINTEGRATING: after.reintegrating,
    _S.FOLLOW_UP: after.follow_up,
}


@dataclass(frozen=True, slots=True)
class Told:
    """A person's rows by table, and every change that a record went through."""

    rows: Rows
    edits: list[Edit]


def rows_of(seed: int, number: int, until: dt.date) -> Rows:
    """Rows by table; table names are those of `TABLES` and `HISTORY`."""
    return told_of(seed, number, until).rows


def id_of(seed: int, number: int) -> uuid.UUID:
    """The person's id; it does not depend on the day."""
    return stream(seed, number).id()


def told_of(seed: int, number: int, until: dt.date) -> Told:
    """The person's story up to the start of `until` (UTC)."""
    chance = stream(seed, number)
    end = dt.datetime(until.year, until.month, until.day, tzinfo=dt.UTC)
    began = beginning(chance, seed, number, end)
    story = Story()
    with contextlib.suppress(Over):
        _tell(chance, story, began, number, end)
    return Told(story.rows(), story.edits())


def _tell(chance: Chance, story: Story, began: Beginning, number: int, end: dt.datetime) -> None:
    agenda, found = Agenda(began.opened, end), finder(chance, began.corridor)
    victim = story.keep("victim", began.opened, **_entered(began), entered_by=found.agency)
    file = CaseFile(chance, agenda, story, began.corridor, victim)
    if began.again is None:
        second_entry = began.bond is Bond.DUPLICATE and number % 2 == 1
        fate = Fate(duplicate=True) if second_entry else draw_fate(chance, began.corridor)
        _live(file, found, fate, began.person.learnt)
        agenda.until(end)
        return
    before = Fate(straight=True, closing=chance.pick(_BEFORE_ANOTHER))
    _live(file, found, before, began.person.learnt)
    corridor, opened = began.again
    agenda.until(max(opened, agenda.now))
    file = CaseFile(chance, agenda, story, corridor, victim)
    _live(file, finder(chance, corridor), Fate(straight=True), _TAKEN_AGAIN)
    agenda.until(end)


def _entered(began: Beginning) -> Row:
    """Who comes from a host without a seat is a victim of trafficking already: it was told so."""
    return began.person.known | ({} if began.corridor.seated else began.person.learnt)


def _live(file: CaseFile, found: Official, fate: Fate, learnt: Row) -> None:
    file.open(_S.SCREENED if file.corridor.seated else _S.TRACING, found)
    life = Life(file, fate, learnt)
    asides.plan(life)
    life.live(STAGES)
