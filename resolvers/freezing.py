"""What the host wrote, as it stood at the handover: which values are frozen, and their copies.

Takes an entity's decision and a class, gives SQL text. A value is frozen where
every grant that opens its class on the row asks `host_part_frozen` and the case
through which it does was handed over; of a person that is so of every case, and
the copy is that of the newest handover. Where no grant of the entity asks it,
nothing here adds a character to a statement.

What a copy does not hold stays as it is: whether and by whom an emergency was
reviewed. An age is that of today, from the birth date of the copy. Whether a time
limit has passed is asked of that hour, in which the state had just been entered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from authz.conditions import FREEZES, NEVER_FROZEN
from authz.grants import Condition, Grant
from resolvers.belonging import PER_ROW
from resolvers.predicates import HANDED_OVER, Where
from schema.catalog import EntitySource, FieldSource, Kind
from schema.classes import DataClass

if TYPE_CHECKING:
    from resolvers.decision import Decision

_OWN = re.compile(r"\{t\}\.(\w+)")
OF_NO_FIELD: Mapping[str, str] = {
    "agreement_code": "text",
    "birth_latest": "date",
    "stated_at": "timestamptz",
}
"""Types of the columns that fields are made of and that no field shows by itself."""
_OF_THAT_HOUR: Mapping[tuple[str, str], str] = {("ReturnCase", "overdue"): "false"}
"""Fields that are no matter of the copy read by today's clock."""
BEFORE_HANDOVER = Condition("before_handover")
_NEWEST = "{c}.handed_over_at desc nulls last, {c}.id"


@dataclass(frozen=True, slots=True)
class Openers:
    """The grants that carry a class, by their places: those that show it as it was, and others."""

    frozen: tuple[int, ...]
    live: tuple[int, ...]


def freezes(grant: Grant) -> bool:
    """Whether the grant shows frozen values after the handover."""
    return any(condition.name == FREEZES for condition in grant.when)


def writing(grant: Grant) -> Grant:
    """The grant as acts are judged by it: what is frozen is read, and no more written."""
    if not freezes(grant):
        return grant
    open_ = (BEFORE_HANDOVER if c.name == FREEZES else c for c in grant.when)
    return replace(grant, when=tuple(dict.fromkeys(open_)))


def openers(grants: Sequence[Grant], data_class: DataClass) -> Openers | None:
    """Of a class that may be shown as it was; None of any other."""
    if data_class in NEVER_FROZEN:
        return None
    carriers = [
        (i, freezes(grant)) for i, grant in enumerate(grants) if data_class in grant.classes
    ]
    frozen = tuple(i for i, freezing in carriers if freezing)
    return Openers(frozen, tuple(i for i, freezing in carriers if not freezing)) if frozen else None


@dataclass(frozen=True, slots=True)
class Groups:
    """The classes of one record that may be frozen, by who opens them: each group has one copy."""

    found: tuple[Openers, ...]
    of_class: Mapping[DataClass, int]

    def of_case(self, m: str, case: str) -> list[str]:
        """Columns `z<n>`, beside the masks `m`: the case if the row is shown as it was then."""
        late = f"{case}.main_rank >= {HANDED_OVER}"
        tests = [
            f"{late} and ({_any(m, g.live)}) is not true" if g.live else late for g in self.found
        ]
        return [f"case when {test} then {case}.id end as z{n}" for n, test in enumerate(tests)]

    def per_case(self, case: str) -> list[str]:
        """What of each case of a person has to be known."""
        if not self.found:
            return []
        late = f"{case}.main_rank >= {HANDED_OVER} as late"
        return [f"{case}.id as cid", f"{case}.handed_over_at as handed_over_at", late]

    def of_person(self, k: str) -> list[str]:
        """Aggregates `z<n>` over the masks of all cases: the case whose copy is shown."""
        order = _NEWEST.replace("{c}.id", "{c}.cid").format(c=k)
        return [
            f"case when not coalesce(bool_or({_any(k, g.live, or_early=g.frozen)}), false)"
            f" then (array_agg({k}.cid order by {order})"
            f" filter (where {k}.late and ({_any(k, g.frozen)})))[1] end as z{n}"
            for n, g in enumerate(self.found)
        ]


def groups(grants: Sequence[Grant], classes: Iterable[DataClass]) -> Groups:
    """How the copies of these classes are chosen."""
    by_class = {k: found for k in classes if (found := openers(grants, k)) is not None}
    distinct = tuple(dict.fromkeys(by_class.values()))
    return Groups(distinct, {k: distinct.index(found) for k, found in by_class.items()})


def _any(m: str, places: tuple[int, ...], or_early: tuple[int, ...] = ()) -> str:
    tests = [f"{m}.m{i} = 0" for i in places]
    if or_early:
        tests.append(f"(not {m}.late and ({_any(m, or_early)}))")
    return " or ".join(tests)


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of one record in a statement: which case's, by class, and the alias of each."""

    entity: EntitySource
    case_of: Mapping[DataClass, str]
    alias_of: Mapping[DataClass, str]
    joins: str

    def value(self, source: FieldSource, live: str) -> str:
        """The value to show: the copy's, or the live one."""
        if source.data_class is None or source.data_class not in self.alias_of:
            return live
        copied = _copied(self.entity, source, self.alias_of[source.data_class])
        case = self.case_of[source.data_class]
        # each value stands after a `then` of its own, as everything that may be shown does
        return f"case when {case} is null then {live} when true then {copied} end"


def copies(
    entity: EntitySource,
    case_of: Mapping[DataClass, str],
    shown: Iterable[FieldSource],
    record: str,
    tag: str,
) -> Copies:
    """The copies from which `shown` fields are read, each joined once. `case_of` has, by class, the
    column with the case.
    """
    wanted: dict[str, list[FieldSource]] = {}
    for source in shown:
        case = case_of.get(source.data_class) if source.data_class else None
        if case is not None:
            wanted.setdefault(case, []).append(source)
    alias_of = {case: f"y{tag}_{n}" for n, case in enumerate(wanted)}
    joins = "".join(
        f" left join lateral (select f.* from {_copy(entity, sources, case, record)} offset 0)"
        f" {alias_of[case]} on true"
        for case, sources in wanted.items()
    )
    aliases = {k: alias_of[case] for k, case in case_of.items() if case in alias_of}
    return Copies(entity, case_of, aliases, joins)


def _copied(entity: EntitySource, source: FieldSource, alias: str) -> str:
    """A field over the columns of a copy."""
    return _OF_THAT_HOUR.get((entity.name, source.name)) or source.sql.format(t=alias)


def _copy(entity: EntitySource, sources: Iterable[FieldSource], case: str, record: str) -> str:
    """FROM text of one copy: its columns as those of `f`."""
    names = sorted({name for source in sources for name in _OWN.findall(source.sql)})
    types = column_types(entity)
    columns = ", ".join(f"{name} {types[name]}" for name in names)
    return (
        f"registry.frozen z cross join lateral jsonb_to_record(z.row) f({columns})"
        f" where z.case_id = {case} and z.record_id = {record}.id"
    )


def column_types(entity: EntitySource) -> dict[str, str]:
    """SQL types of the columns that the fields of an entity are made of."""
    plain = {
        match[1]: source.sql_type
        for source in entity.fields.values()
        if source.kind in (Kind.ID, Kind.VALUE, Kind.OBJECT)
        and (match := _OWN.fullmatch(source.sql)) is not None
    }
    return {**OF_NO_FIELD, **plain}


@dataclass(frozen=True, slots=True)
class Frozen:
    """One class on the rows of a filter or an order: `when` it is frozen, and of which `case`."""

    entity: EntitySource
    record: str
    when: str
    case: str

    def value(self, source: FieldSource, live: str) -> str:
        """The value to compare: the copy's, or the live one."""
        return f"case when {self.when} then {self.copied(source)} when true then {live} end"

    def copied(self, source: FieldSource) -> str:
        """The copy's value alone."""
        copied = _copied(self.entity, source, "f")
        return f"(select {copied} from {_copy(self.entity, [source], self.case, self.record)})"

    def held(self, agency: str) -> str:
        """At the handover the agency held the case."""
        return (
            f"({self.when} and exists (select from registry.frozen z where z.case_id = {self.case}"
            f" and z.record_id = z.case_id and z.row ->> 'holder' = {agency}{PER_ROW}))"
        )


def frozen(
    decision: Decision, data_class: DataClass | None, base: Where, record: str, case: str
) -> Frozen | None:
    """For text that stands by itself, without the masks. None where nothing can be frozen."""
    found = openers(decision.grants, data_class) if data_class is not None else None
    if found is None:
        return None
    where = decision.where(base, record, case)
    as_was = tuple(decision.grants[i] for i in found.frozen)
    as_is = tuple(decision.grants[i] for i in found.live)
    late = f"{case}.main_rank >= {HANDED_OVER}"
    if decision.entity.binding != "PERSON":
        live = f" and not {decision.any_of(as_is, where)}" if as_is else ""
        return Frozen(decision.entity, record, f"({late}{live})", f"{case}.id")
    of_hers = f"from registry.return_case {case} where {case}.victim_id = {record}.id"
    opened = decision.any_of(as_was, where)
    live = f"({case}.main_rank < {HANDED_OVER} and {opened})"
    if as_is:
        live = f"({decision.any_of(as_is, where)} or {live})"
    # most persons have no case that was handed over: of them nothing else is asked
    when = (
        f"(exists (select {of_hers} and {late}{PER_ROW})"
        f" and not exists (select {of_hers} and {live}))"
    )
    newest = f"{of_hers} and {late} and {opened} order by {_NEWEST.format(c=case)} limit 1"
    return Frozen(decision.entity, record, when, f"(select {case}.id {newest})")
