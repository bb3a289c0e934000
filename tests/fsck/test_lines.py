"""A07: exact bytes. Other spellings, keys twice, nodes for leaves; erased and withheld lines."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.acts import Act, Actor, act_line
from ledger.fsck import Kind, Report, fsck
from ledger.fsck.envelope import RECORD, is_utf8, why_not
from ledger.hashing import leaf_hash, node_hash
from ledger.ids import uuid7
from tests.fsck.making import (
    LOG,
    Export,
    act,
    envelope,
    erased,
    export_of,
    line_of,
    note,
    part_of,
    plain,
    record,
    tiles_over,
    uuid_of,
    withheld,
)

HERE = 5
"""The leaf that is played with."""


def given_as(line: bytes, folder: Path, size: int = 20) -> Report:
    """An export whose leaf `HERE` is given as another line than the log signed."""
    export = export_of(plain(size), [3])
    export.lines[HERE] = line
    return fsck(export.write(folder), LOG.verifier)


def signed(line: bytes, folder: Path, size: int = 20) -> Report:
    """An export in which the log signed this very line."""
    lines = list(plain(size))
    lines[HERE] = line
    return fsck(export_of(lines, [3]).write(folder), LOG.verifier)


def spellings() -> dict[str, bytes]:
    members = envelope(HERE)
    line = record(HERE)
    assert b'"unit":""' in line
    return {
        "blanks": json.dumps(members, sort_keys=True, ensure_ascii=False).encode(),
        "keys in another order": orjson.dumps(dict(reversed(members.items()))),
        "an escape that need not be": line.replace(b"KH-MOSVY", b"KH\\u002dMOSVY"),
        "an escaped slash": line.replace(b"https://", b"https:\\/\\/"),
        "a key twice, equal": line.replace(b'"v":1', b'"v":1,"v":1'),
        "a key twice, the first another": line.replace(b'"v":1', b'"v":2,"v":1'),
        "a key twice within": line.replace(b'"unit":""', b'"unit":"x","unit":""'),
        "a number with a point": line.replace(b'"v":1', b'"v":1.0'),
        "a number with an exponent": line.replace(b'"count":5', b'"count":5e0'),
        "a blank behind": line + b" ",
        "a carriage return behind": line + b"\r",
        "a byte order mark": b"\xef\xbb\xbf" + line,
        "a control character as it is": line.replace(b"KH-MOSVY", b"KH\x01MOSVY"),
        "a long escape": line.replace(b"\\b", b"\\u0008"),
        "upper-case hex": line.replace(b"KH-MOSVY", b"\\u001F"),
        "a surrogate escaped": line.replace(b"KH-MOSVY", b"\\ud800"),
        "not UTF-8": line.replace(b"KH-MOSVY", b"KH\xffMOSVY"),
        "overlong UTF-8": line.replace(b"KH-MOSVY", b"KH\xc0\xadMOSVY"),
        "a surrogate in UTF-8": line.replace(b"KH-MOSVY", b"KH\xed\xa0\x80"),
        "an unknown member": line.replace(b'"v":1,', b'"v":1,"w":1,'),
        "a member less": line.replace(b'"trace":"",', b""),
        "another version": line.replace(b'"v":1', b'"v":2'),
        "a version that is true": line.replace(b'"v":1', b'"v":true'),
        "another kind": line.replace(b'"ACCESS"', b'"OTHER"'),
        "another outcome": line.replace(b'"DISCLOSED"', b'"SHOWN"'),
        "a pair that is not sorted": re.sub(rb'"pair":"[^"]*"', b'"pair":"TH-KH"', line),
        "a pair of three": re.sub(rb'"pair":"[^"]*"', b'"pair":"KH-LA-TH"', line),
        "a pair of one country twice": re.sub(rb'"pair":"[^"]*"', b'"pair":"KH-KH"', line),
        "a short salt": re.sub(rb'"salt":"[^"]*"', b'"salt":"AAAA"', line),
        "an array": b"[" + line + b"]",
        "nothing": b"",
        "no JSON": b"x",
        "null": b"null",
        "very deep": b"[" * 5000,
        "deep JSON": b"[" * 900 + b"]" * 900,
        "a number too long": b"1" * 6000,
    }


@pytest.mark.parametrize("name", spellings())
def test_another_spelling_is_found_whether_the_log_signed_it_or_not(
    name: str, tmp_path: Path
) -> None:
    line = spellings()[name]
    assert line != record(HERE)
    report = given_as(line, tmp_path / "given")
    assert report.counts == {Kind.CHANGED: 1}, report
    assert report.problems[0].index == HERE
    report = signed(line, tmp_path / "signed")
    assert report.counts == {Kind.FORM: 1}, report
    problem = report.problems[0]
    assert (problem.index, problem.line) == (HERE, HERE + 1)
    assert problem.path == "records/000000000000.ndjson"
    assert "signed and" in problem.text
    assert "\n" not in problem.text


def test_reasons_are_told_apart() -> None:
    lines = spellings()
    assert why_not(lines["a key twice, equal"]) == "has a key twice"
    assert why_not(lines["a key twice within"]) == "has a key twice"
    assert why_not(lines["blanks"]) == "is another spelling than canonical JSON"
    assert why_not(lines["keys in another order"]) == "is another spelling than canonical JSON"
    assert why_not(lines["not UTF-8"]) == "is not UTF-8"
    assert why_not(lines["no JSON"]) == "is not JSON"
    assert why_not(lines["another version"]) == "has no `v` that is known here"
    assert why_not(lines["a version that is true"]) == "has no `v` that is known here"
    assert why_not(lines["a number with a point"]) == "has no `v` that is known here"
    assert why_not(lines["another kind"]) == "has no `kind` that is known here"
    assert why_not(lines["a pair of three"]) == "has no `pair` that is known here"
    assert why_not(lines["a pair that is not sorted"]) == "has a `pair` that is not sorted"
    assert why_not(lines["an unknown member"]) == "has other members than a record"


ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)


@settings(max_examples=150, deadline=None)
@given(ANY_TEXT, ANY_TEXT, st.lists(ANY_TEXT, max_size=3), st.integers(0, 10**15 - 1))
def test_the_expression_takes_what_canonical_json_writes(
    text: str, other: str, texts: list[str], count: int
) -> None:
    members = envelope(
        4,
        purpose=text,
        trace=other,
        searched=texts,
        withheld=[{"count": count, "field": text, "reason": other}],
        protocols=texts,
    )
    line = rfc8785.dumps(cast("Any", members))
    assert line == line_of(members) == orjson.dumps(members, option=orjson.OPT_SORT_KEYS)
    found = RECORD.fullmatch(line)
    assert found is not None
    assert found.groups() == (uuid_of(4).encode(), None, b"KH")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 500), st.data())
def test_what_the_expression_takes_is_canonical(number: int, data: st.DataObject) -> None:
    """Bytes are cut out, put in, replaced: what still passes is what RFC 8785 would write."""
    line = record(number)
    at = data.draw(st.integers(0, len(line) - 1))
    to = data.draw(st.integers(at, min(at + 3, len(line))))
    new = data.draw(st.sampled_from([b"", b'"', b",", b"\\", b"\\u0001", b"0", b" ", b"x", b"{}"]))
    line = line[:at] + new + line[to:]
    if RECORD.fullmatch(line) is not None and is_utf8(line):
        assert rfc8785.dumps(json.loads(line)) == line


def test_what_the_registry_writes_is_of_the_known_form(tmp_path: Path) -> None:
    import datetime as dt

    actor = Actor("TH-MFA", "TH", ("AGREEMENT_STEWARD",), "นาย ก", cases=("b", "a"))
    made = Act(
        uuid7(), "POLICY", dt.datetime.now(dt.UTC), actor, "TH-KH-2014@3", "", "PROPOSED", "0" * 64,
        "KH-TH",
    )  # fmt: skip
    assert signed(act_line(made), tmp_path).clean


def test_a_node_given_as_a_leaf_is_found(tmp_path: Path) -> None:
    """Two leaves folded into one whose bytes, or whose hash, are their node's."""
    lines = list(plain(8))
    hashes = [leaf_hash(line) for line in lines]
    node = node_hash(hashes[0], hashes[1])
    as_bytes = hashes[0] + hashes[1]
    for number, folded in enumerate((as_bytes, b"\x01" + as_bytes)):
        export = export_of(lines)
        export.lines[:2] = [folded.replace(b"\n", b"")]
        report = fsck(export.write(tmp_path / str(number)), LOG.verifier)
        assert set(report.counts) == {Kind.CHANGED, Kind.DROPPED}
        assert (report.problems[0].kind, report.problems[0].index) == (Kind.CHANGED, 0)
    # the tree of the four nodes has the root of the tree of the eight leaves, and another size
    nodes = [node_hash(*hashes[at : at + 2]) for at in range(0, 8, 2)]
    bare = [
        line_of({"leafHash": base64.b64encode(one).decode(), "withheld": True}) for one in nodes
    ]
    forged = Export(bare, {8: note(8, hashes)}, tiles_over(nodes))
    assert not fsck(forged.write(tmp_path / "nodes"), LOG.verifier).clean
    mixed = export_of(lines)
    mixed.lines[0] = line_of({"leafHash": base64.b64encode(node).decode(), "withheld": True})
    report = fsck(mixed.write(tmp_path / "mixed"), LOG.verifier)
    assert report.counts == {Kind.CHANGED: 1}


def with_acts(size: int, acts: dict[int, bytes], gone: dict[int, str]) -> Export:
    """Lines of which some are acts and some erased by one."""
    lines = list(plain(size))
    for index, line in acts.items():
        lines[index] = line
    export = export_of(lines, [10])
    for index, by in gone.items():
        export.lines[index] = erased(lines[index], by)
    return export


def test_erased_lines_are_counted_and_their_act_is_looked_for(tmp_path: Path) -> None:
    export = with_acts(700, {600: act(600)}, {3: uuid_of(600), 4: uuid_of(600)})
    report = fsck(export.write(tmp_path), LOG.verifier)
    assert report.clean
    assert (report.erased, report.withheld, report.acts_elsewhere) == (2, 0, 0)
    plainly = {600: act(600, "", "ERASED")}
    export = with_acts(700, plainly, {3: uuid_of(600), 4: uuid_of(600)})
    assert fsck(export.write(tmp_path / "plainly"), LOG.verifier).clean


@pytest.mark.parametrize(
    ("acts", "by"),
    [
        ({}, 601),
        ({600: record(600)}, 600),
        ({600: record(600, kind="CONSENT")}, 600),
        ({2: act(2)}, 2),
        ({600: act(600, "PROPOSED", "RATIFIED KH")}, 600),
        ({600: act(600, after="ERASED 1")}, 600),
        ({600: act(600, before="KEPT 31-500")}, 600),
        ({600: act(600, before="KEPT 0-39")}, 600),
    ],
    ids=[
        "not there",
        "an access",
        "another kind",
        "before what it erased",
        "another act",
        "an act on fewer",
        "an act on later ones",
        "an act on earlier ones",
    ],
)
def test_an_erased_line_without_its_act_is_named(
    acts: dict[int, bytes], by: int, tmp_path: Path
) -> None:
    export = with_acts(700, acts, {30: uuid_of(by), 40: uuid_of(by)})
    report = fsck(export.write(tmp_path), LOG.verifier)
    assert report.counts == {Kind.ACT: 1}
    problem = report.problems[0]
    assert (problem.index, problem.line) == (30, 31)
    assert uuid_of(by) in problem.text


def test_an_act_that_may_stand_unseen_is_no_problem(tmp_path: Path) -> None:
    missing = with_acts(700, {}, {30: uuid_of(9000)})
    foreign = with_acts(700, {}, {30: uuid_of(9000)})
    foreign.lines[650] = withheld(foreign.lines[650])
    report = fsck(foreign.write(tmp_path / "foreign"), LOG.verifier)
    assert report.clean
    assert (report.withheld, report.acts_elsewhere) == (1, 1)
    report = fsck(part_of(missing, 0, 600, 700).write(tmp_path / "early"), LOG.verifier)
    assert report.clean
    assert (report.erased, report.acts_elsewhere) == (1, 1)
    # an act stands behind what it erased: a leaf that is withheld before hides nothing
    before = with_acts(700, {}, {30: uuid_of(9000)})
    before.lines[29] = withheld(before.lines[29])
    report = fsck(before.write(tmp_path / "before"), LOG.verifier)
    assert report.counts == {Kind.ACT: 1}
    # a part that goes to the end has no excuse either
    report = fsck(part_of(missing, 20, 700, 700).write(tmp_path / "late"), LOG.verifier)
    assert report.counts == {Kind.ACT: 1}


def test_an_erased_or_withheld_line_of_another_leaf_is_found(tmp_path: Path) -> None:
    for number, line in enumerate(
        (erased(record(1, 9), uuid_of(1)), withheld(record(1, 9)), withheld(record(HERE + 1)))
    ):
        report = given_as(line, tmp_path / str(number))
        assert report.counts == {Kind.CHANGED: 1}, report
        assert report.problems[0].index == HERE
    report = given_as(withheld(record(HERE)), tmp_path / "right")
    assert report.clean
    assert report.withheld == 1


def test_a_bare_hash_is_a_record_that_the_ledger_lost(tmp_path: Path) -> None:
    bare = line_of({"leafHash": base64.b64encode(leaf_hash(record(HERE))).decode()})
    report = given_as(bare, tmp_path)
    assert report.counts == {Kind.DROPPED: 1}
    assert report.problems[0].index == HERE


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"true", b"false"), (b"=", b""), (b":", b": "), (b"}", b"} "), (b"true}", b'true,"x":1}')],
)
def test_a_withheld_line_of_another_form_is_found(old: bytes, new: bytes, tmp_path: Path) -> None:
    report = given_as(withheld(record(HERE)).replace(old, new), tmp_path)
    assert report.counts == {Kind.CHANGED: 1}
