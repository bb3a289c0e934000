"""`explainAccess`: the compiled decision in words, field by field.

Takes the states that a statement computed for one record (the same that decide
what a query shows), gives explanations. Promises to tell a caller no more than
a query would: reasons and clauses are those of `withheld` and of refusals, and
a hidden record has none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from authz.conditions import CONDITIONS, sentence
from authz.grants import Grant
from authz.reasons import DenialReason
from resolvers.decision import reason_of
from resolvers.errors import ErrorCode, RequestRefused
from resolvers.inputs import value_of
from resolvers.plan import ExplainRoot, LocalRoot, Plan
from resolvers.rendering import Statement
from resolvers.restriction import Narrowed
from schema.classes import DataClass

WORDS: Mapping[DenialReason, str] = {
    DenialReason.CLASS: "no clause in force opens this class to you",
    DenialReason.PURPOSE: "a clause opens it to you, but not for this purpose",
    DenialReason.NO_PROTOCOL: "no protocol in force covers this record for you",
    DenialReason.WITHHELD: "it is withheld for a reason that you may not know",
    DenialReason.RESTRICTED_BY_SENDER: "its sender restricted it",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on one field. `clause` is '' where it is public or none may be named."""

    field: str
    data_class: DataClass
    permitted: bool
    clause: str
    reason: DenialReason | None
    clauses: tuple[str, ...]
    sentence: str

    def as_dict(self) -> dict[str, object]:
        """As the schema's `Explanation`."""
        return {
            "field": self.field,
            "dataClass": self.data_class.value,
            "permitted": self.permitted,
            "clause": self.clause or None,
            "reason": self.reason.value if self.reason else None,
            "clauses": list(self.clauses),
            "sentence": self.sentence,
        }


def as_of(plan: Plan, variables: Mapping[str, object]) -> dt.datetime | None:
    """The past instant the operation asks about, None for now. Raises RequestRefused where it asks
    about several, or about one and the present, or about the future.
    """
    roots = [root for root in plan.roots if not isinstance(root, LocalRoot)]
    asked = [
        value_of(root.as_of, variables)
        for root in roots
        if isinstance(root, ExplainRoot) and root.as_of is not None
    ]
    instants = [at for at in asked if isinstance(at, dt.datetime)]
    if not instants:
        return None
    if len(instants) != len(roots) or len(set(instants)) != 1:
        raise RequestRefused.of(
            ErrorCode.BAD_USER_INPUT, "an operation asks about one instant: `asOf` stands alone"
        )
    if instants[0] > dt.datetime.now(dt.UTC):
        raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, "`asOf` lies in the future")
    return instants[0]


def verdicts(statement: Statement, answer: bytes | None, field: str | None) -> list[Verdict]:
    """The decisions on the fields of the record that `answer` is about; none for a hidden one.

    `field` is a field's name, alone or with its type before a dot. Raises
    RequestRefused where the record has no such field.
    """
    if answer is None or answer == b"null":
        return []
    entity, key = orjson.loads(answer)
    return verdicts_of(statement, entity, key, field)


def verdicts_of(
    statement: Statement, entity: str, key: list[int], field: str | None = None
) -> list[Verdict]:
    """The same of a record's type and its array of states."""
    narrowed = statement.narrowed
    states = dict(zip(statement.judged[entity], key[2:], strict=True))
    sources = narrowed.decisions[entity].entity.fields.values()
    wanted = (field or "").removeprefix(f"{entity}.")
    found = [
        _verdict(narrowed, entity, source.name, source.data_class, states)
        for source in sources
        if source.data_class is not None and wanted in ("", source.name)
    ]
    if wanted and not found:
        raise RequestRefused.of(ErrorCode.BAD_USER_INPUT, "the record has no such field")
    return found


def _verdict(
    narrowed: Narrowed,
    entity: str,
    name: str,
    data_class: DataClass,
    states: Mapping[DataClass, int],
) -> Verdict:
    field, refusal = f"{entity}.{name}", narrowed.refusals.get((entity, data_class))
    if refusal is not None:
        words = WORDS[refusal.reason]
        if refusal.clauses:
            words += f"; {', '.join(refusal.clauses)} would open it to others of your side"
        return Verdict(field, data_class, False, "", refusal.reason, refusal.clauses, words)
    state = states[data_class]
    if state == 0:
        return Verdict(field, data_class, True, "", None, (), "it is public")
    grants = narrowed.decisions[entity].grants
    if state > 0:
        clause = narrowed.clauses[state - 1]
        words = _because(clause, grants, data_class)
        return Verdict(field, data_class, True, clause, None, (), words)
    said, number = reason_of(state)
    reason = DenialReason(said)
    clause = narrowed.clauses[number - 1] if number else ""
    words = _missing(reason, clause, grants, data_class)
    return Verdict(field, data_class, False, clause, reason, (), words)


def _of_clause(clause: str, grants: Iterable[Grant], data_class: DataClass) -> list[Grant]:
    return [g for g in grants if str(g.clause) == clause and data_class in g.classes]


def _because(clause: str, grants: Iterable[Grant], data_class: DataClass) -> str:
    carriers = _of_clause(clause, grants, data_class)
    if len(carriers) != 1 or not carriers[0].when:
        return f"{clause} permits it"
    return f"{clause} permits it: {'; '.join(sentence(c) for c in carriers[0].when)}"


def _missing(
    reason: DenialReason, clause: str, grants: Iterable[Grant], data_class: DataClass
) -> str:
    """What the caller is told is missing: the conditions of that reason, which say no more than
    the reason does.
    """
    asked = [
        sentence(condition)
        for grant in _of_clause(clause, grants, data_class)
        for condition in grant.when
        if CONDITIONS[condition.name].reason is reason
    ]
    if not asked or reason in WORDS:
        return WORDS.get(reason, f"{clause} would permit it")
    return f"{clause} would permit it, if {'; or if '.join(dict.fromkeys(asked))}"
