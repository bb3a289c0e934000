"""Files that are no workbook, or are one and mean harm: each refused for its own defect (X01)."""

from __future__ import annotations

import os
import re
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from service.htcds import archive
from service.htcds.faults import WorkbookRefused
from service.htcds.sheet import read_sheet
from tests.htcds.books import PLAIN, SOKHA, archive_bytes, changed, filled, members, packed

SHEET = "xl/worksheets/sheet1.xml"
RELS = "xl/_rels/workbook.xml.rels"
TYPES = "[Content_Types].xml"
Make = Callable[[Path], object]


def _with(name: str, content: bytes) -> Make:
    return lambda path: packed(path, {**members(), name: content})


def _replaced(member: str, old: bytes, new: bytes) -> Make:
    return lambda path: changed(path, member, lambda content: content.replace(old, new, 1))


def _relationship(kind: str, target: str, mode: str = "External") -> Make:
    link = f'<Relationship Id="rX" Type="x/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return _replaced(RELS, b"</Relationships>", link.encode() + b"</Relationships>")


def _bytes(content: bytes) -> Make:
    return lambda path: path.write_bytes(content)


def _truncated(path: Path) -> None:
    path.write_bytes(PLAIN.read_bytes()[:-400])


def _without_its_middle(path: Path) -> None:
    content = PLAIN.read_bytes()
    path.write_bytes(content[:4000] + content[4100:])


def _flipped(path: Path) -> None:
    content = bytearray(PLAIN.read_bytes())
    content[content.index(b"xl/sharedStrings.xml") + 200] ^= 0xFF
    path.write_bytes(content)


def _member_named(name: str) -> Make:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for member, content in members().items():
                target.writestr(member, content)
            info = zipfile.ZipInfo("placeholder")
            info.filename = name
            target.writestr(info, b"x")

    return make


def _doubled(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as target:
        for member, content in members().items():
            target.writestr(member, content)
        with pytest.warns(UserWarning, match="Duplicate name"):
            target.writestr(SHEET, b"<worksheet/>")


def _many_members(path: Path) -> None:
    packed(path, {**members(), **{f"xl/media/{number}.xml": b"<x/>" for number in range(200)}})


def _lying_directory(path: Path, declared: int) -> None:
    """The sheet says it is small and inflates to 40 MiB."""
    content = bytearray(archive_bytes({**members(), SHEET: b" " * (40 * 2**20)}))
    entry = content.rindex(SHEET.encode()) - 46
    struct.pack_into("<I", content, entry + 24, declared)
    path.write_bytes(content)


def _overlapping(path: Path) -> None:
    """Two entries of the directory share one member's bytes."""
    content = bytearray(archive_bytes({**members(), "xl/theme/theme2.xml": b"<x/>" * 99}))
    first = content.rindex(b"xl/theme/theme1.xml") - 46
    second = content.rindex(b"xl/theme/theme2.xml") - 46
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    path.write_bytes(content)


def _marked_encrypted(path: Path) -> None:
    content = bytearray(PLAIN.read_bytes())
    entry = content.rindex(SHEET.encode()) - 46
    content[entry + 8] |= 1
    path.write_bytes(content)


def _other_compression(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as target:
        for member, content in members().items():
            target.writestr(member, content)


def _moved_sheet(path: Path) -> None:
    """The worksheet stands where nobody looks for its formulas."""
    content = members()
    content["xl/elsewhere/sheet1.xml"] = content.pop(SHEET)
    content[RELS] = content[RELS].replace(b"worksheets/sheet1", b"elsewhere/sheet1")
    packed(path, content)


DOCTYPE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
FAR = b'<c r="XFD1048576"><v>1</v></c></row></sheetData>'

HOSTILE: dict[str, tuple[Make, str]] = {
    "empty file": (_bytes(b""), "not a ZIP archive"),
    "text": (_bytes(b"First Name,Second Name\n"), "not a ZIP archive"),
    "web page": (_bytes(b"<html></html>"), "not a ZIP archive"),
    "old binary workbook or password": (
        _bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        "encrypted or an old binary workbook",
    ),
    "only the first bytes of an archive": (_bytes(b"PK\x03\x04"), "truncated or damaged"),
    "truncated": (_truncated, "truncated or damaged"),
    "a piece is missing": (_without_its_middle, "damaged|contradicts|overlap"),
    "a byte flipped": (_flipped, "truncated or damaged"),
    "larger than the limit": (_bytes(b"PK\x03\x04" + b"\0" * archive.MAX_FILE_BYTES), "larger"),
    "another archive": (lambda p: packed(p, {"a.txt": b"hello"}), "no workbook in it"),
    "member ../": (_member_named("../evil.xml"), "leads out"),
    "member deep ../": (_member_named("xl/../../evil.xml"), "leads out"),
    "member of the root": (_member_named("/etc/evil.xml"), "leads out"),
    "member with a backslash": (_member_named("..\\evil.xml"), "leads out"),
    "member of a drive": (_member_named("C:evil.xml"), "leads out"),
    "member with a control character": (_member_named("xl/a\x1b[2J.xml"), "leads out"),
    "two members of one name": (_doubled, "two members of one name"),
    "two names apart by case": (_with("xl/Workbook.xml", b"<x/>"), "two members of one name"),
    "too many members": (_many_members, "more than 128 members"),
    "bomb by ratio": (_with("xl/media/a.xml", b" " * (9 * 2**20)), "compression bomb"),
    "bomb by size": (_with("xl/media/a.xml", b" " * (17 * 2**20)), "compression bomb"),
    "bomb that declares little": (lambda p: _lying_directory(p, 1000), "compression bomb"),
    "bomb that declares nothing": (lambda p: _lying_directory(p, 0), "compression bomb|damaged"),
    "bomb by overlap": (_overlapping, "overlap|contradicts"),
    "encrypted member": (_marked_encrypted, "encrypted"),
    "other compression": (_other_compression, "compression that workbooks do not"),
    "external entity": (_replaced(SHEET, HEAD, HEAD + DOCTYPE), "document type or entities"),
    "entities that multiply": (
        _replaced("xl/sharedStrings.xml", HEAD, HEAD + BOMB),
        "document type or entities",
    ),
    "entity in an unused part": (_with("customXml/item1.xml", DOCTYPE + b"<x/>"), "document type"),
    "other encoding": (
        _with(
            "customXml/item1.xml", '<?xml version="1.0" encoding="UTF-16"?><x/>'.encode("utf-16")
        ),
        "not in UTF-8",
    ),
    "other encoding, one byte": (
        _replaced(SHEET, b'encoding="UTF-8"', b'encoding="cp037"'),
        "not in UTF-8|not well formed",
    ),
    "broken XML": (_replaced(SHEET, b"</sheetData>", b"</sheetDat>"), "not well formed"),
    "NUL in XML": (_replaced(SHEET, b"<sheetData>", b"<sheetData>\0"), "not well formed"),
    "deep XML": (
        _with("customXml/item1.xml", b"<x>" * 500 + b"</x>" * 500),
        "nested too deeply",
    ),
    "external workbook": (_relationship("externalLink", "file:///share/b.xlsx"), "links to"),
    "external picture": (_relationship("image", "https://tracker.test/p.png"), "links to"),
    "external hyperlink": (_relationship("hyperlink", "https://phish.test/"), "links to"),
    "address without mode": (_relationship("image", "https://t.test/p", "Internal"), "links to"),
    "path out of the package": (
        _relationship("image", "../../../etc/passwd", "Internal"),
        "leads out",
    ),
    "macros": (_with("xl/vbaProject.bin", b"x"), "macros"),
    "macros by content type": (
        _replaced(TYPES, b"spreadsheetml.sheet.main+xml", b"sheet.macroEnabled.main+xml"),
        "macros",
    ),
    "old macro sheet": (_with("xl/macrosheets/sheet1.xml", b"<x/>"), "macros"),
    "embedded object": (_with("xl/embeddings/oleObject1.bin", b"x"), "embedded objects"),
    "data connection": (_with("xl/connections.xml", b"<x/>"), "connections"),
    "cell at the far corner": (_replaced(SHEET, b"</row></sheetData>", FAR), "beyond row"),
    "dimension at the far corner": (_replaced(SHEET, b"A1:AM1002", b"A1:XFD1048576"), "beyond row"),
    "row at the far end": (_replaced(SHEET, b'<row r="1002"', b'<row r="1048576"'), "beyond row"),
    "cell without address": (_replaced(SHEET, b'r="A1002"', b'r="1002A"'), "without an address"),
    "sheet in another place": (_moved_sheet, "no worksheet"),
    "sheet that is not there": (_replaced(RELS, b"sheet1.xml", b"sheet9.xml"), "no worksheet"),
    "two relationships of one id": (_replaced(RELS, b'Id="rId2"', b'Id="rId1"'), "which sheet"),
}


@pytest.mark.parametrize(("make", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_refused_for_its_own_defect(make: Make, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.xlsx"
    make(path)
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(WorkbookRefused, match=reason):
        read_sheet(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * archive.MAX_TOTAL_BYTES
    assert time.perf_counter() - began < 10


def test_a_folder_a_pipe_and_nothing_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in (
        (tmp_path, "not a regular file"),
        (tmp_path / "pipe", "not a regular file"),
        (tmp_path / "absent", "cannot be read: No such file"),
    ):
        with pytest.raises(WorkbookRefused, match=reason):
            read_sheet(path)


def test_the_limits_stand_well_above_a_full_template(tmp_path: Path) -> None:
    path = filled(tmp_path / "full.xlsx", *[SOKHA] * 1000)
    assert path.stat().st_size * 20 < archive.MAX_FILE_BYTES
    assert len(read_sheet(path).filled()) == 1000


def test_a_mail_address_that_became_a_link_is_read(tmp_path: Path) -> None:
    book = load_workbook(filled(tmp_path / "a.xlsx", {**SOKHA, "Email": "a@example.org"}))
    book["Sheet1"]["K3"].hyperlink = "mailto:a@example.org"
    book.save(tmp_path / "b.xlsx")
    assert len(read_sheet(tmp_path / "b.xlsx").filled()) == 1
    book["Sheet1"]["K3"].hyperlink = "https://example.org/"
    book.save(tmp_path / "c.xlsx")
    with pytest.raises(WorkbookRefused, match="links to something outside"):
        read_sheet(tmp_path / "c.xlsx")


def test_formula_cells_are_known_by_their_place(tmp_path: Path) -> None:
    row = {**SOKHA, "First Name": "=1+1", "Title": '=HYPERLINK("https://t.test")'}
    sheet = read_sheet(filled(tmp_path / "a.xlsx", row))
    assert sheet.formulas == {(2, 3), (2, 9)}


def test_an_array_formula_and_one_without_a_result_are_formulas(tmp_path: Path) -> None:
    cells = b'<c r="D3"><f t="array" ref="D3:D4">A1</f></c><c r="E3"><f/><v>x</v></c></row>'
    path = changed(
        tmp_path / "a.xlsx",
        SHEET,
        lambda content: re.sub(rb'(<row r="3".*?)</row>', rb"\1" + cells, content, count=1),
    )
    sheet = read_sheet(path)
    assert sheet.formulas == {(2, 3), (2, 4)}
    assert sheet.filled() == [2]


def test_what_is_handed_on_is_what_was_inspected() -> None:
    package = archive.open_package(PLAIN.read_bytes())
    again = archive.open_package(package.repacked())
    assert again.members == package.members == members()
    assert all(zlib.crc32(data) for data in again.members.values())
