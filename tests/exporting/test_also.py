"""Tables and events beside the records: complete, harmless, and what a SIEM expects."""

from __future__ import annotations

import csv
import datetime as dt
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from service.ledger.exporting.flattening import COLUMNS
from service.ledger.exporting.tables import cell_of
from tests.exporting.exports import Ground, lines_of
from tests.refusals.facts import VALUES
from tests.tracing.house import AUDITORS, HOLDER, LIST, PHNOM_PENH, VIENTIANE

FORMULA = '=HYPERLINK("http://evil.test.example","click")'


@pytest.fixture(scope="module")
def exported(shared_ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What KH may read of three countries at work, with a caller whose name is a formula."""
    ground, house = shared_ground, shared_ground.house
    folder = tmp_path_factory.mktemp("export") / "e"
    ground.fill(3)
    for who in (HOLDER, PHNOM_PENH, VIENTIANE, replace(HOLDER, subject=FORMULA)):
        house.desk(who, house.cambodian.case)
        house.ask(who, LIST)
        house.ask(who, "{ victims { edges { node { id narrative } } } }")
        house.ask(who, "{ victims(filter: {narrative: {isNull: true}}) { edges { node { id } } } }")
        house.ask(who, '{ victims(filter: {homeProvince: {eq: "X"}}) { edges { node { id } } } }')
    ground.place()
    ground.erase(len(ground.leaves()) - 1)
    ground.export(AUDITORS["KH"], folder, also=("csv", "parquet", "ocsf"), lines=40)
    return folder


def records(folder: Path) -> list[tuple[int, dict[str, Any]]]:
    found = [(index, json.loads(line)) for index, line in enumerate(lines_of(folder))]
    return [(index, record) for index, record in found if "kind" in record]


def csv_rows(folder: Path) -> list[dict[str, str]]:
    rows = []
    for file in sorted((folder / "csv").iterdir()):
        raw = file.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        rows += list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    return rows


def test_one_line_for_each_record_shown_and_field(exported: Path) -> None:
    assert {f.stem for f in (exported / "csv").iterdir()} == {
        f.stem for f in (exported / "records").iterdir()
    }
    rows = csv_rows(exported)
    shown = [
        (str(index), record["id"], entry["clause"], identifier, name)
        for index, record in records(exported)
        for entry in record["disclosures"]
        for identifier in entry["records"]
        for name in entry["fields"]
    ]
    assert len(shown) > 20
    keys = ("leaf_index", "access_record", "clause", "record", "field")
    assert [tuple(r[k] for k in keys) for r in rows if r["field"]] == shown
    # what showed nothing is one line: refusals, searches, acts
    others = [str(i) for i, record in records(exported) if not record["disclosures"]]
    assert [r["leaf_index"] for r in rows if not r["field"]] == others
    assert any(r["outcome"] == "REFUSED" and "Victim.narrative:" in r["refused"] for r in rows)
    assert any(r["searched"] == "Victim.homeProvince" for r in rows)
    assert any(r["kind"] == "POLICY" and "RATIFIED" in r["act"] for r in rows)
    by_index = dict(records(exported))
    for row in rows:
        record = by_index[int(row["leaf_index"])]
        assert row["at"] == record["at"]
        assert (row["agency"], row["purpose"], row["trace"], row["pair"]) == (
            record["caller"]["agency"],
            record["purpose"],
            record["trace"],
            record["pair"],
        )


def test_x01_no_cell_is_a_formula(exported: Path) -> None:
    subjects = {row["subject"] for row in csv_rows(exported)}
    assert f"'{FORMULA}" in subjects
    for file in (exported / "csv").iterdir():
        for line in csv.reader(file.read_text("utf-8-sig").splitlines()):
            for cell in line:
                assert not cell.lstrip(" '\"").startswith(("=", "+", "-", "@")) or cell[0] == "'"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("  =1", "'  =1"),
        ('"=1', "'\"=1"),
        ("'=1", "''=1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\u200b=1", "'\u200b=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1", "a;'=1"),
        ('a,"=1', "a,'\"=1"),
        ("a|-1", "a|'-1"),
        ("%0A", "'%0A"),
        ("TH-KH-2014@3#art. 9(2)", "TH-KH-2014@3#art. 9(2)"),
        ("សុខ", "សុខ"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_a_cell_is_text(text: str, cell: str) -> None:
    assert cell_of(text) == cell


@given(st.text(alphabet=st.sampled_from(" \t\r\n'\"=+-@|;,a\u00a0\ufeff\uff1d"), max_size=8))
def test_no_text_becomes_a_formula(text: str) -> None:
    cell = cell_of(text)
    bare = cell.replace("'", "") if cell.startswith("'") else cell
    assert bare == text.replace("'", "") or cell.replace("'", "") == text.replace("'", "")
    parts = [cell]
    for mark in ";,\t\r\n|":
        parts = [piece for part in parts for piece in part.split(mark)]
    for part in [cell, *parts]:
        begins = part.strip(' "\u00a0\ufeff')
        assert not begins.startswith(("=", "+", "-", "@", "\uff1d")), (text, cell)


def test_parquet_holds_the_same_rows_as_they_are(exported: Path) -> None:
    rows: list[dict[str, Any]] = []
    for file in sorted((exported / "parquet").iterdir()):
        table = pq.read_table(file)
        assert tuple(table.column_names) == COLUMNS
        rows += table.to_pylist()
    assert [{name: cell_of(value) for name, value in row.items()} for row in rows] == csv_rows(
        exported
    )
    assert {type(row["leaf_index"]) for row in rows} == {int}
    assert all(row["at"].utcoffset() == dt.timedelta(0) for row in rows)
    assert FORMULA in {row["subject"] for row in rows}


def events(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for file in sorted((folder / "ocsf").iterdir())
        for line in file.read_text().splitlines()
    ]


@pytest.mark.parametrize("version", ["1.3.0", "1.8.0"])
def test_events_are_what_the_schema_says(exported: Path, version: str) -> None:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=version))
    name = schema.lookup_class_name_from_uid(class_uid=6003)
    validator = jsonschema.Draft202012Validator(schema.get_class_schema(class_name=name))
    for event in events(exported):
        wrong = [f"{e.json_path}: {e.message}" for e in validator.iter_errors(event)]
        assert not wrong
    broken = {**events(exported)[0], "class_uid": 6004}
    assert list(validator.iter_errors(broken))


def test_events_say_who_read_what_and_hold_no_value(exported: Path) -> None:
    found = {event["metadata"]["sequence"]: event for event in events(exported)}
    held = records(exported)
    assert sorted(found) == [index for index, _ in held]
    assert len({event["metadata"]["uid"] for event in found.values()}) == len(found)
    for index, record in held:
        event = found[index]
        reads = record["kind"] in ("ACCESS", "EXPORT")
        assert (event["class_uid"], event["activity_id"]) == (6003, 2 if reads else 99)
        assert event["status"] == ("Success" if record["outcome"] == "DISCLOSED" else "Failure")
        assert event["actor"]["user"]["uid"] == record["caller"]["subject"]
        at = dt.datetime.fromtimestamp(event["time"] / 1000, dt.UTC)
        assert abs(at - dt.datetime.fromisoformat(record["at"])) < dt.timedelta(milliseconds=2)
        shown = {
            (identifier, name)
            for entry in record["disclosures"]
            for identifier in entry["records"]
            for name in entry["fields"]
        }
        told = {(r["uid"], name) for r in event["resources"] for name in r.get("labels", ())}
        assert told == shown
    text = "".join(file.read_text() for file in (exported / "ocsf").iterdir())
    for value in VALUES.values():
        if isinstance(value, str) and len(value) > 6:
            assert value not in text
    assert any(event["status_detail"] for event in found.values() if "status_detail" in event)


def test_what_was_asked_for_once_is_kept_up_and_can_be_added(
    ground: Ground, tmp_path: Path
) -> None:
    ground.fill(20)
    folder = tmp_path / "e"
    ground.export(AUDITORS["TH"], folder, also=("csv",))
    ground.fill(20)
    ground.export(AUDITORS["TH"], folder, also=("ocsf",))
    assert len(events(folder)) == sum(b'"withheld":true' not in line for line in lines_of(folder))
    assert {int(r["leaf_index"]) for r in csv_rows(folder)} == {
        event["metadata"]["sequence"] for event in events(folder)
    }


def test_without_the_extra_parquet_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from service.ledger.exporting import also\n"
        "also.require(('csv', 'ocsf'))\n"
        "also.require(('parquet',))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert "pip install saphan[audit]" in ran.stderr
