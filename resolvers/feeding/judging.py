"""The compiler's decision over many records of one type, compared with what a stream was told.

Takes the rights of a stream, gives for each type two statements: over all
records of some persons (or over some records that are of nobody), and over the
next rows of the table. Each keeps `feed.view` and gives the records whose view
changed or which were named as touched. Nothing of it is shown to anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from authz.profile import Policy, profile_of
from resolvers.decision import Decision, state_columns
from resolvers.feeding.lasting import without_openings
from resolvers.feeding.legend import BITS, KINDS, classes_of
from resolvers.feeding.streams import Puller
from resolvers.filtering import case_alias, case_join
from resolvers.parameters import Parameters
from resolvers.plan import Bind
from resolvers.predicates import Where
from schema.catalog import Catalog, EntitySource
from schema.classes import DataClass

_T = "t1"
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A statement of one type with its binds; `stream`, `units` or `place` and `most`, and
    `touched` are among them. Columns of its rows: record, unit, `open` before and now (null: not
    in the view), and the classes that are shown as they stood at the handover, before and now. A
    judgement of the next rows gives, last, one with the place that it came to (the unit is null),
    and no such row at the end of the table.
    """

    entity: EntitySource
    sql: str
    binds: tuple[Bind, ...]


@dataclass(frozen=True, slots=True)
class Judgements:
    """Those of one stream's rights, by type: of `units`, and of the `rest` of the table."""

    units: Mapping[str, Judgement]
    rest: Mapping[str, Judgement]


def judgements(policy: Policy, catalog: Catalog, puller: Puller) -> Judgements:
    """The statements for what the stream's caller may see under this policy."""
    profile = without_openings(profile_of(policy, puller.caller, puller.purpose, ()))
    refs = {g.clause for grants in profile.grants.values() for g in grants}
    numbers = {str(ref): n for n, ref in enumerate(sorted(refs, key=lambda r: r.order), 1)}
    shells = profile.carrying("ReturnCase", DataClass.SHELL)
    units, rest = {}, {}
    for name in KINDS:
        entity = catalog.entities[name]
        decision = Decision(entity, profile.grants.get(name, ()), shells, numbers)
        units[name] = _judgement(decision, puller, swept=False)
        rest[name] = _judgement(decision, puller, swept=True)
    return Judgements(units, rest)


def _judgement(decision: Decision, puller: Puller, *, swept: bool) -> Judgement:
    params = Parameters(has_cases=puller.caller.cases is not None)
    entity = decision.entity
    stream = params.ctx("stream", "integer")
    kind = KINDS[entity.name]
    judged = _judged(decision, params, swept=swept, has_unit=bool(puller.caller.unit))
    touched, last, chunk = "false", "", ""
    if swept:
        most = params.ctx("most", "integer")
        chunk = (
            f"z as materialized (select * from {entity.table} z where"
            f" z.id > {params.ctx('place', 'uuid')} order by z.id limit {most}), "
        )
        # of the rows that were looked at, whether their case is there for us or not; compared as
        # text, for which there is a maximum everywhere
        full = f"select max(z.id::text) from z having count(*) = {most}"
        held = (
            f"v.record_id > {params.ctx('place', 'uuid')}"
            f" and v.record_id <= coalesce(({full}), '{LAST}')::uuid"
        )
        last = f" union all select x, null, null, null, null, null from ({full}) l(x)"
    else:
        held = f"v.unit = any({params.ctx('units', 'uuid[]')})"
        touched = f"d.id = any({params.ctx('touched', 'uuid[]')})"
    sql = (
        f"with {chunk}j as materialized ({judged}),"
        f" h as materialized (select v.record_id, v.unit, v.open, v.frozen from feed.view v"
        f" where v.stream = {stream} and v.kind = {kind} and {held}),"
        " d as materialized (select coalesce(j.id, h.record_id) as id, coalesce(j.unit, h.unit)"
        " as unit, h.open as before, j.open as now, h.frozen as froze, j.frozen as freezes"
        " from (select * from j where seen) j full join h on h.record_id = j.id),"
        # by an array: joined, every row of the type would be compared with every change
        f" gone as (delete from feed.view v where v.stream = {stream} and v.kind = {kind}"
        " and v.record_id = any(array(select d.id from d where d.now is null))),"
        " kept as (insert into feed.view as v (stream, kind, record_id, unit, open, frozen)"
        f" select {stream}, {kind}, d.id, d.unit, d.now, d.freezes from d where d.now is not null"
        " and (d.now, d.freezes) is distinct from (d.before, d.froze)"
        " on conflict (stream, kind, record_id) do update set open = excluded.open,"
        " frozen = excluded.frozen, unit = excluded.unit)"
        " select d.id::text, d.unit::text, d.before::text, d.now::text, d.froze::text,"
        " d.freezes::text from d where (d.now, d.freezes) is distinct from (d.before, d.froze)"
        f" or {touched}{last}"
    )
    return Judgement(entity, sql, tuple(params.binds))


def _judged(decision: Decision, params: Parameters, *, swept: bool, has_unit: bool) -> str:
    """Rows of the type with what the decision says of them: `seen`, `open`, `frozen`."""
    entity, base = decision.entity, Where("", "", "", params, has_unit)
    case = case_alias(entity, _T)
    unit = {
        "PERSON": f"{_T}.id",
        "CASE": f"{_T}.victim_id",
        "PART": f"{case}.victim_id",
    }.get(entity.binding, f"{_T}.id")
    joins = case_join(entity, _T)
    if swept:
        source, condition = f"z {_T}{joins}", "true"
    else:
        source = f"{entity.table} {_T}{joins}"
        condition = f"{unit} = any({params.ctx('units', 'uuid[]')})"
    if not decision.grants and decision.public(_T) is None:
        # never visible: what is held of it goes
        return (
            f"select {_T}.id, {unit} as unit, false as seen, 0::bigint as open, 0::bigint as frozen"
            f" from {source} where {condition if swept else 'false'}"
        )
    carried = {each for grant in decision.grants for each in grant.classes}
    classes = tuple(
        each
        for each in classes_of(entity)
        if each in carried or (each.is_public and entity.public_where is not None)
    )
    states = state_columns(decision, classes, base, _T, case, "1", reasons=frozenset())
    opened = " + ".join(
        f"case when {states.of_class[each]} >= 0 then {1 << BITS[each]} else 0 end"
        for each in classes
    )
    frozen = " + ".join(
        f"case when {states.of_class[each]} >= 0 and {states.frozen[each]} is not null"
        f" then {1 << BITS[each]} else 0 end"
        for each in classes
        if each in states.frozen
    )
    return (
        f"select {_T}.id, {unit} as unit, {states.last}.vis is not null as seen,"
        f" ({opened or '0'})::bigint as open, ({frozen or '0'})::bigint as frozen"
        f" from {source}{states.joins} where {condition}"
    )
