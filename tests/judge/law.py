"""Which grants are in force for a caller: settled questions, section 2, first and eighth items.

Takes parsed documents with the parties that are bound by them, gives the
grants that name a caller for a purpose, in the order of their clauses, and
which clauses a caller may be told of where nothing is granted.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from authz.caller import Caller
from authz.documents import Document
from authz.grants import ClauseRef, Grant
from tests.judge.sdl import level_of
from tests.judge.world import World


@dataclass(frozen=True, slots=True)
class Proposed:
    """One protocol version in the registry: the document, its text, and who is bound by it."""

    document: Document
    text: str
    bound: frozenset[str]


def clause_order(clause: ClauseRef) -> tuple[object, ...]:
    """Agreement as text, version as number, clause with runs of digits as numbers."""
    runs = re.split(r"(\d+)", clause.article)
    numbered = tuple(int(run) if at % 2 else run for at, run in enumerate(runs))
    return (clause.agreement, clause.version, *numbered)


def documents_in_force(proposed: list[Proposed], today: dt.date) -> list[Document]:
    """Of each agreement the highest version that all parties are bound by and whose day came."""
    best: dict[str, Document] = {}
    for each in sorted(proposed, key=lambda p: p.document.version):
        document = each.document
        begun = document.in_force is None or document.in_force <= today
        over = document.until is not None and document.until <= today
        if begun and not over and set(document.parties) <= each.bound:
            best[document.agreement] = document
    return list(best.values())


def grants_in_force(documents: list[Document], today: dt.date) -> list[Grant]:
    """Every grant of these documents whose own days include this one, lowest clause first."""
    found = [
        grant
        for document in documents
        for grant in document.grants
        if (grant.since is None or grant.since <= today)
        and (grant.until is None or today < grant.until)
        and "aggregate_only" not in {condition.name for condition in grant.when}
    ]
    return sorted(found, key=lambda grant: clause_order(grant.clause))


def names(grant: Grant, caller: Caller) -> bool:
    """Whether the grantee's keys, all of them together, name the caller. Sides are for rows."""
    to = grant.grantee
    return (
        (not to.agencies or caller.agency in to.agencies)
        and (not to.countries or caller.country in to.countries)
        and (not to.roles or bool(to.roles & set(caller.roles)))
    )


@dataclass(frozen=True, slots=True)
class Law:
    """What is in force at one instant, as one caller with one purpose meets it."""

    world: World
    documents: list[Document]
    everything: list[Grant]
    caller: Caller
    purpose: str

    @classmethod
    def of(cls, world: World, proposed: list[Proposed], caller: Caller, purpose: str) -> Law:
        """The law of the world's day."""
        documents = documents_in_force(proposed, world.today)
        return cls(world, documents, grants_in_force(documents, world.today), caller, purpose)

    def grants(self, kind: str) -> list[Grant]:
        """Grants on an entity that name the caller for this purpose."""
        return [
            grant
            for grant in self.everything
            if grant.entity == kind and names(grant, self.caller) and self.purpose in grant.purposes
        ]

    def refused(self, kind: str, data_class: str) -> str | None:
        """The reason why a class is refused on every row, None where it is not."""
        if level_of(data_class) == 0 and kind in {"Agreement", "Agency"}:
            return None
        carrying = [g for g in self.everything if g.entity == kind and data_class in g.classes]
        mine = [g for g in carrying if names(g, self.caller)]
        if any(self.purpose in g.purposes for g in mine):
            return None
        return "PURPOSE" if mine else "CLASS"

    def would_permit(self, kind: str, data_class: str) -> list[str]:
        """Clauses that open the class to somebody of the caller's country or organisation, in
        agreements that she may read. Where agreements between parties say something, the law of
        her own country is not named beside them (as the example has it).
        """
        documents = {document.agreement: document for document in self.documents}
        found: set[ClauseRef] = set()
        for grant in self.everything:
            document = documents[grant.clause.agreement]
            own = bool({self.caller.country, self.caller.agency} & set(document.parties))
            if (
                grant.entity == kind
                and data_class in grant.classes
                and (own or document.published)
                and self._of_hers(grant)
            ):
                found.add(grant.clause)
        between = {c for c in found if len(documents[c.agreement].parties) > 1}
        return [str(clause) for clause in sorted(between or found, key=clause_order)]

    def _of_hers(self, grant: Grant) -> bool:
        country, to = self.caller.country, grant.grantee
        if self.caller.agency in to.agencies or country in to.countries:
            return True
        return country != "" and country in {self.world.country_of(a) for a in to.agencies}
