"""What was done with a record, as far as its reader may know: `history` of a record.

Takes what is open on a row, gives SQL of a JSON array, oldest first. A change
stands in it only where the class of a field that it changed is open and shows
the present values: nothing tells that something hidden was changed. By whom, by
which act, under which clause and why is told within the country whose agency did
it. What another country did stands from the day of the notification on.
"""

from __future__ import annotations

from collections.abc import Mapping

from resolvers.parameters import TIME, Parameters
from schema.catalog import EntitySource, Kind
from schema.classes import DataClass

LONGEST = 100
"""So many entries at most: the newest."""
_OWN = ("act", "agency", "clause", "reason", "accessRecord")
_CASES = {"Victim": "c.victim_id = {t}.id", "ReturnCase": "c.id = {t}.id"}


def history_sql(
    entity: EntitySource,
    alias: str,
    states: Mapping[DataClass, str],
    frozen: Mapping[DataClass, str],
    params: Parameters,
) -> str:
    """The history of the row `alias`. `states` has the column with the state of each class that is
    decided, `frozen` the column with the case whose copy is shown instead of the present values.
    """
    party, agency = params.ctx("country"), params.ctx("agency")
    shell = _is_live(DataClass.SHELL, states, frozen)
    home = f"(d.agency_code = {agency} or (a.country = {party} and {party} <> ''))"
    own = {
        "act": "d.act",
        "agency": "d.agency_code",
        "clause": "d.clause",
        "reason": "d.reason",
        "accessRecord": "d.access_record::text",
    }
    members = ", ".join(
        (
            f"'at', to_char(h.at at time zone 'UTC', '{TIME}')",
            "'isNew', h.made",
            "'fields', to_jsonb(h.fields)",
            *(f"'{name}', h.\"{name}\"" for name in _OWN),
        )
    )
    told = ", ".join(f'case when {home} then {sql} end as "{name}"' for name, sql in own.items())
    cases = _CASES.get(entity.name, "c.id = {t}.case_id").format(t=alias)
    notified = (
        f"exists (select from registry.return_case c where {cases} and c.notified_at <= g.at)"
    )
    return (
        f"coalesce((select jsonb_agg(jsonb_build_object({members}) order by h.at, h.seq) from"
        f" (select g.seq, g.at, g.made, g.fields, {told}"
        " from (select e.tx, max(e.seq) as seq, max(e.at) as at, bool_or(e.fields is null) as made,"
        f" {_open_of(entity, states, frozen)} as fields from registry.event e"
        f" where e.record_id = {alias}.id group by e.tx) g"
        " left join registry.deed d on d.tx = g.tx"
        " left join registry.agency a on a.code = d.agency_code"
        f" where ((g.made and {shell}) or g.fields <> '{{}}') and ({home} is true or {notified})"
        f" order by g.seq desc limit {LONGEST}) h), '[]'::jsonb)"
    )


def _is_live(
    data_class: DataClass, states: Mapping[DataClass, str], frozen: Mapping[DataClass, str]
) -> str:
    """Whether the class is open and shows the present values."""
    if data_class not in states:
        return "false"
    copied = f" and {frozen[data_class]} is null" if data_class in frozen else ""
    return f"({states[data_class]} >= 0{copied})"


def _open_of(
    entity: EntitySource, states: Mapping[DataClass, str], frozen: Mapping[DataClass, str]
) -> str:
    """The names of the changed fields that are open, sorted, over the events `e` of one commit."""
    by_class: dict[DataClass, list[str]] = {}
    for source in entity.fields.values():
        if source.data_class is None or source.kind is Kind.HISTORY:
            continue
        if source.data_class in states:
            by_class.setdefault(source.data_class, []).append(source.name)
    texts = [
        f"case when {_is_live(data_class, states, frozen)}"
        f" then '{{{','.join(names)}}}'::text[] else '{{}}' end"
        for data_class, names in by_class.items()
    ]
    everything = " || ".join(texts) or "'{}'::text[]"
    return changed_names(f" and f.n = any({everything})")


def changed_names(condition: str = "") -> str:
    """The names of fields that the events `e` of a group changed, sorted: of `f.n` those that the
    condition lets through.
    """
    return (
        "array(select distinct f.n from unnest(string_to_array(string_agg("
        f"array_to_string(e.fields, ','), ','), ',')) f(n) where f.n <> ''{condition} order by f.n)"
    )
