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
            f"(select t.id from {target.table} t join feed.view w on w.stream = $1::integer"
            f" and w.kind = {KINDS[target.name]} and w.record_id = t.id where {on} limit 1)"
        )
        led.append(
            f"select p.id from {target.table} t join {entity.table} p on {on}"
            f" where t.id = any(${number}::uuid[])"
        )
    ids = " union ".join(["select unnest($2::uuid[])", *led])
    sql = (
        f"with p as materialized (select v.record_id as id, v.unit, v.links as was,"
        f" array[{', '.join(found)}]::uuid[] as links from feed.view v"
        f" join {entity.table} p on p.id = v.record_id"
        f" where v.stream = $1::integer and v.kind = {kind} and v.record_id in ({ids})),"
        " c as (update feed.view v set links = p.links from p where v.stream = $1::integer"
        f" and v.kind = {kind} and v.record_id = p.id and v.links <> p.links)"
        " select p.id::text, p.unit::text, to_json(p.was)::text, to_json(p.links)::text from p"
        " where p.was <> p.links"
    )
    names = tuple(source.name for source in sources)
    return Linking(entity, names, tuple(str(source.target) for source in sources), sql)
