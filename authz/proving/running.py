"""All proofs over all grants.

Takes documents and the register they were read with, gives a `Report`.
Promises to ask the solver once for grants that ask the same: many a clause
opens several records under one set of conditions.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from authz.proving.clauses import container, is_dead, periods_of
from authz.proving.meanings import World
from authz.proving.opening import asked_by
from authz.proving.properties import PROPERTIES
from authz.proving.reading import case_of
from authz.proving.report import Finding, Proof, Report
from authz.proving.search import MILLISECONDS, Search, Undecided
from authz.proving.stories import contained_story, dead_story, story
from authz.proving.symbols import unknowns
from authz.proving.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from authz.document_register import Register
    from authz.documents import Document
    from authz.grants import Grant
    from authz.proving.cases import Case
    from authz.proving.properties import Classes, Property

DEAD: Final = "dead"
CONTAINED: Final = "contained"

SENTENCES: Final = {
    DEAD: "every grant can be satisfied by some row",
    CONTAINED: "no grant is contained in another of its document; across agreements it is a remark",
}


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every proof of one run shares."""

    world: World
    search: Search
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class _Counterexample:
    """A case that breaks a property; `classes` empty where it does so for all of a grant."""

    classes: Classes
    case: Case
    after: Case | None


def report_of(documents: tuple[Document, ...], register: Register) -> Report:
    """Every proof; see `authz.proving.prove`."""
    words, row = words_of(documents, register), unknowns()
    grants = tuple(grant for document in documents for grant in document.grants)
    ground = _Ground(World(row, words), Search(row, words), grants)
    proofs = [_timed(partial(_property, law, ground)) for law in PROPERTIES]
    proofs.append(_timed(partial(_dead, ground)))
    proofs.append(_timed(partial(_contained, ground, documents)))
    codes = tuple(document.code for document in documents)
    return Report(codes, len(grants), tuple(proofs))


def _timed(run: Callable[[], tuple[str, str, int, list[Finding]]]) -> Proof:
    begun = time.monotonic()
    name, sentence, grants, findings = run()
    return Proof(name, sentence, grants, time.monotonic() - begun, tuple(findings))


def _property(law: Property, ground: _Ground) -> tuple[str, str, int, list[Finding]]:
    findings: dict[Hashable, Finding] = {}
    judged: dict[Hashable, _Counterexample | None] = {}
    concerned = 0
    for grant in ground.grants:
        classes = law.about(grant)
        if not classes:
            continue
        concerned += 1
        asked = (classes if law.by_class else None, asked_by(grant))
        told = (grant.clause, asked)
        if told in findings:
            continue
        try:
            if asked not in judged:
                judged[asked] = _against(law, grant, classes, ground)
        except Undecided:
            findings[told] = _undecided(law.name, grant)
            continue
        if (found := judged[asked]) is not None:
            findings[told] = _finding(law, grant, found)
    return law.name, law.sentence, concerned, list(findings.values())


def _finding(law: Property, grant: Grant, found: _Counterexample) -> Finding:
    classes = found.classes or law.about(grant)
    told = story(grant, classes, found.case, found.after)
    return Finding(law.name, str(grant.clause), told, grant, found.case, found.after)


def _against(
    law: Property, grant: Grant, classes: Classes, ground: _Ground
) -> _Counterexample | None:
    if not ground.search.exists(law.breach(grant, classes, ground.world).formula):
        return None
    for some in [frozenset({c}) for c in sorted(classes)] if law.by_class else [classes]:
        breach = law.breach(grant, some, ground.world)
        model = ground.search.example(breach.formula)
        if model is None:
            continue
        words = ground.world.words
        case = case_of(model, breach.before or ground.world.row, words)
        after = None if breach.after is None else case_of(model, breach.after, words)
        return _Counterexample(some if law.by_class else frozenset(), case, after)
    raise AssertionError("what breaks for several classes breaks for one of them")


def _dead(ground: _Ground) -> tuple[str, str, int, list[Finding]]:
    findings: list[Finding] = []
    judged: set[Hashable] = set()
    for grant in ground.grants:
        asked = asked_by(grant)
        if asked in judged:
            continue
        judged.add(asked)
        try:
            parts = is_dead(grant, ground.world, ground.search)
        except Undecided:
            findings.append(_undecided(DEAD, grant))
            continue
        if parts:
            findings.append(Finding(DEAD, str(grant.clause), dead_story(parts), grant))
    return DEAD, SENTENCES[DEAD], len(ground.grants), findings


def _contained(
    ground: _Ground, documents: tuple[Document, ...]
) -> tuple[str, str, int, list[Finding]]:
    findings: list[Finding] = []
    periods = periods_of(documents)
    grants = list(ground.grants)
    for grant in ground.grants:
        try:
            other = container(grant, grants, ground.world, ground.search, periods)
        except Undecided:
            findings.append(_undecided(CONTAINED, grant))
            continue
        if other is None:
            continue
        grants = [g for g in grants if g is not grant]  # of two equal ones, one stays
        fails = other.clause.agreement == grant.clause.agreement
        told = contained_story(grant, other)
        findings.append(Finding(CONTAINED, str(grant.clause), told, grant, fails=fails))
    return CONTAINED, SENTENCES[CONTAINED], len(ground.grants), findings


def _undecided(law: str, grant: Grant) -> Finding:
    told = f"Not decided within {MILLISECONDS // 1000} seconds: neither proved nor refuted."
    return Finding(law, str(grant.clause), told, grant)
