"""Whatever was erased and acknowledged stands in the report, whichever way the run went."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.pulling.copying import Copy
from tests.pull.cutting import DEAD, cut_off, let_journal_die
from tests.pull.served import Served, copy_of, report_of


def of(out: Path, record: str) -> list[list[str]]:
    return [each["fields"] for each in report_of(out) if each["id"] == record]


def look(served: Served, token: str) -> None:
    """The registry brings this puller's feed up to date, and the puller is told nothing."""
    registry = served.registry(token)
    registry.ask("{ changes(first: 0) { pageInfo { endCursor } } }")
    registry.close()


def test_a_record_that_came_again_after_its_withdrawal_was_not_reported(
    served: Served, tmp_path: Path
) -> None:
    """LOOK_AGAIN in the same run forgot that values had been withdrawn before it."""
    token, person = served.token(), served.people[1]
    served.pull(tmp_path, token)
    served.consent(person.case, "TRACING", "WITHDRAWN", "KH")
    look(served, token)
    served.owner.execute(
        "update registry.victim set gender = 'Masculine' where id = %s", (person.victim,)
    )
    look(served, token)
    ran = served.pull(tmp_path, token, "--format", "json")
    assert json.loads(ran.output)["remaining"] == 0
    record = copy_of(tmp_path)["Victim"][person.victim]
    assert (record["gender"], record["familyName"]) == ("Masculine", None)
    (fields,) = of(tmp_path, person.victim)
    assert {"familyName", "givenName"} <= set(fields)
    assert "gender" not in fields


def test_starting_over_reported_only_whole_records(served: Served, tmp_path: Path) -> None:
    token, person = served.token(), served.people[2]
    served.pull(tmp_path, token)
    held = copy_of(tmp_path)["Victim"][person.victim]
    served.consent(person.case, "TRACING", "WITHDRAWN", "KH")
    assert served.pull(tmp_path, token, "--start-over").exit_code == 0
    record = copy_of(tmp_path)["Victim"][person.victim]
    (fields,) = of(tmp_path, person.victim)
    nothing: tuple[object, ...] = (None, [])
    assert fields == [
        name for name, value in held.items() if value not in nothing and record[name] in nothing
    ]
    assert "familyName" in fields


def test_starting_over_went_on_with_a_journal_whose_cursor_is_dead(
    served: Served, tmp_path: Path
) -> None:
    token = served.token()
    served.pull(tmp_path, token)
    cut_off(served, tmp_path, token, "--start-over")
    let_journal_die(tmp_path)
    (tmp_path / "cursor").write_text(DEAD)
    ran = served.pull(tmp_path, token, "--start-over")
    assert ran.exit_code == 0, ran.output
    (tmp_path / "cursor").write_text(DEAD)
    ran = served.pull(tmp_path, token)
    assert (ran.exit_code, "--start-over" in ran.output) == (1, True)
    served.pull(tmp_path / "fresh", token)
    assert copy_of(tmp_path) == copy_of(tmp_path / "fresh")


def test_a_first_pull_whose_cursor_died_was_a_trap(served: Served, tmp_path: Path) -> None:
    token = served.token()
    cut_off(served, tmp_path, token)
    let_journal_die(tmp_path)
    ran = served.pull(tmp_path, token)
    assert (ran.exit_code, "--start-over" in ran.output) == (1, True)
    assert served.pull(tmp_path, token, "--start-over").exit_code == 0
    assert served.pull(tmp_path, token).exit_code == 0


def test_what_a_thrown_away_journal_told_is_still_owed(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The withdrawal came to a run that was killed; then the run began anew."""
    token, person = served.token(), served.people[4]
    served.consent(person.case, "TRACING", "GIVEN", "KH")
    served.pull(tmp_path, token)
    served.consent(person.case, "TRACING", "WITHDRAWN", "KH")

    def killed(_copy: Copy, _kind: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Copy, "written", killed)
        assert served.pull(tmp_path, token).exit_code != 0
    assert '"erased":["' in (tmp_path / "journal.ndjson").read_text()
    cut_off(served, tmp_path, token, "--start-over", after=2)
    lines = (tmp_path / "journal.ndjson").read_text().splitlines()
    owed = [json.loads(line) for line in lines if '"owed"' in line]
    assert "familyName" in next(each["owed"] for each in owed if each["id"] == person.victim)
    assert served.pull(tmp_path, token, "--start-over").exit_code == 0
    (fields,) = of(tmp_path, person.victim)
    assert "familyName" in fields


def test_files_that_a_killed_run_had_replaced_are_not_taken_for_damaged(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, person = served.token(), served.people[5]
    served.pull(tmp_path, token)
    served.consent(person.case, "TRACING", "WITHDRAWN", "KH")
    real = Copy.put

    def killed(self: Copy, name: str, content: bytes) -> None:
        if name == "state.json":
            raise KeyboardInterrupt
        real(self, name, content)

    with monkeypatch.context() as patched:
        patched.setattr(Copy, "put", killed)
        assert served.pull(tmp_path, token).exit_code != 0
    assert of(tmp_path, person.victim)
    cut_off(served, tmp_path, token, "--start-over")
    ran = served.pull(tmp_path, token)
    assert ran.exit_code == 0, ran.output
    served.pull(tmp_path / "fresh", token)
    assert copy_of(tmp_path) == copy_of(tmp_path / "fresh")
