"""The statement an act begins with: it locks, decides, and reads what the act depends on.

Takes an act and a caller's profile, gives SQL for two statements of one flight:
the lock on the judged record, then one row that says whether the subject may be
seen, which clause permits the act or why none does, the guards and the facts.
The second runs on a snapshot taken after the lock, so that two officials at
once take turns and the later one sees what the earlier one did.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import orjson

from authz.grants import Grant
from authz.profile import Profile
from resolvers.casework.definitions import Act, Stand
from resolvers.casework.guards import GUARDS, guard_sql
from resolvers.decision import Decision, pair_sql, reason_of, state_columns
from resolvers.filtering import case_alias, case_join
from resolvers.freezing import writing
from resolvers.parameters import Parameters
from resolvers.plan import Bind
from resolvers.predicates import Where
from schema.catalog import Catalog
from schema.classes import DataClass

_HEAD = 5
GIVEN = "given_"
"""Prefix of the context values that hold an act's arguments, as `{given_unit}` in a fact."""
_PLACE = re.compile(r"\{(\w+)(?::([a-z]+(?:\[\])?))?\}")
"""A value of the context in a fact, with its type where that is not text."""
SEES, READS = "sees_", "reads_"
"""Prefixes of the facts that say whether the record an argument names may be seen, or read."""
_BRIEFLY = "emergency_open"
"""What is read for an hour is no ground to go on from."""
_CASE_FACTS: dict[str, str] = {
    "state": "t.state",
    "host": "t.host",
    "origin": "t.origin",
    "holder": "t.holder",
    "agreement": "t.agreement_code",
    "victim": "t.victim_id::text",
    "prior": (
        "(select x.from_state from registry.transition x where x.case_id = t.id"
        " order by x.at desc limit 1)"
    ),
}
"""What every act on a case reads."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The two statements, their parameters, and the names of the columns after the first five."""

    lock: str
    lock_binds: tuple[Bind, ...]
    sql: str
    binds: tuple[Bind, ...]
    facts: tuple[str, ...]
    clauses: tuple[str, ...]
    classes: tuple[DataClass, ...]


def naming(profile: Profile, act: Act) -> tuple[Grant, ...]:
    """The grants in force for the caller whose `operations` name the act. None of them permits it
    on what was frozen at the handover.
    """
    mine = profile.grants.get(act.authority, ())
    return tuple(writing(g) for g in mine if act.name in g.operations)


def standing(
    catalog: Catalog,
    profile: Profile,
    act: Act,
    classes: tuple[DataClass, ...],
    *,
    has_unit: bool,
    has_cases: bool,
    in_force: Sequence[str],
    permitting: Sequence[str],
) -> Standing:
    """The statements for one act and profile. The text depends on nothing else.

    `in_force` are the agreements in force, `permitting` the countries whose law
    has an exit permit; a fact names them as `{in_force}` and `{permitting}`.
    """
    params, locking = Parameters(has_cases=has_cases), Parameters()
    base = Where("", "", "", params, has_unit)
    entity, subject = catalog.entities[act.authority], act.subject
    named = naming(profile, act)
    clauses = tuple(
        dict.fromkeys(str(g.clause) for g in sorted(named, key=lambda g: g.clause.order))
    )
    numbers = {clause: number for number, clause in enumerate(clauses, 1)}
    shells = profile.carrying("ReturnCase", DataClass.SHELL)
    case = "t" if entity.binding == "CASE" else case_alias(entity, "t")
    # what everybody may read is not for everybody to write
    decision = Decision(replace(entity, public_where=None), named, shells, numbers)
    judged = state_columns(decision, classes, base, "t", case, "1")
    states = judged.of_class
    source = f"{entity.table} t{case_join(entity, 't')}"
    row, of_subject = "t", catalog.entities[subject.entity] if subject else entity
    if subject is not None and subject.joins:
        row = "s"
        source = f"{subject.table} s join {entity.table} t on {subject.joins}"
    of_judged = of_subject.binding == "PART" and row == "s"  # a part of the case that is judged
    seen_case = "t" if of_judged else case_alias(of_subject, row)
    sees = Decision(of_subject, profile.grants.get(of_subject.name, ()), shells, {})
    visible = sees.visible(base, row, seen_case)
    place = params.ctx("subject_id", "uuid")
    sight = _Sight(catalog, profile, shells, base)
    facts = dict(_CASE_FACTS) if entity.binding == "CASE" else {}
    lists = {"in_force": in_force, "permitting": permitting}

    def placed(found: re.Match[str]) -> str:
        name = found[1]
        if name in lists:
            return params.of(Bind("const", value=list(lists[name]), cast="text[]"))
        return params.ctx(name, found[2] or "text")

    guards = {g.value: guard_sql(g, act.name) for g in act.guards if g in GUARDS}
    asked = guards | dict(act.facts)
    facts |= {name: _PLACE.sub(placed, sql) for name, sql in asked.items()}
    facts |= sight.of(act)
    versions = (
        "(select json_object_agg(k.c, coalesce(v.version, 1)) from unnest("
        f"{params.ctx('expected', 'text[]')}) k(c) left join registry.record_version v"
        f" on v.record_id = {row}.id and v.data_class = k.c)"
    )
    head = [
        f"{row}.id::text",
        "t.id::text",
        f"{visible} as visible",
        f"array_to_string(array[{', '.join(states[k] for k in classes)}]::int[], ',') as states",
        f"{versions}::text as versions",
    ]
    if entity.binding in ("CASE", "PART"):
        facts["pair"] = pair_sql(decision.where(base, "t", case))
    else:
        # what is written of a person is her own country's auditors'; else it is of no pair
        facts["pair"] = params.ctx("country") if entity.binding == "PERSON" else "''"
    columns = head + [f"({sql})::text as f{i}" for i, sql in enumerate(facts.values())]
    sql = f"select {', '.join(columns)} from {source}{judged.joins} where {row}.id = {place}"
    target = locking.ctx("subject_id", "uuid")
    if row == "s" and subject is not None:
        found = (
            f"select t.id from {subject.table} s join {entity.table} t on {subject.joins}"
            f" where s.id = {target}"
        )
        lock = f"select from {entity.table} l where l.id = ({found}) for no key update"
    else:
        lock = f"select from {entity.table} l where l.id = {target} for no key update"
    return Standing(
        lock, tuple(locking.binds), sql, tuple(params.binds), tuple(facts), clauses, classes
    )


def beforehand(
    catalog: Catalog, profile: Profile, act: Act, *, has_unit: bool, has_cases: bool
) -> Standing:
    """What an act that makes its subject asks first: its facts `before`, and whether the records
    that it names may be seen. One row, without a head.
    """
    params = Parameters(has_cases=has_cases)
    base = Where("", "", "", params, has_unit)
    sight = _Sight(catalog, profile, profile.carrying("ReturnCase", DataClass.SHELL), base)
    facts = {
        name: _PLACE.sub(lambda found: params.ctx(found[1], found[2] or "text"), sql)
        for name, sql in act.before.items()
    } | sight.of(act)
    columns = [f"({sql})::text as f{i}" for i, sql in enumerate(facts.values())]
    return Standing(
        "", (), f"select {', '.join(columns)}", tuple(params.binds), tuple(facts), (), ()
    )


@dataclass(frozen=True, slots=True)
class _Sight:
    """Whether the caller may see the records that arguments name."""

    catalog: Catalog
    profile: Profile
    shells: tuple[Grant, ...]
    base: Where

    def of(self, act: Act) -> dict[str, str]:
        """SQL that is true where it may be seen, or read, by the name of the fact."""
        facts: dict[str, str] = {}
        for argument, entities in act.sees.items():
            place = self.base.params.ctx(f"{GIVEN}{argument}", "uuid")
            named = [(name, place, f"v{n}") for n, name in enumerate(entities)]
            facts[f"{SEES}{argument}"] = " or ".join(self._one(*each) for each in named)
            wanted = act.reads.get(argument)
            if wanted is not None:
                read = [self._one(*each, wanted) for each in named]
                facts[f"{READS}{argument}"] = " or ".join(read)
        return facts

    def _one(self, name: str, place: str, alias: str, wanted: DataClass | None = None) -> str:
        entity, grants = self.catalog.entities[name], self.profile.grants.get(name, ())
        if wanted is not None:
            grants = tuple(writing(g) for g in grants if all(c.name != _BRIEFLY for c in g.when))
        sees = Decision(entity, grants, self.shells, {})
        case = case_alias(entity, alias)
        opened = (
            sees.visible(self.base, alias, case)
            if wanted is None
            else sees.permitted(wanted, self.base, alias, case)
        )
        return (
            f"exists (select from {entity.table} {alias}{case_join(entity, alias)}"
            f" where {alias}.id = {place} and {opened})"
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The row, read: `stand` is None where no such record may be seen. `refused` are the classes
    that no clause opens, with reason and clause; `versions` the present ones of those expected.
    """

    stand: Stand | None
    refused: tuple[tuple[DataClass, str, str | None], ...] = ()
    versions: Mapping[str, int] | None = None


def read(standing: Standing, row: Sequence[str | None] | None) -> Found:
    """What the row of a standing says."""
    if row is None or row[2] != "t":
        return Found(None)
    refused: list[tuple[DataClass, str, str | None]] = []
    permitting: list[int] = []
    for data_class, text in zip(standing.classes, str(row[3]).split(","), strict=True):
        state = int(text)
        if state > 0:
            permitting.append(state)
            continue
        reason, number = reason_of(state) if state < 0 else ("CLASS", 0)
        clause = standing.clauses[number - 1] if number else None
        refused.append((data_class, reason, clause))
    facts = dict(zip(standing.facts, row[_HEAD:], strict=True))
    clause = standing.clauses[min(permitting) - 1] if permitting else ""
    stand = Stand(str(row[0]), str(row[1]), clause, facts)
    return Found(stand, tuple(refused), _versions(row[4]))


def _versions(text: str | None) -> dict[str, int]:
    return {str(k): int(v) for k, v in orjson.loads(text).items()} if text else {}
