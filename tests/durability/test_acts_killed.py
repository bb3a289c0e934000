"""`kill -9` within a mutation leaves all of it or nothing, and the same key finds out which."""

from __future__ import annotations

import http.client
import json
import random
import secrets
import signal
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.compiler.registry import add_case
from tests.durability.conftest import House
from tests.durability.ground import Ground
from tests.durability.nursery import Nursery, Served

_TAKE = """mutation Take($c: ID!) { acknowledgeTracing(caseId: $c) {
  repeated accessRecord problems { ... on Mendable { code } } returnCase { state } } }"""
_LOST = (ConnectionError, urllib.error.URLError, http.client.HTTPException, TimeoutError)


def _send(served: Served, token: str, case: str) -> dict[str, Any] | None:
    """The payload, None where the line broke."""
    request = urllib.request.Request(
        f"{served.url}/graphql",
        json.dumps({"query": _TAKE, "variables": {"c": case}}).encode(),
        {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"take-{case}",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            body = json.load(answer)
    except _LOST:
        return None
    assert "errors" not in body, body
    payload: dict[str, Any] = body["data"]["acknowledgeTracing"]
    return payload


def _rounds(nursery: Nursery, ground: Ground, house: House, count: int) -> None:
    chance = random.Random(secrets.randbits(32))
    with ground.connect() as owner:
        cases = [add_case(owner, "KH", "TRACING_REQUESTED", "Sok").case for _ in range(count * 8)]
    settings = house.settings(ground.service, SAPHAN_CONNECTIONS="4")
    told: dict[str, list[dict[str, Any]]] = {case: [] for case in cases}
    lost = 0
    for place in range(count):
        served = nursery.start(**settings)
        some = cases[place * 8 : place * 8 + 8]
        with ThreadPoolExecutor(8) as clients:
            sent = [clients.submit(_send, served, house.token, case) for case in some]
            time.sleep(chance.uniform(0.0, 0.12))
            served.end(signal.SIGKILL)
            for case, each in zip(some, sent, strict=True):
                payload = each.result()
                if payload is None:
                    lost += 1
                else:
                    told[case].append(payload)
    with nursery.serving(**settings) as served:
        for case in cases:
            again = _send(served, house.token, case)
            assert again is not None
            assert again["problems"] == []
            # what was answered was durable: the same key does nothing more
            assert again["repeated"] or not told[case]
            assert again["returnCase"]["state"] == "TRACING"
    assert lost > 0
    _all_or_nothing(ground, cases, told)


def _all_or_nothing(
    ground: Ground, cases: list[str], told: dict[str, list[dict[str, Any]]]
) -> None:
    with ground.connect() as owner:
        for case in cases:
            row = owner.execute(
                "select (select count(*) from registry.transition t where t.case_id = %(c)s"
                " and t.state = 'TRACING'), (select count(distinct d.tx) from registry.deed d join"
                " registry.event e on e.tx = d.tx where e.case_id = %(c)s), (select count(*) from"
                " registry.event e join registry.deed d on d.tx = e.tx join registry.commit_order o"
                " on o.tx = e.tx where e.case_id = %(c)s and e.record_type = 'Transition'"
                " and o.position is not null), (select count(*) from registry.deed d join"
                " ledger.access_record r on r.id = d.access_record where d.tx in (select e.tx from"
                " registry.event e where e.case_id = %(c)s))",
                {"c": case},
            ).fetchone()
            assert row == (1, 1, 1, 1), (case, row)
            for payload in told[case]:
                found = owner.execute(
                    "select 1 from ledger.access_record where id = %s", (payload["accessRecord"],)
                ).fetchone()
                assert found == (1,)


def test_a_killed_process_leaves_an_act_whole_or_not_at_all(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    _rounds(nursery, ground, house, 5)


@pytest.mark.deep
def test_many_killed_processes_leave_acts_whole_or_not_at_all(
    nursery: Nursery, ground: Ground, house: House
) -> None:
    _rounds(nursery, ground, house, 60)
