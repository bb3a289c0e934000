"""`saphan pull` against a served registry: the copy is what the connections list, and follows."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from service.pulling.copying import held
from service.pulling.document import Shape
from tests.pull.served import ROOT, RUN, Served, copy_of, report_of

ROOTS = {
    "Victim": "victims",
    "ReturnCase": "returnCases",
    "Agreement": "agreements",
    "BilateralContact": "bilateralContacts",
    "EmergencyOpening": "emergencyOpenings",
}


def listed(served: Served, token: str, kind: str, fields: list[str]) -> dict[str, Any]:
    """Everything of one type by its connection, with the fields that the copy has."""
    registry = served.registry(token)
    shape = Shape.of(registry.schema())
    below = {word: selection for word, _, selection in shape.types[kind]}
    selection = " ".join(f"{name}{below.get(name, '')}" for name in fields)
    found: dict[str, Any] = {}
    cursor = None
    while True:
        answer = registry.ask(
            f"query List($after: String) {{ {ROOTS[kind]}(first: 20, after: $after) {{"
            f" edges {{ node {{ {selection} }} }} pageInfo {{ hasNextPage endCursor }} }} }}",
            after=cursor,
        )
        assert "errors" not in answer
        page = answer["data"][ROOTS[kind]]
        found |= {edge["node"]["id"]: edge["node"] for edge in page["edges"]}
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            registry.close()
            return found


def test_a_snapshot_is_what_the_connections_list(served: Served, tmp_path: Path) -> None:
    token = served.token()
    ran = served.pull(tmp_path, token)
    assert ran.exit_code == 0, ran.output
    copy = copy_of(tmp_path)
    assert {"Victim", "ReturnCase", "Consent", "Transition", "Agreement"} <= set(copy)
    for kind in ROOTS:
        fields = list(next(iter(copy.get(kind, {"": {"id": ""}}).values())))
        assert copy.get(kind, {}) == listed(served, token, kind, fields), kind
    names = {each["familyName"] for each in copy["Victim"].values()}
    assert "Canary of the family" in names
    assert "narrative" not in next(iter(copy["Victim"].values()))
    for part in copy["Consent"].values():
        assert part["returnCase"]["id"] in copy["ReturnCase"]
    assert (tmp_path / "cursor").read_text().strip()
    assert not (tmp_path / "journal.ndjson").exists()
    modes = {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*.ndjson")}
    assert modes == {0}


def test_what_is_withdrawn_is_erased_reported_and_acknowledged(
    served: Served, tmp_path: Path
) -> None:
    token, person = served.token(), served.people[0]
    served.pull(tmp_path, token)
    served.consent(person.case, "TRACING", "WITHDRAWN", "KH")
    ran = served.pull(tmp_path, token, "--format", "json")
    assert json.loads(ran.output)["remaining"] == 0
    copy = copy_of(tmp_path)
    assert copy["Victim"][person.victim]["familyName"] is None
    assert copy["Victim"][person.victim]["gender"] == "Feminine"
    assert "Canary of the family" not in json.dumps(copy["Victim"][person.victim])
    told = [each for each in report_of(tmp_path) if each["id"] == person.victim]
    assert [each["type"] for each in told] == ["Victim"]
    assert {"familyName", "givenName"} <= set(told[0]["fields"])
    assert "gender" not in told[0]["fields"]
    again = served.pull(tmp_path, token, "--format", "json")
    assert json.loads(again.output)["withdrawals"] == 0
    served.consent(person.case, "NOTIFICATION", "REFUSED", "KH")
    served.pull(tmp_path, token)
    left = json.dumps(copy_of(tmp_path))
    assert person.victim not in left
    assert person.case not in left
    fresh = tmp_path / "fresh"
    served.pull(fresh, token)
    assert copy_of(fresh) == copy_of(tmp_path)


def test_a_killed_pull_is_completed_by_the_next(served: Served, tmp_path: Path) -> None:
    token = served.token()
    for pause in (0.7, 1.1):
        process = subprocess.Popen(
            [*RUN, "pull", "--out", str(tmp_path)],
            cwd=ROOT,
            env=served.environment(SAPHAN_TOKEN=token),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    ran = served.pull(tmp_path, token)
    assert ran.exit_code == 0, ran.output
    fresh = tmp_path / "fresh"
    served.pull(fresh, token)
    assert copy_of(tmp_path) == copy_of(fresh)


def test_a_journal_is_gone_on_with_and_a_torn_page_is_dropped(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = served.token()
    monkeypatch.setattr("service.pulling.pulling.PAGES", (7,))
    asked: list[object] = []
    registry = served.registry(token)
    real = type(registry).ask

    def cut(self: Any, query: str, **variables: object) -> dict[str, Any]:
        asked.append(variables.get("after"))
        if len(asked) == 6:
            raise KeyboardInterrupt
        return real(self, query, **variables)

    with monkeypatch.context() as patched:
        patched.setattr(type(registry), "ask", cut)
        assert served.pull(tmp_path, token).exit_code != 0
    journal = tmp_path / "journal.ndjson"
    with journal.open("ab") as file:
        file.write(b'{"type":"Victim","id":"torn')
    begun = asked[-1]
    asked.clear()

    def heard(self: Any, query: str, **variables: object) -> dict[str, Any]:
        asked.append(variables.get("after"))
        return real(self, query, **variables)

    monkeypatch.setattr(type(registry), "ask", heard)
    assert served.pull(tmp_path, token).exit_code == 0
    assert asked[1] == begun
    fresh = tmp_path / "fresh"
    served.pull(fresh, token)
    assert copy_of(tmp_path) == copy_of(fresh)


def test_starting_over_says_what_is_gone(served: Served, tmp_path: Path) -> None:
    token = served.token()
    served.pull(tmp_path, token)
    path = tmp_path / "records" / "Victim.ndjson"
    stranger = {"id": "ffffffff-ffff-4fff-bfff-ffffffffffff", "familyName": "Nobody"}
    path.write_text(path.read_text() + json.dumps(stranger) + "\n")
    assert served.pull(tmp_path, token, "--start-over").exit_code == 0
    assert stranger["id"] not in copy_of(tmp_path)["Victim"]
    assert [each["fields"] for each in report_of(tmp_path)] == [["id", "familyName"]]


def test_every_end_has_its_exit_code(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = served.token()
    assert served.pull(tmp_path / "a", "x.y.z").exit_code == 1
    assert served.pull(tmp_path / "a", token, "--since", "x").exit_code == 1
    assert served.pull(tmp_path / "a", token, "--since", "x", "--start-over").exit_code == 2
    assert served.pull(tmp_path / "a", token, "--purpose", "RETURN").exit_code == 1
    assert served.pull(tmp_path / "b", token, "--url", "http://registry.example").exit_code == 2
    monkeypatch.setattr("service.pulling.asking.ATTEMPTS", 1)
    assert served.pull(tmp_path / "b", token, "--url", "http://127.0.0.1:9").exit_code == 1
    with held(tmp_path / "c"):
        ran = served.pull(tmp_path / "c", token)
    assert ran.exit_code == 3
    assert "another pull" in ran.output
    assert served.pull(tmp_path / "c", token, "--purpose", "TRACING").exit_code == 0
    two = served.token("KH-MOSVY", "FOCAL_POINT", "--purpose", "TRACING", "--purpose", "RETURN")
    ran = served.pull(tmp_path / "c", two, "--purpose", "RETURN")
    assert ran.exit_code == 1
    assert "another purpose" in ran.output
