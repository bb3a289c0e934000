"""An instrument from its first text on: rounds, signatures, entry into force, end.

Takes steps in the order of their days, gives rows and the changes they were.
Promises what the acts ask for: a party's steward speaks for it under a clause
that permits the act on that day, what is signed is the newest text, what every
seated party says takes effect, those without a seat are on paper with the last
word, and where one party alone has a seat another person signs than proposed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from resolvers.casework.instrument import hash_of
from schema.codes import (
    AgreementKind,
    AgreementState,
    AgreementStep,
    CooperationArea,
    Role,
    RoundOutcome,
)
from service.proposals import STEWARDS
from service.seeding.chance import Chance
from service.seeding.clauses import clause_of
from service.seeding.corridors import stood
from service.seeding.keeping import Edit, Row, Rows

TABLES = (
    "agreement",
    "agreement_party",
    "agreement_version",
    "negotiation_round",
    "agreement_signature",
)
ISSUER = "saphan seed"
"""Who vouches for the stewards: they are invented."""
_S, _STEP = AgreementState, AgreementStep


class NotThen(Exception):
    """No clause permitted the step on its day, or what it builds upon was not there yet."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an instrument is about, and what it carries out or replaces."""

    kind: AgreementKind
    title: str
    areas: tuple[CooperationArea, ...]
    under: str | None = None
    supersedes: str | None = None


class Instrument:
    """One record of the story. Each step is taken by the steward of a party, on a day."""

    def __init__(
        self, chance: Chance, parties: Iterable[str], word: str, subject: Subject, on: dt.date
    ) -> None:
        named = [code for code in (subject.under, subject.supersedes) if code]
        if not all(stood(code, on) for code in named):
            raise NotThen
        self._parties = sorted(parties)
        self._seated = [p for p in self._parties if p in STEWARDS or "-" in p]
        self.code = "-".join([*self._parties, word, str(on.year)])
        self._steps = 0
        self._words: dict[tuple[AgreementStep, str], str] = {}
        self.rows: Rows = {table: [] for table in TABLES}
        self.edits: list[Edit] = []
        self._row: Row = {
            "id": chance.id_of(on),
            "code": self.code,
            "title": f"{subject.title} (invented)",
            "kind": subject.kind,
            "state": _S.DRAFT,
            "signed_on": None,
            "in_force_from": None,
            "until_on": None,
            "supersedes_code": subject.supersedes,
            "published": False,
            "parent_code": subject.under,
            "areas": [area.value for area in subject.areas],
            "version": None,
        }
        self.rows["agreement"].append(self._row)
        self.rows["agreement_party"] = [
            {"agreement_code": self.code, "party": party} for party in self._parties
        ]

    @property
    def version(self) -> int:
        """Number of the newest text."""
        return len(self.rows["agreement_version"])

    def propose(self, on: dt.date, party: str, summary: str, text: str) -> None:
        """A text is put on the table: the first one, or an amendment."""
        first = not self.version
        self._permitted("draftAgreement" if first else "amendAgreement", party, on)
        self._put(on, party, summary, text, edited=not first)

    def negotiate(
        self,
        on: dt.date,
        party: str,
        outcome: RoundOutcome,
        place: str,
        *,
        text: tuple[str, str] | None = None,
    ) -> None:
        """A round of negotiation; `text` is what is new in it and the text that came out of it."""
        self._permitted("recordNegotiationRound", party, on)
        if text is not None:
            self._put(on, party, *text, edited=True)
        self._add(
            "negotiation_round",
            on,
            number=len(self.rows["negotiation_round"]) + 1,
            held_on=on,
            place=place,
            outcome=outcome,
            remarks="Invented remarks",
            version=self.version if text is not None else None,
            agency_code=_steward(party),
        )

    def sign(self, on: dt.date, party: str) -> None:
        """The newest text is signed for one party."""
        newest = self.rows["agreement_version"][-1]
        content = newest["content_hash"]
        clause = self._permitted("signAgreement", party, on)
        if self._word(on, party, _STEP.SIGNATURE, content, on, clause):
            newest["signed_on"] = on
            self._edited("agreement_version", "signed_on")
            if self._row["state"] != _S.IN_FORCE:
                self._change(state=_S.SIGNED, signed_on=on, version=self.version)

    def enter(self, on: dt.date, party: str, first_day: dt.date) -> None:
        """One party agrees to the day of entry into force, and to publication."""
        content = hash_of(self.version, first_day, True)
        clause = self._permitted("bringIntoForce", party, on)
        if self._word(on, party, _STEP.ENTRY_INTO_FORCE, content, first_day, clause):
            self.rows["agreement_version"][-1]["in_force_from"] = first_day
            self._edited("agreement_version", "in_force_from")
            begun = self._row["in_force_from"] or first_day
            self._change(
                state=_S.IN_FORCE, in_force_from=begun, version=self.version, published=True
            )

    def give_up(self, on: dt.date, party: str) -> None:
        """One party ends the draft for all."""
        clause = self._permitted("endAgreement", party, on)
        self._say(on, party, _STEP.END, hash_of(self.version, on), on, clause)
        self._change(state=_S.ENDED, until_on=on)

    def _permitted(self, act: str, party: str, on: dt.date) -> str:
        official = _steward(party), Role.AGREEMENT_STEWARD
        clause = clause_of(act, official, party, None, on)
        if clause is None:
            raise NotThen
        return clause

    def _word(
        self,
        on: dt.date,
        party: str,
        step: AgreementStep,
        content: str,
        day: dt.date,
        clause: str,
    ) -> bool:
        """Whether with this word every party that has a seat says the same."""
        self._say(on, party, step, content, day, clause)
        self._words[step, party] = content
        agreed = all(self._words.get((step, other)) == content for other in self._seated)
        for other in self._parties if agreed else ():
            if other not in self._seated:
                self._say(on, party, step, content, day, clause, paper=other)
        return agreed

    def _say(
        self,
        on: dt.date,
        party: str,
        step: AgreementStep,
        content: str,
        day: dt.date,
        clause: str,
        paper: str | None = None,
    ) -> None:
        self._add(
            "agreement_signature",
            on,
            number=len(self.rows["agreement_signature"]) + 1,
            version=self.version,
            step=step,
            party=paper or party,
            content_hash=content,
            on_day=day,
            on_paper=paper is not None,
            agency_code=_steward(party),
            subject=f"second fictitious steward of {party}",
            issuer=ISSUER,
            clause=clause,
        )

    def _put(self, on: dt.date, party: str, summary: str, text: str, *, edited: bool) -> None:
        self._add(
            "agreement_version",
            on,
            edited=edited,
            version=self.version + 1,
            summary=summary,
            content=text,
            content_hash=hash_of(text),
            proposed_by=party,
            agency_code=_steward(party),
            subject=f"fictitious steward of {party}",
            issuer=ISSUER,
            signed_on=None,
            in_force_from=None,
        )

    def _add(self, table: str, on: dt.date, *, edited: bool = True, **columns: object) -> None:
        """Rows of one record, each a minute after the one before if they are of one day."""
        self._steps += 1
        at = dt.datetime.combine(on, dt.time(9), dt.UTC) + dt.timedelta(minutes=self._steps)
        self.rows[table].append({"agreement_code": self.code, **columns, "at": at})
        if edited:
            self._edited(table, *columns)

    def _change(self, **columns: object) -> None:
        self._edited("agreement", *(c for c, value in columns.items() if self._row[c] != value))
        self._row |= columns

    def _edited(self, table: str, *columns: str) -> None:
        self.edits.append(Edit(table, self._row["id"], None, None, frozenset(columns)))


def _steward(party: str) -> str:
    return STEWARDS.get(party, party)
