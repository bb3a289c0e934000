"""Lives of cases: along the machine's edges, under its guards, in the order of time."""

from __future__ import annotations

import datetime as dt
import tomllib
import uuid
from collections import Counter
from functools import cache
from typing import Any

import pytest

from schema import reference
from schema.codes import MAIN_RANK, CaseState, ClosingReason, HoldReason
from schema.machine import EDGES, Actor, Edge, Guard, targets
from service.seeding.corridors import DESKS
from service.seeding.kin import Bond, bond_of
from service.seeding.rows import HISTORY, TABLES, rows_of
from tests.seeding.guards import HOLDS, PROTOCOLS, Rows, broken

PEOPLE = 1_500
_COUNTRIES = {agency.code: agency.country for agency in reference.agencies()}
UNTIL = dt.date(2026, 11, 1)
END = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@cache
def lives() -> tuple[Rows, ...]:
    """Everybody's rows, of another seed than the registry's."""
    return tuple(rows_of(3, number, UNTIL) for number in range(PEOPLE))


def cases() -> list[dict[str, Any]]:
    """Everybody's cases."""
    return [case for rows in lives() for case in rows["return_case"]]


def test_every_edge_of_the_machine_is_taken() -> None:
    taken: Counter[tuple[str | None, str | None]] = Counter()
    for rows in lives():
        for step in rows["transition"]:
            source, target = step["from_state"], step["state"]
            ends = target in ("ALTERNATIVE", "CANCELLED")
            taken[source, None if source == "ON_HOLD" and not ends else target] += 1
    assert set(taken) == {(edge.source, edge.target) for edge in EDGES}
    back = {s["state"] for r in lives() for s in r["transition"] if s["from_state"] == "ON_HOLD"}
    assert {state for state, rank in MAIN_RANK.items() if rank < 9} <= back


def test_cases_follow_the_machine_in_the_order_of_time() -> None:
    for rows in lives():
        seats = {case["id"]: case["host"] in DESKS for case in rows["return_case"]}
        last: dict[uuid.UUID, dict[str, Any]] = {}
        rank: dict[uuid.UUID, int] = {}
        for step in rows["transition"]:
            case, before = step["case_id"], last.get(step["case_id"])
            state = before["state"] if before else None
            assert step["from_state"] == state
            assert step["state"] in targets(state, rank.get(case, 0), seated_host=seats[case])
            assert before is None or before["at"] < step["at"]
            assert step["at"] < END
            rank[case] = MAIN_RANK.get(step["state"], rank.get(case, 0))
            last[case] = step
        for case_row in rows["return_case"]:
            newest = last[case_row["id"]]
            assert (newest["state"], newest["at"]) == (case_row["state"], case_row["state_since"])
            assert rank[case_row["id"]] == case_row["main_rank"]


def test_every_guard_held_when_a_step_was_taken() -> None:
    asked: set[Guard] = set()
    for rows in lives():
        guards, found = broken(rows)
        assert found == []
        asked |= guards
    assert asked == set(HOLDS) == set(Guard)


@pytest.mark.parametrize(
    ("purpose", "guard"),
    [
        pytest.param("TRACING", Guard.CONSENT_TRACING, id="tracing"),
        pytest.param("RETURN", Guard.PERSON_CONFIRMS, id="return"),
        pytest.param("SERVICES", Guard.CONSENT_SERVICES, id="services"),
    ],
)
def test_the_check_notices_a_consent_that_was_not_given(purpose: str, guard: Guard) -> None:
    """The checker itself can fail: without these statements the guard is named."""
    rows = next(r for r in lives() if any(s["state"] == "FOLLOW_UP" for s in r["transition"]))
    said = [row for row in rows["consent"] if row["purpose"] != purpose]
    _, found = broken({**rows, "consent": said})
    assert any(text.startswith(f"{guard} ") for text in found)


def test_a_step_is_taken_by_an_agency_of_the_side_that_the_edge_names() -> None:
    sides: Counter[tuple[Actor, str]] = Counter()
    by_pair: dict[tuple[str | None, str | None], Edge] = {
        (edge.source, edge.target): edge for edge in EDGES
    }
    for rows in lives():
        corridor = {c["id"]: (c["host"], c["origin"]) for c in rows["return_case"]}
        for step in rows["transition"]:
            host, origin = corridor[step["case_id"]]
            pair = (step["from_state"], step["state"])
            edge = by_pair.get(pair) or by_pair["ON_HOLD", None]
            country = step["actor_agency"][:2]
            side = {host: "HOST", origin: "ORIGIN"}.get(country, "elsewhere")
            if side == "elsewhere":  # organisations help on both sides
                assert step["actor_agency"].startswith(("NGO-", "INT-"))
            elif edge.side is Actor.ORIGIN or (edge.side is Actor.HOST and host in DESKS):
                assert side == edge.side, (pair, step["actor_agency"])
            sides[edge.side, side] += 1
    assert sides[Actor.BOTH, "HOST"] > 50
    assert sides[Actor.BOTH, "ORIGIN"] > 50


def test_a_step_names_a_clause_that_permits_its_act_to_its_agency() -> None:
    """Read from the documents again: a grant with the act, the agency and that clause."""
    granted: dict[tuple[str, str], set[str]] = {}
    for each in (tomllib.loads(file.read_text("utf-8")) for file in PROTOCOLS.glob("*.toml")):
        for grant in each.get("grant", []):
            clause, who = (
                f"{each['agreement']}@{each['version']}#{grant['clause']}",
                grant["grantee"],
            )
            for act in grant.get("operations", []):
                granted.setdefault((act, clause), set()).update(
                    who.get("agencies", ()), who.get("countries", ())
                )
    acts = {(edge.source, edge.target): edge.act for edge in EDGES}
    named = total = 0
    for rows in lives():
        for step in rows["transition"]:
            total += 1
            if step["clause"] is not None:
                pair = (step["from_state"], step["state"])
                act = acts.get(pair) or acts[CaseState.ON_HOLD, None]
                country = _COUNTRIES[step["actor_agency"]]
                assert {step["actor_agency"], country} & granted[act, step["clause"]]
                named += 1
    assert named > 0.6 * total


def test_some_are_late_most_are_not() -> None:
    limits = {e.source: e.limit_days for e in EDGES if e.limit_days and e.source}
    late = total = 0
    for rows in lives():
        for before, after in zip(rows["transition"], rows["transition"][1:], strict=False):
            limit = limits.get(before["state"])
            follows = after["case_id"] == before["case_id"] and after["state"] in MAIN_RANK
            if limit and follows and before["state"] != "FOLLOW_UP":
                total += 1
                late += after["at"] - before["at"] > dt.timedelta(days=limit)
    assert 0.15 < late / total < 0.5


def test_every_reason_comes_up() -> None:
    assert {case["closing_reason"] for case in cases()} == {*ClosingReason, None}
    held = {row["hold_reason"] for rows in lives() for row in rows["history.return_case"]}
    assert held == {*HoldReason, None}
    outcomes = Counter(row["outcome"] for rows in lives() for row in rows["assessment"])
    assert len(outcomes) == 6
    twice = [rows for rows in lives() if len(rows["assessment"]) > len(rows["return_case"])]
    assert len(twice) > 20


def test_twins_are_two_people_of_one_name_and_birth_date() -> None:
    pairs = [n for n in range(PEOPLE // 2) if bond_of(3, n) is Bond.TWINS]
    assert 0.015 < 2 * len(pairs) / PEOPLE < 0.05
    for number in pairs:
        (one,), (other,) = (lives()[2 * number + i]["victim"] for i in (0, 1))
        first, second = (lives()[2 * number + i]["return_case"][0] for i in (0, 1))
        assert one["id"] != other["id"]
        assert (one["family_name"], first["host"], first["opened_on"]) == (
            other["family_name"],
            second["host"],
            second["opened_on"],
        )
        born = [_first(lives()[2 * number + i], "victim")["birth_date"] for i in (0, 1)]
        assert born[0] == born[1]
        names = [_first(lives()[2 * number + i], "victim")["given_name"] for i in (0, 1)]
        assert names[0] != names[1]
        numbers = {one["identity_number"], other["identity_number"]} - {None}
        assert len(numbers) == sum(p["identity_number"] is not None for p in (one, other))


def _first(rows: Rows, table: str) -> dict[str, Any]:
    """The first version of the one row of a table."""
    versions = rows[f"history.{table}"] or rows[table]
    return min(versions, key=lambda row: row["recorded_at"])


def test_a_second_entry_is_found_out_and_ended() -> None:
    pairs = [n for n in range(PEOPLE // 2) if bond_of(3, n) is Bond.DUPLICATE]
    assert 0.01 < len(pairs) / (PEOPLE / 2) < 0.035
    entered = [lives()[2 * n + 1]["return_case"][0] for n in pairs]
    ended = [case for case in entered if case["closing_reason"] == "DUPLICATE"]
    assert len(ended) > len(pairs) / 2
    assert {case["state"] for case in ended} == {"CANCELLED"}
    for number in pairs:
        one, other = (_first(lives()[2 * number + i], "victim") for i in (0, 1))
        assert one["id"] != other["id"]
        assert one["birth_date"] == other["birth_date"]
        assert one["family_name"] != other["family_name"]  # in the other script


def test_who_was_trafficked_again_had_a_case_that_was_closed() -> None:
    again = [rows for rows in lives() if len(rows["return_case"]) == 2]
    assert 0.008 < len(again) / PEOPLE < 0.035
    for rows in again:
        first, second = sorted(rows["return_case"], key=lambda case: case["opened_on"])
        assert first["state"] == "CLOSED"
        assert first["closing_reason"] in ("RE_TRAFFICKED", "REINTEGRATED")
        assert first["state_since"].date() < second["opened_on"]
        assert second["state"] not in ("CLOSED", "NOT_A_VICTIM", "ALTERNATIVE", "CANCELLED")
    assert len({tuple(c["host"] for c in rows["return_case"]) for rows in again}) > 2


def test_a_withdrawal_before_the_handover_stops_the_flow() -> None:
    stopped = 0
    for rows in lives():
        handed = {c["id"]: c["handed_over_at"] or END for c in rows["return_case"]}
        for word in rows["consent"]:
            flow = word["purpose"] in ("TRACING", "RETURN") and word["state"] == "WITHDRAWN"
            if not flow or word["recorded_at"] > handed[word["case_id"]]:
                continue
            after = [
                step["state"]
                for step in rows["transition"]
                if step["case_id"] == word["case_id"] and step["at"] > word["recorded_at"]
            ]
            assert not after or after[0] in ("ON_HOLD", "ALTERNATIVE", "CANCELLED")
            stopped += 1
    assert stopped > 20


def test_times_of_recording_follow_each_other() -> None:
    """No version before the one it follows, nothing after the last day, no statement from later."""
    for rows in lives():
        for table in TABLES:
            for row in rows[table]:
                if table != "transition":
                    assert row["recorded_at"] <= END, table
        for table in HISTORY:
            now = {row["id"]: row["recorded_at"] for row in rows[table.removeprefix("history.")]}
            ends: dict[uuid.UUID, dt.datetime] = {}
            for row in rows[table]:
                assert row["recorded_at"] == row["recorded_from"] < row["recorded_to"]
                assert ends.get(row["id"], row["recorded_from"]) == row["recorded_from"]
                ends[row["id"]] = row["recorded_to"]
            assert all(now[identifier] == end for identifier, end in ends.items()), table
        stated = [r["stated_at"] for r in rows["consent"]]
        assert all(r["stated_at"] <= r["recorded_at"] for r in rows["consent"])
        assert len(rows["return_case"]) > 1 or stated == sorted(stated)
