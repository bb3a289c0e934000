"""`accessCheckpoint`: the newest checkpoint and its witnesses, in the operation's one statement.

Takes the root field, gives its place in the plan and its SQL. All of it is
public: no grant is asked and nothing is recorded. A witness counts by the
newest row of its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvers.outputs import Outputs
from resolvers.parameters import TIME
from resolvers.plan import CheckpointRoot, ObjectOut
from resolvers.selection import FieldNodes

if TYPE_CHECKING:
    from resolvers.planning import Planner

_WITNESSES = "witnesses"
_COLUMNS = {
    "origin": "split_part(c.note, E'\\n', 1)",
    "size": "c.size",
    "root": "encode(c.root, 'base64')",
    "note": "ledger.signed_checkpoint(c.size)",
    "at": f"to_char(c.at at time zone 'UTC', '{TIME}')",
    "witnessesSigned": "(select count(*) from witnesses w where w.size = c.size)",
    "witnessesConfigured": "(select count(*) from witnesses w)",
}
_OF_WITNESS = {
    "name": "w.name",
    "signed": "coalesce(w.size = c.size, false)",
    "size": "w.size",
    "at": f"to_char(w.at at time zone 'UTC', '{TIME}')",
}
_NEWEST_OF_EACH = (
    "select n.name, s.size, s.at from (select distinct on (w.name) w.name, w.active"
    " from ledger.witness w order by w.name, w.seq desc) n left join lateral"
    " (select g.size, g.at from ledger.cosignature g where g.witness = n.name"
    " order by g.size desc limit 1) s on true where n.active"
)


def plan_checkpoint(planner: Planner, key: str, nodes: FieldNodes) -> CheckpointRoot:
    """The root's place in the plan; 1 for each field."""
    return CheckpointRoot(key, _members(planner, "AccessCheckpoint", nodes))


def _members(planner: Planner, type_name: str, nodes: FieldNodes) -> tuple[ObjectOut, ...]:
    outputs = []
    for key, merged in planner.collector.below(nodes, type_name).items():
        planner.count(1)
        name = merged[0].name.value
        if name == "__typename":
            outputs.append(ObjectOut(key, None, type_name=type_name))
        elif name == _WITNESSES:
            below = _members(planner, "CheckpointWitness", merged)
            outputs.append(ObjectOut(key, name, selection=below, is_list=True))
        else:
            outputs.append(ObjectOut(key, name))
    return tuple(outputs)


def checkpoint_sql(outputs: Outputs, root: CheckpointRoot) -> str:
    """JSON of the root, null before the first checkpoint."""
    if all(name != _WITNESSES for name, _ in outputs.build.ctes):
        outputs.build.add(_WITNESSES, _NEWEST_OF_EACH)
    members = [(item.key, _member(outputs, item)) for item in root.selection]
    newest = "(select max(n.size) from ledger.checkpoint n)"
    return f"(select {outputs.record(members)} from ledger.checkpoint c where c.size = {newest})"


def _member(outputs: Outputs, item: ObjectOut) -> str:
    if item.json_key is None:
        return f"'{item.type_name}'::text"
    if not item.is_list:
        return _COLUMNS[item.json_key]
    members = [
        (each.key, _OF_WITNESS[each.json_key] if each.json_key else f"'{each.type_name}'::text")
        for each in item.selection
    ]
    return (
        f"(select coalesce(json_agg({outputs.record(members)} order by w.name collate \"C\"), '[]')"
        " from witnesses w)"
    )
