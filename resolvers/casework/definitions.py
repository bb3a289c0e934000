"""What an act is: data and pure functions, never a connection.

An `Act` says which record it is about, under whose clauses, which guards it
has, how its input is checked and what it writes. `performing` does the rest
the same way for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from authz.caller import Caller
from schema.classes import DataClass
from schema.codes import CaseState
from schema.machine import Guard

Given = Mapping[str, object]
Facts = Mapping[str, str | None]
"""What the registry said, by name, as texts."""
Trouble = dict[str, object]
"""One typed problem of the schema, `__typename` included."""
Statement = tuple[str, tuple[object, ...]]
"""SQL text and the values of its parameters."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The record an act is about: which argument names it, its type, its table.

    `joins` ties the row `s` of `table` to the row `t` that the clauses are
    judged on; empty where both are the same.
    """

    argument: str
    entity: str
    table: str
    joins: str = ""


@dataclass(frozen=True, slots=True)
class Stand:
    """What the registry said of the subject: the facts an act asked for, by name, as texts.

    `clause` permits the act; `judged` is the id of the record that the clauses
    were judged on, `subject` that of the record the act is about.
    """

    subject: str
    judged: str
    clause: str
    facts: Mapping[str, str | None]

    def is_true(self, name: str) -> bool:
        """A boolean fact."""
        return self.facts[name] in ("t", "true")

    @property
    def state(self) -> CaseState:
        """Where the case stands."""
        return CaseState(str(self.facts["state"]))


@dataclass(frozen=True, slots=True)
class Work:
    """One act under way: who acts, on what, with which input."""

    caller: Caller
    given: Given
    stand: Stand
    record: str
    """Id of the operation's access record."""

    @property
    def case(self) -> str:
        """Id of the case, for acts that are judged on one."""
        return self.stand.judged

    @property
    def side(self) -> str:
        """HOST or ORIGIN: where the caller's country stands on the case; '' for neither."""
        country = self.caller.country
        if country and country == self.stand.facts["host"]:
            return "HOST"
        return "ORIGIN" if country and country == self.stand.facts["origin"] else ""


@dataclass(frozen=True, slots=True)
class Written:
    """What an act writes, in order, and the ids that its payload reads, by field of the payload."""

    statements: tuple[Statement, ...] = ()
    made: Mapping[str, str] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    reason: str | None = None
    ledger: Mapping[str, str] | None = None
    """Members of the act's own line, where it has a kind: `kind subject from to content`."""
    told: Mapping[str, object] = field(default_factory=dict)
    """Values of the payload that are no records, by field."""


def _nothing(_: Given) -> list[Trouble]:
    return []


def _shell(_: Given) -> tuple[DataClass, ...]:
    return (DataClass.SHELL,)


@dataclass(frozen=True, slots=True)
class Act:
    """One root field of `Mutation`.

    `authority` is the type whose grants must name the act; `classes` the
    classes that the input changes, each of which such a grant must carry;
    `facts` SQL over the judged row `t` (and `s`, the subject), `{ctx}` formatted
    by `standing`. An act that makes its subject is judged after its writes:
    then `subject` is None, and `make` gives the writes and the `id`, from the
    facts `before` that the registry was asked first.
    """

    name: str
    payload: str
    authority: str
    subject: Subject | None
    write: Callable[[Work], Written]
    check: Callable[[Given], list[Trouble]] = _nothing
    classes: Callable[[Given], tuple[DataClass, ...]] = _shell
    facts: Mapping[str, str] = field(default_factory=dict)
    source: frozenset[CaseState] | None = None
    """States from which it may be taken; None: any."""
    guards: tuple[Guard, ...] = ()
    answered: Mapping[Guard, str] = field(default_factory=dict)
    """Guards that an argument answers: true or present."""
    make: Callable[[Caller, Given, Facts], Written] | None = None
    before: Mapping[str, str] = field(default_factory=dict)
    sees: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Arguments that name a record, and the types it may have: one that the caller may not see is
    as one that is not there.
    """
    reads: Mapping[str, DataClass] = field(default_factory=dict)
    """Of these arguments, a class that the caller reads on the record as it stands now: not of a
    copy that was kept at a handover, and not by an emergency.
    """
    searched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Payload field that is no record -> the fields of records that are read to make it."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Payload field -> argument or fact that names its record where nothing was made."""
