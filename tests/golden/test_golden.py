"""Each golden case: its plan, statement, answer and record by the letter, then every door.

`make regold` writes the files anew; it is refused where CI is set.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from resolvers.plan import IdOut, RowNode, ValueOut
from tests.compiler.registry import Registry
from tests.golden.cases import Asking, Case, case_folders
from tests.golden.doors import fields_of, nodes_in, through_every_door
from tests.golden.people import EVERYBODY
from tests.golden.sqltext import folded, same_but_for_blanks

_PRODUCED = ("plan.txt", "statement.sql", "response.json", "record.json")
folders = pytest.mark.parametrize("folder", case_folders(), ids=lambda folder: folder.name)


@folders
def test_the_case_is_as_it_was(
    folder: Path, golden_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    produced, _ = asyncio.run(_produce(folder, golden_registry, monkeypatch))
    if os.environ.get("REGOLD"):
        assert not os.environ.get("CI"), "golden cases are not rewritten where CI is set"
        for name in _PRODUCED:
            (folder / name).unlink(missing_ok=True)
        for name, text in produced.items():
            (folder / name).write_text(text, encoding="utf-8")
        return
    kept = {
        name: (folder / name).read_text(encoding="utf-8")
        for name in _PRODUCED
        if (folder / name).exists()
    }
    assert produced == kept


async def _produce(
    folder: Path, registry: Registry, patch: pytest.MonkeyPatch
) -> tuple[dict[str, str], Any]:
    asking = await Asking.start(registry, Case.of(folder), patch)
    try:
        return await asking.produce()
    finally:
        await asking.engine.stop()


@folders
def test_every_door_shows_the_same(
    folder: Path, golden_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(_compare(folder, golden_registry, monkeypatch))


async def _compare(folder: Path, registry: Registry, patch: pytest.MonkeyPatch) -> None:
    case = Case.of(folder)
    asking = await Asking.start(registry, case, patch)
    try:
        narrowed = case.narrowed(asking.policy)
        _, answer = await asking.produce()
        in_answer = list(nodes_in(narrowed.plan, answer["data"] or {}))
        for entity, fields in fields_of(narrowed.plan).items():
            shown = {id_of(row, value) for row, value in in_answer if row.entity.name == entity}
            ids = sorted({*filter(None, shown), *_ids(entity)})
            doors = await through_every_door(asking, entity, fields, ids)
            node = doors.pop("node")
            for door, found in doors.items():
                assert found == {each: node[each] for each in found}, (entity, door)
            for row, value in in_answer:
                identifier = id_of(row, value)
                if row.entity.name == entity and identifier:
                    names, alone = _plain(row), node[identifier]
                    assert alone is not None
                    assert {n: value[k] for n, k in names.items()} == {n: alone[n] for n in names}
    finally:
        await asking.engine.stop()


def id_of(row: RowNode, value: dict[str, Any]) -> str | None:
    """The record's id, under whatever key it was asked."""
    key = next((out.key for out in row.outputs if isinstance(out, IdOut)), None)
    return value[key] if key else None


def _plain(row: RowNode) -> dict[str, str]:
    outs = [out for out in row.outputs if isinstance(out, ValueOut) and not out.selection]
    return {out.source.name: out.key for out in outs}


def _ids(entity: str) -> set[str]:
    if entity == "Victim":
        return {each.victim for each in EVERYBODY}
    return {each.case for each in EVERYBODY} if entity == "ReturnCase" else set()


def test_regold_is_refused_where_ci_is_set() -> None:
    makefile = Path(__file__).resolve().parents[2] / "Makefile"
    rule = makefile.read_text(encoding="utf-8").split("\nregold:")[1].split("\n\n")[0]
    assert 'if [ -n "$$CI" ]' in rule
    assert "exit 1" in rule


def test_folding_a_statement_changes_blanks_alone() -> None:
    sql = "with a as materialized (select x.y, 'it''s from (here' from x where (y = 1)) select 1"
    assert folded(sql) != sql
    assert same_but_for_blanks(folded(sql), sql)
    assert "'it''s from (here'" in folded(sql)
