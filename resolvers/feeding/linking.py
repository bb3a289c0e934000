"""To which records a record's links lead, as far as the stream may see them.

A link is shown while its target is: whoever keeps a copy has to hear when the
target enters or leaves the view although the record itself did not change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from resolvers.feeding.legend import KINDS, links
from schema.catalog import Catalog, EntitySource


@dataclass(frozen=True, slots=True)
class Linking:
    """A statement for one type. Parameters: stream, ids of its records, then for each of `targets`
    the ids of that type that entered or left the view. Rows: record, unit, links before and now, as
    text; those alone that are others now.
    """

    entity: EntitySource
    names: tuple[str, ...]
    targets: tuple[str, ...]
    sql: str


def linkings(catalog: Catalog) -> Mapping[str, Linking]:
    """Of every type that links to one in a feed."""
    entities = [catalog.entities[name] for name in KINDS]
    return {entity.name: _linking(catalog, entity) for entity in entities if links(entity)}


def _linking(catalog: Catalog, entity: EntitySource) -> Linking:
    kind, found, led = KINDS[entity.name], [], []
    sources = links(entity)
    for number, source in enumerate(sources, 3):
        target = catalog.entities[str(source.target)]
        on = (source.join or "true").format(p="p", t="t")
        found.append(
            f"(select t.id from {target.table} t where {on} and exists (select from feed.view w"
            f" where w.stream = $1::integer and w.kind = {KINDS[target.name]}"
            " and w.record_id = t.id offset 0) limit 1)"
        )
        led.append(
            f"select p.id from {target.table} t join {entity.table} p on {on}"
            f" where t.id = any(${number}::uuid[])"
        )
    ids = " union ".join(["select unnest($2::uuid[])", *led])
    # each row by its index: without `offset 0` the planner may read whole tables into a hash
    sql = (
        f"with i as materialized (select x.id from ({ids}) x(id)),"
        " p as materialized (select p.id, v.unit, v.links as was,"
        f" array[{', '.join(found)}]::uuid[] as links from i cross join lateral"
        f" (select h.unit, h.links from feed.view h where h.stream = $1::integer"
        f" and h.kind = {kind} and h.record_id = i.id offset 0) v cross join lateral"
        f" (select e.* from {entity.table} e where e.id = i.id offset 0) p),"
        " c as (update feed.view v set links = p.links from p where v.stream = $1::integer"
        f" and v.kind = {kind} and v.record_id = any(array(select p.id from p"
        " where p.was <> p.links)) and v.record_id = p.id)"
        " select p.id::text, p.unit::text, to_json(p.was)::text, to_json(p.links)::text from p"
        " where p.was <> p.links"
    )
    names = tuple(source.name for source in sources)
    return Linking(entity, names, tuple(str(source.target) for source in sources), sql)
