"""Stage 2: the XML members of a package, read once by expat; nothing may reach outside.

Takes a `Package`, gives for each worksheet member the cells that hold a
formula, and which sheet is which member. Refused: document types and entities,
encodings other than UTF-8, links to anything outside the file, macros, embedded
objects and data connections, XML that is not well formed, and sheets whose
cells lie so far out that a reader would reserve memory for the gap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from service.htcds.archive import Package
from service.htcds.faults import WorkbookRefused

MAX_ROWS = 5_002
MAX_COLUMNS = 128
MAX_DEPTH = 64

_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ACTIVE_NAMES = re.compile(
    r"vba|macrosheets|dialogsheets|activex|ctrlprops|embeddings|externallinks|connections\.xml"
    r"|querytables|webextensions|customui|\.bin$|\.exe$|\.js$|\.xls[mb]$",
    re.IGNORECASE,
)
_HARMLESS_BINARIES = re.compile(r"xl/printerSettings/printerSettings[0-9]+\.bin")
_XML_NAMES = re.compile(r".*\.(xml|rels|vml)$", re.IGNORECASE)
_ACTIVE_TYPES = ("macroenabled", "vbaproject", "activex", "oleobject", "externallink")


@dataclass(slots=True)
class SheetScan:
    """What a worksheet holds apart from values: formula cells as (row, column) from 0."""

    formulas: set[tuple[int, int]] = field(default_factory=set)


def inspect(package: Package) -> dict[str, SheetScan]:
    """Every XML member once; the worksheets' scans by member. WorkbookRefused at a defect."""
    scans: dict[str, SheetScan] = {}
    for required in ("[Content_Types].xml", "xl/workbook.xml"):
        if required not in package.members:
            raise WorkbookRefused("not an .xlsx workbook: the archive has no workbook in it")
    for name, content in package.members.items():
        if _HARMLESS_BINARIES.fullmatch(name):
            continue
        if _ACTIVE_NAMES.search(name):
            raise WorkbookRefused(
                "the workbook has macros, embedded objects or connections: save it as plain .xlsx"
            )
        if _XML_NAMES.fullmatch(name):
            scan = _Reading(name, content).run()
            if _is_worksheet(name):
                scans[name] = scan
    return scans


class _Reading:
    """One member under expat. Local names only: prefixes are the writer's choice."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.content = content
        self.scan = SheetScan()
        self.depth = 0
        self.row = 0
        self.column = 0
        self.in_cell = False

    def run(self) -> SheetScan:
        if self.content.startswith((b"\xff\xfe", b"\xfe\xff", b"\0")):
            raise WorkbookRefused("the workbook's XML is not in UTF-8")
        parser = expat.ParserCreate()
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(self.content, True)
        except (expat.ExpatError, ValueError, LookupError) as fault:
            raise WorkbookRefused("the workbook holds XML that is not well formed") from fault
        return self.scan

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding or "utf-8").lower() not in ("utf-8", "us-ascii"):
            raise WorkbookRefused("the workbook's XML is not in UTF-8")

    def _doctype(self, *_: object) -> None:
        raise WorkbookRefused("the workbook declares a document type or entities")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise WorkbookRefused("the workbook's XML is nested too deeply")
        local = tag.rpartition(":")[2]
        if local == "Relationship":
            _check_relationship(attributes)
        elif local in ("Override", "Default") and self.name == "[Content_Types].xml":
            kind = attributes.get("ContentType", "").lower()
            if any(active in kind for active in _ACTIVE_TYPES):
                raise WorkbookRefused("the workbook has macros or embedded objects")
        elif local in ("row", "c", "f", "dimension", "mergeCell"):
            self._sheet_element(local, attributes)

    def _end(self, tag: str) -> None:
        self.depth -= 1
        if tag.rpartition(":")[2] == "c":
            self.in_cell = False

    def _sheet_element(self, local: str, attributes: dict[str, str]) -> None:
        if not _is_worksheet(self.name):
            return
        if local == "row":
            self.row = _number(attributes["r"]) if "r" in attributes else self.row + 1
            self.column = 0
        elif local == "c":
            self.column += 1
            self.in_cell = True
            if "r" in attributes:
                self.row, self.column = _cell(attributes["r"])
        elif local == "f":
            if self.in_cell:  # data validations have elements of this name too
                self.scan.formulas.add((self.row - 1, self.column - 1))
        else:
            for corner in attributes.get("ref", "A1").split(":"):
                _cell(corner)
        if self.row > MAX_ROWS or self.column > MAX_COLUMNS:
            raise WorkbookRefused(_too_far())


def sheet_members(package: Package) -> dict[str, str]:
    """The worksheet member of each sheet of the workbook, by the sheet's name.

    WorkbookRefused where workbook and relationships do not tie them one to one
    to members that `inspect` has read as worksheets: what was not inspected is
    not handed on.
    """
    sheets = _attributes(package.members["xl/workbook.xml"], "sheet")
    links = _attributes(package.members.get("xl/_rels/workbook.xml.rels", b"<x/>"), "Relationship")
    found: dict[str, str] = {}
    for sheet in sheets:
        ids = [value for key, value in sheet.items() if key.rpartition(":")[2] == "id"]
        targets = [link.get("Target", "") for link in links if [link.get("Id")] == ids]
        name = sheet.get("name", "")
        if len(ids) != 1 or len(targets) != 1 or name in found:
            raise WorkbookRefused("the workbook does not say plainly which sheet is which")
        target = targets[0]
        member = target[1:] if target.startswith("/") else f"xl/{target}"
        if not _is_worksheet(member) or member not in package.members or member in found.values():
            raise WorkbookRefused("the workbook has a sheet that is no worksheet")
        found[name] = member
    return found


def _is_worksheet(member: str) -> bool:
    return member.startswith("xl/worksheets/") and member.endswith(".xml")


def _attributes(content: bytes, wanted: str) -> list[dict[str, str]]:
    """The attributes of every element of this local name. `content` is known to be well formed."""
    found: list[dict[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == wanted:
            found.append(attributes)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(content, True)
    return found


def _too_far() -> str:
    return f"the sheet has cells beyond row {MAX_ROWS} or column {MAX_COLUMNS}"


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", text):
        raise WorkbookRefused("the sheet has a row without a number")
    return int(text)


def _cell(reference: str) -> tuple[int, int]:
    match = _CELL.fullmatch(reference)
    if match is None:
        raise WorkbookRefused("the sheet has a cell without an address")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    row = int(match[2])
    if not (0 < row <= MAX_ROWS and column <= MAX_COLUMNS):
        raise WorkbookRefused(_too_far())
    return row, column


def _check_relationship(attributes: dict[str, str]) -> None:
    """Links to the outside: none but the `mailto:` that a spreadsheet makes of an address."""
    target = attributes.get("Target", "")
    if attributes.get("TargetMode", "Internal") == "External":
        mail = attributes.get("Type", "").endswith("/hyperlink") and target.startswith("mailto:")
        if not mail:
            raise WorkbookRefused(
                "the workbook links to something outside itself: remove the links"
            )
    elif ".." in target.split("/") and not _stays_inside(target):
        raise WorkbookRefused("the workbook has a part whose path leads out of it")
    elif "://" in target or "\\" in target:
        raise WorkbookRefused("the workbook links to something outside itself: remove the links")


def _stays_inside(target: str) -> bool:
    """True for the `../drawings/x.xml` of a sheet: one step up from a folder two deep."""
    return target.split("/").count("..") == 1 and target.startswith("../")
