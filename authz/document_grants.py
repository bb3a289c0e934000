"""One `[[grant]]` of a document: its words read, then the rules that hold for every grant.

Takes the parsed table, what the document says of itself and its findings,
gives `authz.grants.Grant` (or None, with a problem noted). The rules are those
of the settled questions, sections 1 and 2: one anchor on a case, no sealed
class across a border, nothing new to the host after the handover.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from authz.conditions import ANCHORS, CASE_BOUND, CONDITIONS, FREEZES, NEVER_FROZEN
from authz.document_conditions import FaultyCondition, parse
from authz.document_problems import ProblemCode
from authz.document_register import COUNTRIES, Register
from authz.grants import ClauseRef, Condition, Corridor, Grant, Grantee, Purpose, Side
from schema.classes import DataClass, Sensitivity
from schema.codes import MAIN_RANK, AgreementKind, CaseState, RecordType, Role
from schema.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

    from authz.document_lines import Path
    from authz.document_shape import Findings, Table

_WORD = TypeVar("_WORD", bound="StrEnum")
_HANDED_OVER = MAIN_RANK[CaseState.HANDED_OVER]
_TOLD_THE_HOST = NEVER_FROZEN | {DataClass.SHELL}
"""Of a visit after the return; SHELL opens no field of it."""
_GUARDS = frozenset({"consent", "assigned", "formal_request", "no_objection"})


@dataclass(frozen=True, slots=True)
class Context:
    """What a grant must agree with: its document, and the register."""

    agreement: str
    version: int
    kind: AgreementKind | None
    parties: frozenset[str]
    corridors: tuple[Corridor, ...]
    clauses: dict[str, frozenset[str]]
    """Declared clauses by article; the purposes a clause states, empty where it states none."""
    register: Register


def read_grant(table: Table, path: Path, context: Context, findings: Findings) -> Grant | None:
    """One grant, or None where it is refused; each reason stands in `findings`."""
    before = len(findings.problems)
    findings.keys(
        table,
        path,
        ("clause", "grantee", "purposes", "entity", "classes"),
        ("when", "from", "until", "bulk", "operations"),
    )
    article = _clause(table, path, context, findings)
    entity = _entity(table, path, findings)
    grant = Grant(
        clause=ClauseRef(context.agreement, context.version, article),
        grantee=_grantee(table, path, context, findings),
        purposes=_members(table, "purposes", path, Purpose, ProblemCode.UNKNOWN_PURPOSE, findings),
        entity=entity,
        classes=_members(table, "classes", path, DataClass, ProblemCode.UNKNOWN_CLASS, findings),
        when=_when(table, path, entity, findings),
        corridors=context.corridors,
        since=findings.date(table, "from", path),
        until=findings.date(table, "until", path),
        bulk=findings.flag(table, "bulk", path),
        operations=_operations(table, path, entity, findings),
    )
    if len(findings.problems) == before:
        _check(grant, path, context, findings)
    return grant if len(findings.problems) == before else None


def _members(
    table: Table,
    key: str,
    path: Path,
    kind: type[_WORD],
    code: ProblemCode,
    findings: Findings,
) -> frozenset[_WORD]:
    found = set()
    for word, at in findings.words(table, key, path):
        if word in kind.__members__:
            found.add(kind[word])
        else:
            findings.unknown(at, code, word, kind.__members__)
    return frozenset(found)


def _clause(table: Table, path: Path, context: Context, findings: Findings) -> str:
    article = findings.text(table, "clause", path) or ""
    if not article:
        return ""
    if article not in context.clauses:
        findings.refuse(
            (*path, "clause"),
            ProblemCode.CLAUSE_UNDECLARED,
            f"no [[clause]] has the article `{article}`",
            "declare it, or name one that is declared",
        )
        return article
    stated = context.clauses[article]
    for word, at in findings.words(table, "purposes", path) if stated else ():
        if word not in stated and word in Purpose.__members__:
            findings.refuse(
                at,
                ProblemCode.PURPOSE_NOT_OF_CLAUSE,
                f"clause `{article}` does not serve the purpose `{word}`",
                "one of " + ", ".join(f"`{p}`" for p in sorted(stated)),
            )
    return article


def _entity(table: Table, path: Path, findings: Findings) -> str:
    entity = findings.text(table, "entity", path) or ""
    known = [str(r) for r in RecordType]
    if entity and entity not in known:
        findings.unknown((*path, "entity"), ProblemCode.UNKNOWN_ENTITY, entity, known)
        return ""
    return entity


def _operations(table: Table, path: Path, entity: str, findings: Findings) -> frozenset[str]:
    found = findings.words(table, "operations", path)
    here = sorted(name for name, on in OPERATIONS.items() if on == entity)
    for word, at in found:
        if word not in here:
            findings.unknown(at, ProblemCode.UNKNOWN_OPERATION, word, here)
    return frozenset(word for word, _ in found)


def _grantee(table: Table, path: Path, context: Context, findings: Findings) -> Grantee:
    value = table.get("grantee")
    here = (*path, "grantee")
    if not isinstance(value, dict):
        if value is not None:
            findings.refuse(
                here,
                ProblemCode.WRONG_TYPE,
                "`grantee` has the wrong type",
                "write a table: { agencies = [...], roles = [...] }",
            )
        return Grantee()
    findings.keys(value, here, (), ("agencies", "countries", "side", "roles"))
    if "agencies" not in value and "countries" not in value:
        findings.refuse(
            here,
            ProblemCode.GRANTEE_MISSING,
            "the grantee has neither `agencies` nor `countries`",
            "name one of them: a role alone is nobody's",
        )
    roles = _members(value, "roles", here, Role, ProblemCode.UNKNOWN_ROLE, findings)
    side = findings.text(value, "side", here)
    if side is not None and side not in Side.__members__:
        findings.unknown((*here, "side"), ProblemCode.UNKNOWN_SIDE, side, Side.__members__)
        side = None
    return Grantee(
        agencies=_agencies(value, here, context, findings),
        countries=_countries(value, here, context, findings),
        roles=frozenset(str(r) for r in roles),
        side=Side(side) if side else None,
    )


def _agencies(table: Table, path: Path, context: Context, findings: Findings) -> frozenset[str]:
    found = findings.words(table, "agencies", path)
    for word, at in found:
        if word not in context.register.agencies:
            findings.unknown(
                at, ProblemCode.UNKNOWN_AGENCY, word, sorted(context.register.agencies)
            )
        elif context.parties and context.register.party_of(word) not in context.parties:
            _no_party(word, at, context, findings)
    return frozenset(word for word, _ in found)


def _countries(table: Table, path: Path, context: Context, findings: Findings) -> frozenset[str]:
    found = findings.words(table, "countries", path)
    for word, at in found:
        if word not in COUNTRIES:
            findings.unknown(at, ProblemCode.UNKNOWN_COUNTRY, word, sorted(context.parties))
        elif context.parties and word not in context.parties:
            _no_party(word, at, context, findings)
    return frozenset(word for word, _ in found)


def _no_party(word: str, at: Path, context: Context, findings: Findings) -> None:
    findings.refuse(
        at,
        ProblemCode.NOT_A_PARTY,
        f"`{word}` is not of a party to `{context.agreement}`",
        "the parties are " + ", ".join(f"`{p}`" for p in sorted(context.parties)),
    )


def _when(table: Table, path: Path, entity: str, findings: Findings) -> tuple[Condition, ...]:
    found = []
    for text, at in findings.words(table, "when", path):
        try:
            condition = parse(text)
        except FaultyCondition as fault:
            findings.refuse(at, ProblemCode(fault.code), fault.message, fault.remedy)
            continue
        if entity and entity not in CONDITIONS[condition.name].entities:
            findings.refuse(
                at,
                ProblemCode.CONDITION_NOT_OF_ENTITY,
                f"`{condition.name}` cannot be asked of `{entity}`",
                "it is asked of " + ", ".join(sorted(CONDITIONS[condition.name].entities)),
            )
            continue
        found.append(condition)
    return tuple(found)


def _check(grant: Grant, path: Path, context: Context, findings: Findings) -> None:
    """The rules over a whole grant, each word of which is known."""
    if grant.since and grant.until and grant.since >= grant.until:
        findings.refuse(
            (*path, "until"),
            ProblemCode.BAD_PERIOD,
            "the grant ends before it begins",
            "`until` is the first day without it, after `from`",
        )
    for rule in (_somebody, _conditions, _anchor, _sealed, _photo, _host, _frozen):
        rule(grant, path, context, findings)


def _somebody(grant: Grant, path: Path, context: Context, findings: Findings) -> None:
    grantee, register = grant.grantee, context.register
    countries = {register.agencies[a] for a in grantee.agencies}
    if grantee.agencies and grantee.countries and not countries & grantee.countries:
        findings.refuse(
            (*path, "grantee"),
            ProblemCode.GRANTEE_NOBODY,
            "no agency named is of a country named, and both must hold",
            "name the agencies alone",
        )
    if grantee.side in (None, Side.ANY):
        return
    if grant.entity not in CASE_BOUND or not (grantee.countries or countries - {None}):
        findings.refuse(
            (*path, "grantee", "side"),
            ProblemCode.SIDE_MEANINGLESS,
            "a side is one of a case, and of a country",
            "drop `side`: it would never hold",
        )


def _conditions(grant: Grant, path: Path, _: Context, findings: Findings) -> None:
    guarded = grant.entity in CASE_BOUND or grant.entity == RecordType.ACCESS_RECORD
    if guarded and not grant.when:
        findings.refuse(
            path,
            ProblemCode.WHEN_EMPTY,
            f"a grant on `{grant.entity}` without a condition opens every row",
            "add `when` with an anchor and the conditions of the clause"
            if grant.entity in CASE_BOUND
            else "add `when` with `own_actor`, `own_country_case` or `assigned`",
        )


def _anchor(grant: Grant, path: Path, context: Context, findings: Findings) -> None:
    if grant.entity not in CASE_BOUND or not grant.when:
        return
    at, names = (*path, "when"), {c.name for c in grant.when}
    anchors = sorted(names & ANCHORS)
    if not anchors:
        findings.refuse(
            at,
            ProblemCode.ANCHOR_MISSING,
            f"nothing ties this grant on `{grant.entity}` to a case",
            "add one of " + ", ".join(f"`{a}`" for a in sorted(ANCHORS)),
        )
    if len(anchors) > 1:
        findings.refuse(
            at,
            ProblemCode.ANCHOR_SEVERAL,
            "two anchors: " + ", ".join(f"`{a}`" for a in anchors),
            "keep one; write two grants where both are meant",
        )
    if "held_by_party" in names and context.kind is not AgreementKind.LAW:
        findings.refuse(
            at,
            ProblemCode.ANCHOR_OF_LAW,
            "`held_by_party` belongs to national law",
            "`lodged_under` in an agreement, or kind LAW",
        )
    if "covers_corridor" not in names:
        return
    if not context.corridors:
        findings.refuse(
            at,
            ProblemCode.CORRIDOR_MISSING,
            "`covers_corridor` in a document without `corridors`",
            'add corridors = [{ host = "TH", origin = "*" }]',
        )
    if not names & _GUARDS:
        findings.refuse(
            at,
            ProblemCode.CORRIDOR_UNGUARDED,
            "`covers_corridor` alone opens every case of the pair",
            "add a consent, `assigned`, `formal_request`, or `no_objection` for a notice",
        )


def _sealed(grant: Grant, path: Path, _: Context, findings: Findings) -> None:
    sealed = sorted(c for c in grant.classes if c.sensitivity is Sensitivity.S5)
    if sealed and grant.grantee.side is not Side.HOST:
        findings.refuse(
            (*path, "classes"),
            ProblemCode.SEALED_CLASS,
            f"`{sealed[0]}` is sealed (S5) and never crosses a border",
            'drop it, or grant it to side = "HOST" alone',
        )


def _photo(grant: Grant, path: Path, _: Context, findings: Findings) -> None:
    if DataClass.PHOTO not in grant.classes or grant.grantee.side is Side.HOST:
        return
    missing = [c for c in ("consent(PHOTO)", "adult") if c not in map(str, grant.when)]
    if missing:
        findings.refuse(
            (*path, "classes"),
            ProblemCode.PHOTO_UNGUARDED,
            "a photo crosses a border only with consent, and of an adult",
            "add " + " and ".join(f"`{m}`" for m in missing),
        )


def _host(grant: Grant, path: Path, context: Context, findings: Findings) -> None:
    """Past the handover a host grant reaches what was frozen then, and feedback."""
    if grant.entity not in CASE_BOUND or not grant.when or grant.grantee.side is Side.ORIGIN:
        return
    if any(c.name == "aggregate_only" for c in grant.when):
        return  # a figure shows nobody what was written on a record
    agencies = grant.grantee.agencies
    if agencies and not any(context.register.agencies[a] for a in agencies):
        return  # organisations host nothing
    if grant.entity == RecordType.FOLLOW_UP and grant.classes <= _TOLD_THE_HOST:
        return
    if not _ends_at_the_handover(grant.when):
        findings.refuse(
            (*path, "when"),
            ProblemCode.HOST_AFTER_HANDOVER,
            "this grant would show the host what is written after the handover",
            'add `host_part_frozen` or `before_handover`, or say side = "ORIGIN"',
        )


def _frozen(grant: Grant, path: Path, _: Context, findings: Findings) -> None:
    asks = any(c.name == FREEZES for c in grant.when)
    if asks and grant.grantee.side is not Side.HOST:
        findings.refuse(
            (*path, "when"),
            ProblemCode.FROZEN_FOR_ANOTHER,
            "what is frozen at the handover is the host's part",
            'say side = "HOST", or leave `host_part_frozen` out',
        )


def _ends_at_the_handover(when: Iterable[Condition]) -> bool:
    return any(
        c.name in ("before_handover", FREEZES)
        or (c.name == "stage_between" and MAIN_RANK[CaseState(c.args[1])] < _HANDED_OVER)
        for c in when
    )
