"""Every door by which something leaves, each held against its record.

The doors are the root fields of the schema that is checked in: one without a case here fails
`test_every_root_field_has_a_case`. Those that there are:

- queries by id and by page for persons, cases, agreements, contacts, emergency openings; `node`;
  `_entities`; `accessRecords`;
- `explainAccess` and `whoCanSee`, also as `saphan explain` asks them; `accessRecords` as
  `saphan ledger trace` asks it;
- the payloads of `proposeProtocol`, `ratifyProtocol`, `endProtocol`, `openEmergency`,
  `reviewEmergency`;
- `statistics`, which shows no record and says over what it counted;
- `me`, `protocolVersions`, `accessCheckpoint`, `_service`: of no record, and on none.
- `changes`, page after page with the records in it, and what is said of it:
  `acknowledgeWithdrawals`, `unacknowledgedWithdrawals`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner

from authz.caller import Caller
from resolvers.casework.registered import ACTS
from service import cli_explain
from service.cli_explain import explain, who_can_see
from service.ledger import telling
from service.ledger.trace import trace
from tests.exact.acts import door_of
from tests.exact.ground import (
    AUDITORS,
    HOST,
    PHNOM_PENH,
    STEWARD,
    WORKER,
    Asked,
    Ground,
)
from tests.exact.judging import hold, judge
from tests.exact.lawdoors import LAW_DOORS
from tests.exact.printed import printed
from tests.exact.walker import COUNTED
from tests.exact.watched import watched
from tests.tracing.house import person

PLANNER = person("TH-ATC", "COORDINATOR", "STATISTICS")
WITHOUT_RECORD = {
    "Query.me": "{ me { agency } }",
    "Query.protocolVersions": "{ protocolVersions { agreement } }",
    "Query.accessCheckpoint": "{ accessCheckpoint { size } }",
    "Query._service": "{ _service { sdl } }",
}


def all_of(kind: str, *, depth: int = 1) -> str:
    """A selection of everything that a type has: links and pages one step far."""
    schema, parts = printed(), ["__typename"]
    for name, field in schema.objects[kind].items():
        if schema.is_page(field.type):
            if depth:
                node = all_of(schema.node_of(field.type), depth=0)
                parts.append(f"{name}(first: 5) {{ edges {{ node {node} }} }}")
        elif field.type not in schema.objects:
            parts.append(name)
        elif depth or field.data_class or field.type == "Withheld":
            parts.append(f"{name} {all_of(field.type, depth=0)}")
    return f"{{ {' '.join(parts)} }}"


FEW = (HOST, PHNOM_PENH, AUDITORS["TH"], WORKER)


def _told(ground: Ground, who: Caller, text: str, **variables: Any) -> Asked:
    asked = ground.ask(who, text, **variables)
    hold(asked)
    return asked


def _page(name: str) -> Callable[[Ground], None]:
    kind = printed().node_of(printed().field("Query", name).type)

    def case(ground: Ground) -> None:
        for who in FEW:
            node = all_of(kind)
            _told(ground, who, f"{{ {name}(first: 20) {{ totalCount edges {{ node {node} }} }} }}")
        judge(ground, HOST, f"{{ {name}(first: 2) {{ edges {{ node {{ __typename }} }} }} }}")

    return case


def _single(name: str) -> Callable[[Ground], None]:
    kind = printed().field("Query", name).type

    def case(ground: Ground) -> None:
        for who in FEW:
            for identifier in _ids_of(ground, kind)[:2]:
                _told(ground, who, f'{{ a: {name}(id: "{identifier}") {all_of(kind)} }}')

    return case


def _node(ground: Ground) -> None:
    for kind in printed().faces:
        if not printed().is_record(kind) or kind == "AccessRecord":
            continue
        for identifier in _ids_of(ground, kind)[:1]:
            body = f"{{ id ... on {kind} {all_of(kind, depth=0)} }}"
            for who in FEW[:2] if kind in ("Victim", "ReturnCase", "Agreement") else FEW[:1]:
                _told(ground, who, f'{{ n: node(id: "{identifier}") {body} }}')


def _entities(ground: Ground) -> None:
    query = """query($r: [_Any!]!) { _entities(representations: $r) {
      ... on Victim { familyName g: gender } ... on ReturnCase { state legalHold }
      ... on AccessRecord { purpose } } }"""
    given = [
        {"__typename": kind, "id": each}
        for kind in ("Victim", "ReturnCase")
        for each in _ids_of(ground, kind)[:6]
    ]
    access = ground.ask(HOST, "{ victims(first: 1) { edges { node { gender } } } }").record
    given += [given[0], {"__typename": "AccessRecord", "id": str(access)}]
    for who in FEW:
        assert _told(ground, who, query, r=given).body["data"]["_entities"]


def _explain(ground: Ground) -> None:
    for who in (HOST, AUDITORS["KH"]):
        for kind in ("Victim", "ReturnCase", "Agreement"):
            for each in _ids_of(ground, kind)[:1]:
                _told(ground, who, f'{{ x: explainAccess(id: "{each}") {{ permitted }} }}')
    case = ground.targets[0].case
    told = _told(ground, HOST, f'{{ explainAccess(id: "{case}") {{ sentence }} }}')
    assert told.disclosed == {(case, "ReturnCase.id")}


def _who_can_see(ground: Ground) -> None:
    """It shows that there is such a case: to an auditor of the country that holds it."""
    query = (
        'query($i: ID!) { whoCanSee(id: $i, agency: "KH-MOSVY") { agency field permitted seen } }'
    )
    case, victim = ground.targets[5].case, ground.targets[5].victim
    for who in (AUDITORS["TH"], AUDITORS["LA"], HOST):
        for asked in (case, victim):
            answer = ground.ask(who, query, i=asked)
            rows = (answer.body["data"] or {}).get("whoCanSee")
            assert answer.disclosed == ({(case, "ReturnCase.id")} if rows else set())
            assert bool(rows) is (who is AUDITORS["TH"])
            assert answer.record


def _access_records(ground: Ground) -> None:
    ground.ask(HOST, "{ returnCases(first: 3) { edges { node { state victim { gender } } } } }")
    everything = all_of("AccessRecord")
    counted = (
        'accessRecords(first: 2, filter: {agency: "TH-DATIP", field: "ReturnCase.state"})'
        " { edges { node { disclosures(first: 0) { totalCount } } } }"
    )
    for who in (*AUDITORS.values(), HOST, STEWARD):
        _told(ground, who, f"{{ accessRecords(first: 8) {{ edges {{ node {everything} }} }} }}")
        _told(ground, who, "{ accessRecords(first: 2) { edges { node { id } } } }")
        _told(ground, who, f"{{ {counted} }}")


def _nothing(query: str) -> Callable[[Ground], None]:
    def case(ground: Ground) -> None:
        for who in FEW:
            before = ground.written()
            body = ground.body(who, query)
            assert "errors" not in body
            assert "accessRecord" not in body.get("extensions", {})
            assert ground.written() == before

    return case


def _figures(ground: Ground) -> None:
    """Cells are of no record: it says what was counted over, or what was refused."""
    cells = all_of("StatisticsCell")
    for table in COUNTED:
        asked = judge(ground, PLANNER, f"{{ s: statistics(table: {table}) {cells} }}")
        assert (asked.record is not None, asked.disclosed) == (True, set())
        refused = judge(ground, HOST, f"{{ s: statistics(table: {table}) {cells} }}")
        assert refused.body["data"] is None
    both = judge(
        ground,
        PLANNER,
        "{ a: statistics(table: GENDER) { count } b: statistics(table: STAGE) { total } }",
    )
    assert len(both.leaves) == 1


def _ids_of(ground: Ground, kind: str) -> list[str]:
    rows = ground.owner.execute(
        "select id::text from registry.record_index where type = %s order by id", (kind,)
    ).fetchall()
    return [identifier for (identifier,) in rows]


_FED = ("Victim", "ReturnCase", "Consent", "Transition", "Assessment", "Agreement", "Agency")


def _changes(ground: Ground) -> None:
    parts = " ".join(f"... on {kind} {all_of(kind, depth=0)}" for kind in _FED)
    text = f"""query($after: String) {{ changes(after: $after, first: 90) {{
      edges {{ node {{ recordId fields action record {{ __typename {parts} }} }} }}
      pageInfo {{ hasNextPage endCursor }} }} }}"""
    for who in FEW:
        after, more = None, True
        while more:
            asked = _told(ground, who, text, after=after)
            for edge in asked.body["data"]["changes"]["edges"]:
                assert edge["node"]["record"]["z__id"] == edge["node"]["recordId"]
            page = asked.body["data"]["changes"]["pageInfo"]
            after, more = page["endCursor"], page["hasNextPage"]
    # an entry without its record says that the record is there, one without an edge says nothing
    ids = "{ changes(first: 5) { edges { node { recordId } } } }"
    asked = ground.ask(HOST, ids, mark=False)
    told = {edge["node"]["recordId"] for edge in asked.body["data"]["changes"]["edges"]}
    assert told
    assert {record for record, _ in asked.disclosed} == told - _public(ground)
    assert {name.split(".")[1] for _, name in asked.disclosed} <= {"id"}
    bare = ground.ask(HOST, "{ changes(first: 5) { pageInfo { endCursor } } }", mark=False)
    assert bare.record is not None
    assert bare.disclosed == set()


def _public(ground: Ground) -> set[str]:
    return {*ground.published(), *_ids_of(ground, "Agency")}


def _unacknowledged(ground: Ground) -> None:
    text = "{ unacknowledgedWithdrawals { agency client count oldest } }"
    asked = ground.ask(AUDITORS["TH"], text, mark=False)
    assert asked.leaves[0]["outcome"] == "DISCLOSED"
    assert asked.disclosed == set()
    assert ground.ask(HOST, text, mark=False).leaves[0]["outcome"] == "REFUSED"


def _acknowledge(ground: Ground) -> None:
    text = """mutation($ids: [ID!]!) { acknowledgeWithdrawals(ids: $ids) {
      acknowledged remaining problems { code } accessRecord } }"""
    asked = ground.ask(HOST, text, ids=[ground.targets[0].victim])
    assert asked.body["data"]["acknowledgeWithdrawals"]["accessRecord"] == asked.record
    assert asked.leaves[0]["outcome"] == "DISCLOSED"
    assert asked.disclosed == set()


DOORS: dict[str, Callable[[Ground], None]] = {
    **LAW_DOORS,
    **{
        f"Subscription.{name}": watched(name, all_of("ReturnCase"))
        for name in ("returnCaseChanged", "worklistChanged")
    },
    "Query.changes": _changes,
    "Query.unacknowledgedWithdrawals": _unacknowledged,
    "Mutation.acknowledgeWithdrawals": _acknowledge,
    "Query.node": _node,
    "Query._entities": _entities,
    "Query.explainAccess": _explain,
    "Query.whoCanSee": _who_can_see,
    "Query.accessRecords": _access_records,
    "Query.statistics": _figures,
    **{f"Mutation.{name}": door_of(name, lambda kind: all_of(kind, depth=0)) for name in ACTS},
    **{root: _nothing(query) for root, query in WITHOUT_RECORD.items()},
    **{
        f"Query.{name}": _page(name)
        for name in (
            "victims",
            "returnCases",
            "agreements",
            "bilateralContacts",
            "emergencyOpenings",
            "referrals",
            "worklist",
        )
    },
    **{
        f"Query.{name}": _single(name)
        for name in (
            "victim",
            "returnCase",
            "agreement",
            "bilateralContact",
            "emergencyOpening",
            "referral",
        )
    },
}


def test_every_root_field_has_a_case() -> None:
    roots = {
        f"{root}.{name}"
        for root in ("Query", "Mutation", "Subscription")
        for name in printed().objects.get(root, {})
    }
    assert roots == set(DOORS)


@pytest.mark.parametrize("door", sorted(DOORS))
def test_what_leaves_by_it_is_on_record(ground: Ground, door: str) -> None:
    DOORS[door](ground)


@dataclass(slots=True)
class Listening:
    """A command's way to the registry that holds each answer it gets against its record."""

    ground: Ground
    caller: Caller
    heard: int = 0

    async def answer(
        self, query: str, purpose: str | None = None, **variables: object
    ) -> dict[str, Any]:
        given = {name: value for name, value in variables.items() if value is not None}
        asked = await self.ground.asked(self.caller, query, purpose, given)
        if "whoCanSee" not in query:
            hold(asked)
        self.heard += 1
        return dict(asked.body)


@pytest.fixture
def listening(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    made = Listening(ground, AUDITORS["TH"])

    def run(_token: str | None, work: Callable[[Any], Awaitable[Any]]) -> Any:
        return ground.loop.run(work(made))  # type: ignore[arg-type]

    monkeypatch.setattr(cli_explain, "run", run)
    monkeypatch.setattr(telling, "run", run)
    yield made
    assert made.heard


def test_the_commands_ask_by_the_same_doors(ground: Ground, listening: Listening) -> None:
    case, victim = ground.targets[0].case, ground.targets[0].victim
    ground.ask(HOST, f'{{ victim(id: "{victim}") {{ familyName }} }}')
    for command, arguments in (
        (explain, [case]),
        (who_can_see, [case]),
        (trace, ["--record", victim, "--format", "json"]),
    ):
        result = CliRunner().invoke(command, arguments)
        assert result.exit_code == 0, result.output
        assert result.output
    listening.caller = HOST
    result = CliRunner().invoke(trace, ["--victim", victim])
    assert result.exit_code == 0, result.output
