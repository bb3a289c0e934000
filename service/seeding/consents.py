"""What a person agreed to on one case, in the order in which it was said.

Takes a stream, a course and who may be named as recipient, gives rows of
`registry.consent` by column. Most were asked and agreed; some refused, some
took it back later; a child's word comes with its guardian's.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from schema.codes import CaseState, ConsentGivenBy, ConsentPurpose, ConsentState
from service.seeding.chance import Chance
from service.seeding.corridors import Corridor
from service.seeding.courses import Course

_P, _C, _S = ConsentPurpose, ConsentState, CaseState
_WITHDRAWN = 0.05


def consents(
    chance: Chance, made: Course, corridor: Corridor, end: dt.datetime, *, minor: bool
) -> list[dict[str, Any]]:
    """Rows by column."""
    talk = _Talk(chance, made, corridor, end, minor=minor)
    if made.objected:
        talk.say(_P.NOTIFICATION, _C.REFUSED, [corridor.origin])
    elif chance.true(0.7):
        talk.say(_P.NOTIFICATION, _C.GIVEN, [corridor.origin])
    elif chance.true(0.5):
        talk.say(_P.NOTIFICATION, _C.NOT_ASKED, [])
    if made.reached(_S.TRACING_REQUESTED):
        talk.agree(_P.TRACING, 0.93)
    elif made.reached(_S.NOTIFIED):
        talk.agree(_P.TRACING, 0.6)
    if made.reached(_S.ASSESSED):
        talk.agree(_P.RETURN, 0.92)
    if made.reached(_S.RETURN_PLANNED):
        talk.agree(_P.SERVICES, 0.85)
    if made.reached(_S.REINTEGRATING):
        talk.agree(_P.FEEDBACK, 0.6)
    for purpose, asked in ((_P.PHOTO, 0.25), (_P.PROSECUTION, 0.2), (_P.RESEARCH, 0.1)):
        if chance.true(asked):
            talk.agree(purpose, 0.6)
    return talk.rows


class _Talk:
    """What was said so far; each statement comes a little after the one before."""

    def __init__(
        self,
        chance: Chance,
        made: Course,
        corridor: Corridor,
        end: dt.datetime,
        *,
        minor: bool,
    ) -> None:
        self._chance, self._corridor, self._minor = chance, corridor, minor
        self._at, self._end = made.steps[0].at, end
        self.rows: list[dict[str, Any]] = []

    def agree(self, purpose: ConsentPurpose, share: float) -> None:
        """Given in this share, else refused; some of what was given is withdrawn."""
        if not self._chance.true(share):
            self.say(purpose, _C.REFUSED, [])
            return
        self.say(purpose, _C.GIVEN, self._recipients())
        if self._chance.true(_WITHDRAWN):
            self.say(purpose, _C.WITHDRAWN, [])

    def say(self, purpose: ConsentPurpose, state: ConsentState, recipients: list[str]) -> None:
        """One statement, unless the last day has come."""
        self._at += self._chance.span(0, 3)
        if self._at >= self._end:
            return
        by, guardian, assent = ConsentGivenBy.SELF, None, None
        if self._minor and self._chance.true(0.85):
            by = self._chance.pick((ConsentGivenBy.SELF_WITH_GUARDIAN, ConsentGivenBy.GUARDIAN))
            guardian, assent = "her aunt", self._chance.true(0.92)
        self.rows.append(
            {
                "id": self._chance.id(),
                "purpose": purpose,
                "state": state,
                "recipients": recipients,
                "stated_at": self._at,
                "given_by": by,
                "guardian": guardian,
                "assent": assent,
            }
        )

    def _recipients(self) -> list[str]:
        """Mostly the country of origin, sometimes its desk alone, now and then IOM beside it."""
        desk = self._corridor.receiving_desk
        named = [desk if desk and self._chance.true(0.25) else self._corridor.origin]
        return [*named, "INT-IOM"] if self._chance.true(0.15) else named
