"""Whatever stands in a cell or in a file: a draft, a fault or a refusal, never another end."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.codes import ExploitationType, Gender
from service.htcds import archive
from service.htcds.columns import APPENDED, TEMPLATE
from service.htcds.drafts import RowDraft
from service.htcds.faults import WorkbookRefused
from service.htcds.importing import Options, import_rows
from service.htcds.rows import read_row
from service.htcds.sheet import read_sheet
from service.htcds.store import Connection
from tests.htcds.books import IN_THAILAND, PLAIN, SOKHA, caller, members, packed, sheet_of

TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="กขสມຄសุខា\u200b -;.'0123456789๐໐០+@=พ.ศ.B.E.", max_size=30),
    st.sampled_from(["KH", "LA", "TH; KH", "khm", "+85512345678", "2543-05-31", "1998", "TRUE"]),
    st.sampled_from([*ExploitationType, *Gender]).map(str),
)
CELLS = st.one_of(
    TEXTS,
    st.integers(-(10**18), 10**18),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)
NAMES = st.sampled_from([*TEMPLATE, *sorted(APPENDED)])
KNOWN = {*TEMPLATE.values(), *APPENDED, ""}
# Columns that take any text: what they let through goes to the registry as it is.
FREE = st.sampled_from(
    [
        "First Name",
        "Second Name",
        "Case Owner",
        "Location of Exploitation",
        "Referring Organisation",
        "Incoming Referral Details",
        "saphan_Alias",
        "prs_MiddleName",
        "prs_IdentityNumber",
        "hte_Description",
        "per_RoleDetails",
    ]
)
FREE_ROWS = st.dictionaries(FREE, TEXTS, max_size=6)
ROWS = st.dictionaries(NAMES, CELLS, max_size=12)


@given(ROWS, st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_cells_make_a_draft_or_faults(row: dict[str, object], sound: bool) -> None:
    sheet = sheet_of({**SOKHA, **row} if sound else row)
    result = read_row(sheet, 2, IN_THAILAND)
    if isinstance(result, RowDraft):
        assert result.victim.nationalities == (result.case.origin,)
        assert result.case.origin != result.case.host
        assert result.victim.birth_date is None or result.victim.birth_date <= IN_THAILAND.today
        assert "\ue000" not in repr(result)
        assert "\\x00" not in repr(result)
    else:
        assert result
        for fault in result:
            assert fault.row == 3
            assert fault.reason
            assert fault.name in KNOWN


@given(st.lists(st.one_of(ROWS, FREE_ROWS), min_size=3, max_size=8))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_reads_as_a_draft_is_taken_by_the_registry(
    registry: Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[dict[str, object]],
) -> None:
    sheet = sheet_of(*({**SOKHA, **row} for row in rows))
    monkeypatch.setattr("service.htcds.importing.read_sheet", lambda _: sheet)
    report = import_rows(registry, caller(), tmp_path / "a.xlsx", Options(dry_run=True))
    for outcome in report.rows:
        for fault in outcome.faults:
            assert "the registry's rule" not in fault.reason
            assert fault.reason != "a value is not taken"


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bytes_are_read_or_refused(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    genuine = PLAIN.read_bytes()
    path = tmp_path / "flipped.xlsx"
    for _ in range(40):
        content = bytearray(genuine)
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        path.write_bytes(content)
        with contextlib.suppress(WorkbookRefused):
            assert read_sheet(path).filled() == []


@pytest.mark.parametrize("seed", range(4))
def test_cut_and_doubled_xml_is_read_or_refused(seed: int, tmp_path: Path) -> None:
    """The archive is sound, its XML is not: what reaches the reader behind the inspection."""
    rng = random.Random(seed)
    genuine = members()
    names = sorted(genuine)
    path = tmp_path / "cut.xlsx"
    for _ in range(30):
        name = rng.choice(names)
        text = genuine[name].decode()
        tags = [i for i, c in enumerate(text) if c in '<>"']
        a, b = sorted(rng.sample(tags, 2))
        if b - a > 4000:
            b = a + 40
        edited = rng.choice(
            (text[:a] + text[b:], text[:b] + text[a:], text[:a] + "7" + text[a + 1 :])
        )
        packed(path, {**genuine, name: edited.encode()})
        with contextlib.suppress(WorkbookRefused):
            read_sheet(path).filled()


@given(st.binary(max_size=2000))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_refused(content: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"PK\x05\x06"):
        with pytest.raises(WorkbookRefused):
            archive.open_package(start + content)


@given(st.one_of(st.dates(), st.datetimes(), TEXTS))
@settings(max_examples=200, deadline=None)
def test_no_unmarked_year_of_another_era_becomes_a_date(cell: dt.date | str) -> None:
    result = read_row(sheet_of({**SOKHA, "Birthdate": cell}), 2, IN_THAILAND)
    if isinstance(result, RowDraft) and result.victim.birth_date is not None:
        assert 1900 <= result.victim.birth_date.year <= IN_THAILAND.today.year
