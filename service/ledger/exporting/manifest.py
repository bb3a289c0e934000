"""`export.json`: what a folder is an export of, whose, and how far it has come.

Takes bytes, gives a `Manifest`, and back as canonical JSON (RFC 8785). Whoever
checks the folder believes none of it; the next sitting needs it to go on, and
to refuse whom it is not for. `terms` are what the record in the ledger is over:
`act.contentHash` there is the SHA-256 of their canonical JSON.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from service.ledger.exporting.folder import Folder, FolderRefused

NAME: Final = "export.json"
FORMAT: Final = 1
_TERMS: Final = (
    "also",
    "caller",
    "checkpoint",
    "clauses",
    "end",
    "first",
    "format",
    "from",
    "purpose",
    "saphan",
    "scope",
    "start",
    "to",
)


@dataclass(frozen=True, slots=True)
class Count:
    """What one records file holds: lines, bytes, and how many of the lines are no record's."""

    lines: int
    size: int
    withheld: int = 0
    erased: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.lines + other.lines,
            self.size + other.size,
            self.withheld + other.withheld,
            self.erased + other.erased,
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """One folder at one moment. `first` and `end` bound its leaves, the second without; this
    sitting wrote from `start` on. `caller` is agency, country, issuer, subject; `since` and `until`
    are the time asked for, '' where it was not.
    """

    caller: Mapping[str, str]
    purpose: str
    scope: tuple[str, ...]
    clauses: tuple[str, ...]
    since: str
    until: str
    also: tuple[str, ...]
    first: int
    end: int
    start: int
    checkpoint: Mapping[str, Any]
    """`origin`, `size` and `root`, base64."""
    saphan: str
    record: str = ""
    complete: bool = False
    files: Mapping[str, Count] = field(default_factory=dict)

    @property
    def terms(self) -> dict[str, Any]:
        """What was asked for and by whom, without how far it has come."""
        return {name: value for name, value in self._members().items() if name in _TERMS}

    @property
    def content_hash(self) -> str:
        """SHA-256 of the terms, hex."""
        return hashlib.sha256(_canonical(self.terms)).hexdigest()

    @property
    def counted(self) -> Count:
        """All of its records files together."""
        return sum(self.files.values(), start=Count(0, 0))

    def write(self, folder: Folder) -> None:
        """Put it in the folder."""
        folder.write(NAME, _canonical(self._members()) + b"\n")

    @classmethod
    def read(cls, folder: Folder) -> Manifest | None:
        """The folder's manifest, None where the folder is empty. Raises FolderRefused for any
        other folder.
        """
        if not folder.has(NAME):
            if folder.names():
                raise FolderRefused(f"{folder.path}: not empty, and no export: name a new folder")
            return None
        with folder.reading(NAME) as source:
            text = source.read(1 << 24)
        try:
            return cls._of(orjson.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise FolderRefused(f"{folder.path}: its {NAME} is none of ours") from None

    @classmethod
    def _of(cls, found: dict[str, Any]) -> Manifest:
        if found["format"] != FORMAT:
            raise ValueError("written by another version")
        if not 0 <= found["first"] <= found["start"] <= found["end"] <= found["checkpoint"]["size"]:
            raise ValueError("of leaves that its checkpoint is not over")
        return cls(
            caller={str(k): str(v) for k, v in found["caller"].items()},
            purpose=str(found["purpose"]),
            scope=tuple(map(str, found["scope"])),
            clauses=tuple(map(str, found["clauses"])),
            since=str(found["from"]),
            until=str(found["to"]),
            also=tuple(map(str, found["also"])),
            first=int(found["first"]),
            end=int(found["end"]),
            start=int(found["start"]),
            checkpoint={
                "origin": str(found["checkpoint"]["origin"]),
                "root": str(found["checkpoint"]["root"]),
                "size": int(found["checkpoint"]["size"]),
            },
            saphan=str(found["saphan"]),
            record=str(found["record"]),
            complete=found["complete"] is True,
            files={name: Count(**count) for name, count in found["files"].items()},
        )

    def _members(self) -> dict[str, Any]:
        return {
            "also": list(self.also),
            "caller": dict(self.caller),
            "checkpoint": dict(self.checkpoint),
            "clauses": list(self.clauses),
            "complete": self.complete,
            "end": self.end,
            "files": {
                name: {
                    "erased": count.erased,
                    "lines": count.lines,
                    "size": count.size,
                    "withheld": count.withheld,
                }
                for name, count in self.files.items()
            },
            "first": self.first,
            "format": FORMAT,
            "from": self.since,
            "purpose": self.purpose,
            "record": self.record,
            "saphan": self.saphan,
            "scope": list(self.scope),
            "start": self.start,
            "to": self.until,
        }


def _canonical(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
