"""What a person agrees to on one case, as it is asked and said over time.

Takes a case file; writes rows of `registry.consent`, each stated a little before
it is recorded. Most agree; some refuse, some take it back later; a child's word
comes with the guardian's and the child's own assent.
"""

from __future__ import annotations

import datetime as dt

from schema.codes import BirthPrecision, ConsentGivenBy, ConsentPurpose, ConsentState
from service.seeding.casefile import CaseFile
from service.seeding.corridors import POLICE
from service.seeding.desks import IOM
from service.seeding.keeping import Row, latest

_P, _C = ConsentPurpose, ConsentState
_MOST_LAG = dt.timedelta(hours=3)
_BY = (
    (60, ConsentGivenBy.SELF_WITH_GUARDIAN),
    (32, ConsentGivenBy.GUARDIAN),
    (8, ConsentGivenBy.COURT),
)
_GUARDIANS = ("her aunt", "her mother", "the shelter's director", "a court's guardian")
SHARES = {
    _P.TRACING: 0.88,
    _P.RETURN: 0.9,
    _P.SERVICES: 0.85,
    _P.FEEDBACK: 0.6,
    _P.PHOTO: 0.6,
    _P.PROSECUTION: 0.6,
    _P.RESEARCH: 0.5,
}
"""How many of those who are asked say yes."""


class Talk:
    """What was said so far on one case."""

    def __init__(self, file: CaseFile) -> None:
        self._file, self._chance = file, file.chance
        self._last = file.agenda.now
        self._standing: set[ConsentPurpose] = set()

    def stands(self, purpose: ConsentPurpose) -> bool:
        """Whether the newest statement opens: given, and for a child with guardian and assent."""
        return purpose in self._standing

    def ask(self, purpose: ConsentPurpose, share: float | None = None) -> bool:
        """Ask once; whether it stands then."""
        if self._chance.true(SHARES[purpose] if share is None else share):
            self.say(purpose, _C.GIVEN, self._recipients(purpose))
        else:
            self.say(purpose, _C.REFUSED, [])
        return self.stands(purpose)

    def withdraw(self, purpose: ConsentPurpose) -> None:
        """Take back what stands, from everybody; now and then from one who had been named."""
        if self.stands(purpose):
            self.say(purpose, _C.WITHDRAWN, [])

    def say(self, purpose: ConsentPurpose, state: ConsentState, recipients: list[str]) -> None:
        """One statement, recorded now."""
        now = self._file.agenda.now
        since = max(self._last, self._file.row.row["state_since"])
        lag = min((now - since) / 2, _MOST_LAG) * self._chance.real()
        self._last = now
        by, guardian, assent = ConsentGivenBy.SELF, None, None
        guarded = True
        if minor_on(self._file.victim.row, now.date()):
            by, guardian = self._chance.weighted(_BY), self._chance.pick(_GUARDIANS)
            guarded = assent = self._chance.true(0.95)
        self._file.story.add(
            "consent",
            id=self._chance.id(),
            case_id=self._file.id,
            purpose=purpose,
            state=state,
            recipients=recipients,
            stated_at=now - lag,
            recorded_at=now,
            given_by=by,
            guardian=guardian,
            assent=assent,
        )
        self._standing.discard(purpose)
        if state is _C.GIVEN and guarded:
            self._standing.add(purpose)

    def _recipients(self, purpose: ConsentPurpose) -> list[str]:
        """Mostly the country that is to know, sometimes its desk alone, now and then IOM too."""
        corridor = self._file.corridor
        if purpose is _P.PROSECUTION and corridor.host in POLICE:
            return [POLICE[corridor.host]]
        if purpose is _P.FEEDBACK and corridor.seated:
            return [corridor.host]
        if purpose is _P.RESEARCH:
            return [IOM]
        desk = corridor.receiving_desk
        alone = purpose in (_P.TRACING, _P.RETURN) and self._chance.true(0.2)
        named = [desk if desk and alone else corridor.origin]
        return [*named, IOM] if self._chance.true(0.15) else named


def minor_on(victim: Row, day: dt.date) -> bool:
    """Whether guardians have to speak: under 18, or of unknown or disputed age."""
    precision: BirthPrecision | None = victim["birth_precision"]
    born = latest(victim["birth_date"], precision)
    if born is None or victim["age_disputed"]:
        return True
    grown = born.replace(year=born.year + 18, day=min(born.day, 28))
    return day < grown + dt.timedelta(days=born.day - grown.day)
