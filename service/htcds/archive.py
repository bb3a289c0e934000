"""Stage 1: the bytes of a workbook file become its members, bounded, or the file is refused.

Takes a path, gives a `Package` of member names and their bytes. Each member is
inflated here, once, within limits on what was declared and on what comes out,
and never by a reader that trusts the file; `Package.repacked` is a fresh
archive of exactly these bytes, so that no two readers can disagree about what
the file holds (names, sizes, overlapping or doubled members).
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from service.htcds.faults import WorkbookRefused

MAX_FILE_BYTES = 8 * 2**20
MAX_MEMBERS = 128
MAX_MEMBER_BYTES = 16 * 2**20
MAX_TOTAL_BYTES = 32 * 2**20
MAX_RATIO = 100
RATIO_FREE_BYTES = 2**20

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DAMAGED = "the file is truncated or damaged"


@dataclass(frozen=True, slots=True)
class Package:
    """The members of an Office Open XML file by name, in the order of the file."""

    members: dict[str, bytes]

    def repacked(self) -> bytes:
        """A ZIP file of these members, stored without compression."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for name, content in self.members.items():
                archive.writestr(zipfile.ZipInfo(name), content)
        return target.getvalue()


def read_file(path: Path) -> bytes:
    """The bytes of a regular file of at most `MAX_FILE_BYTES`; WorkbookRefused else."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise WorkbookRefused("not a regular file")
        with path.open("rb") as source:
            content = source.read(MAX_FILE_BYTES + 1)
    except OSError as fault:
        raise WorkbookRefused(f"the file cannot be read: {fault.strerror}") from fault
    if len(content) > MAX_FILE_BYTES:
        raise WorkbookRefused(f"the file is larger than {MAX_FILE_BYTES // 2**20} MiB")
    return content


def open_package(content: bytes) -> Package:
    """The members of `content`, each inflated and checked; WorkbookRefused at a defect."""
    if content.startswith(_OLE2):
        raise WorkbookRefused(
            "the file is encrypted or an old binary workbook: save it as .xlsx without a password"
        )
    if not content.startswith(b"PK\x03\x04"):
        raise WorkbookRefused("not an .xlsx workbook: the file is not a ZIP archive")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, NotImplementedError) as fault:
        raise WorkbookRefused(_DAMAGED) from fault
    _check_directory(entries)
    members: dict[str, bytes] = {}
    total, reached = 0, 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < reached:
            raise WorkbookRefused("members of the archive overlap: a compression bomb")
        data, reached = _inflated(content, entry)
        total += len(data)
        if total > MAX_TOTAL_BYTES:
            raise WorkbookRefused(_bomb())
        if not entry.is_dir():
            members[entry.filename] = data
    return Package(members)


def _bomb() -> str:
    return f"the file unpacks to more than {MAX_TOTAL_BYTES // 2**20} MiB: a compression bomb"


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_MEMBERS:
        raise WorkbookRefused(f"the archive has more than {MAX_MEMBERS} members")
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename
        if not _is_plain_name(name) or name != entry.filename:
            raise WorkbookRefused("the archive has a member whose name leads out of it")
        if name.lower() in seen:
            raise WorkbookRefused("the archive has two members of one name")
        seen.add(name.lower())
        if entry.flag_bits & 0x41:
            raise WorkbookRefused("the file is encrypted: save it without a password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise WorkbookRefused("the archive uses a compression that workbooks do not")
        if entry.file_size > MAX_MEMBER_BYTES or _ratio_too_high(entry.file_size, entry):
            raise WorkbookRefused("a member unpacks to far more than its size: a compression bomb")
    if sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
        raise WorkbookRefused(_bomb())


def _is_plain_name(name: str) -> bool:
    if not name or name.startswith("/") or any(c in name for c in "\\:\0"):
        return False
    return name.isprintable() and not any(
        part in ("", ".", "..") for part in name.removesuffix("/").split("/")
    )


def _ratio_too_high(size: int, entry: zipfile.ZipInfo) -> bool:
    return size > RATIO_FREE_BYTES and size > MAX_RATIO * max(entry.compress_size, 1)


def _inflated(content: bytes, entry: zipfile.ZipInfo) -> tuple[bytes, int]:
    """The bytes of one member and the offset behind it; what the directory says must be true."""
    header = content[entry.header_offset : entry.header_offset + _LOCAL_HEADER.size]
    if len(header) < _LOCAL_HEADER.size:
        raise WorkbookRefused(_DAMAGED)
    signature, _, _, method, *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    name_start = entry.header_offset + _LOCAL_HEADER.size
    name = content[name_start : name_start + name_length]
    start = name_start + name_length + extra_length
    end = start + entry.compress_size
    encoded = entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437", "replace")
    if signature != b"PK\x03\x04" or method != entry.compress_type or name != encoded:
        raise WorkbookRefused("the archive contradicts its own directory")
    if end > len(content):
        raise WorkbookRefused(_DAMAGED)
    packed = content[start:end]
    data = packed if method == zipfile.ZIP_STORED else _deflated(packed, entry.file_size)
    if len(data) != entry.file_size or zlib.crc32(data) != entry.CRC:
        raise WorkbookRefused(_DAMAGED)
    return data, end


def _deflated(packed: bytes, declared: int) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflater.decompress(packed, declared + 1)
    except zlib.error as fault:
        raise WorkbookRefused(_DAMAGED) from fault
    if len(data) > declared:
        raise WorkbookRefused("a member unpacks to more than it declares: a compression bomb")
    if not inflater.eof and inflater.decompress(inflater.unconsumed_tail, 1):
        raise WorkbookRefused("a member unpacks to more than it declares: a compression bomb")
    if not inflater.eof:
        raise WorkbookRefused(_DAMAGED)
    return data
