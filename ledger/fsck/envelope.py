"""What one line of an export is: a record, erased, withheld; or why it is none of these.

Takes a line's bytes. A record is judged by one regular expression that knows
the members of the envelope (interface of the export, version 1) in their
canonical order and JSON's strings in the one spelling of RFC 8785, section
3.2.2.2: what it matches, and UTF-8 can read, is canonical JSON of a known form,
no key twice. It costs less than to parse and write again, and gives the id.
"""

from __future__ import annotations

import json
import re
from typing import Final

import orjson

from ledger.fsck.lines import MAX_LINE, TOO_LONG

_TEXT = (
    rb'"[^"\\\x00-\x1f]*+'
    rb'(?:\\(?:["\\bfnrt]|u00(?:0[0-7be-f]|1[0-9a-f]))[^"\\\x00-\x1f]*+)*+"'
)
_ID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_SECOND = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
_COUNT = rb"(?:0|[1-9][0-9]{0,14})"
_HASH = rb"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="


def _array(item: bytes) -> bytes:
    return rb"\[(?:" + item + rb"(?:," + item + rb")*+)?\]"


def _object(**members: bytes) -> bytes:
    return rb"\{" + b",".join(b'"%b":%b' % (k.encode(), v) for k, v in members.items()) + rb"\}"


_TEXTS = _array(_TEXT)
_ACT = _object(**{"contentHash": _TEXT, "from": _TEXT, "subject": _TEXT, "to": _TEXT})
_CALLER = _object(
    agency=_TEXT,
    cases=rb"(?:null|" + _TEXTS + rb")",
    client=_TEXT,
    country=_TEXT,
    issuer=_TEXT,
    roles=_TEXTS,
    subject=_TEXT,
    token=_TEXT,
    unit=_TEXT,
)
_DISCLOSURE = _object(clause=_TEXT, fields=_TEXTS, records=_array(rb'"[0-9a-f-]{36}+"'))
_MEMBERS = _object(
    at=b'"' + _SECOND + rb'\.[0-9]{6}Z"',
    caller=_CALLER,
    disclosures=_array(_DISCLOSURE),
    id=b'"(' + _ID + b')"',
    kind=b'"(?:ACCESS|CONSENT|EXPORT|EMERGENCY|(POLICY))"',
    operation=_object(hash=_TEXT, name=_TEXT),
    outcome=b'"(?:DISCLOSED|REFUSED|ERROR)"',
    pair=b'"((?:[A-Z]{2}(?:-[A-Z]{2})?)?)"',
    protocols=_TEXTS,
    purpose=_TEXT,
    refusals=_array(_object(field=_TEXT, reason=_TEXT)),
    salt=b'"[A-Za-z0-9+/]{21}[AQgw]=="',
    searched=_TEXTS,
    trace=_TEXT,
    v=b"1",
    withheld=_array(_object(count=_COUNT, field=_TEXT, reason=_TEXT)),
)

RECORD: Final = re.compile(rb"\{(?:\"act\":" + _ACT + rb",)?" + _MEMBERS.removeprefix(rb"\{"))
"""Groups: the id, `POLICY` or None, the pair of countries."""

ERASED: Final = re.compile(
    rb'\{"erased":\{"act":"(' + _ID + rb')","at":"' + _SECOND + rb'(?:\.[0-9]{1,9})?Z"\}'
    rb',"leafHash":"(' + _HASH + rb')"\}'
)
"""Groups: the act's id, the leaf hash in base64."""

WITHHELD: Final = re.compile(rb'\{"leafHash":"(' + _HASH + rb')","withheld":true\}')
"""Group: the leaf hash in base64."""

_ID_IN: Final = re.compile(rb'"id" ?: ?"(' + _ID + rb')"')

ERASING: Final = re.compile(
    rb'\{"act":\{"contentHash":' + _TEXT + rb',"from":(?:"KEPT ([0-9]{1,18})-([0-9]{1,18})"|'
    + _TEXT + rb'),"subject":' + _TEXT + rb',"to":"ERASED(?: ([0-9]{1,18}))?"\}'
)  # fmt: skip
"""How a record begins that is an act of erasure. Groups: the first and the last leaf that it is
about, and how many it erased, where it says so.
"""

BARE: Final = re.compile(rb'\{"leafHash":"(' + _HASH + rb')"\}')
"""The same without a reason: the ledger had lost the record when it was exported."""

_KNOWN: Final = {
    "kind": ("ACCESS", "CONSENT", "EXPORT", "EMERGENCY", "POLICY"),
    "outcome": ("DISCLOSED", "REFUSED", "ERROR"),
}


def is_pair(pair: bytes) -> bool:
    """Whether a pair's countries, as `RECORD` found them, are sorted and two."""
    return not pair[3:] or pair[:2] < pair[3:]


def is_utf8(line: bytes) -> bool:
    """Whether a line is UTF-8, which `RECORD` leaves open."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def why_not(line: bytes) -> str:
    """Why a line is none of the three, in words. For lines that were found not to be."""
    if line == TOO_LONG:
        return f"has more than {MAX_LINE} bytes"
    if not is_utf8(line):
        return "is not UTF-8"
    try:
        read = orjson.loads(line)
    except orjson.JSONDecodeError:
        return "is not JSON"
    try:
        again = orjson.dumps(read, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return "is nested too deep"
    if again != line:
        return "has a key twice" if _twice(line) else "is another spelling than canonical JSON"
    if not isinstance(read, dict):
        return "is no JSON object"
    if type(read.get("v")) is not int or read["v"] != 1:
        return "has no `v` that is known here"
    for name, known in _KNOWN.items():
        if read.get(name) not in known:
            return f"has no `{name}` that is known here"
    pair = read.get("pair")
    if not isinstance(pair, str) or not re.fullmatch(r"(?:[A-Z]{2}(?:-[A-Z]{2})?)?", pair):
        return "has no `pair` that is known here"
    if not is_pair(pair.encode()):
        return "has a `pair` that is not sorted"
    return "has other members than a record"


def id_in(line: bytes) -> bytes:
    """The record's id where one can be read in a line that is no record, else nothing."""
    found = _ID_IN.search(line)
    return b"" if found is None else bytes(found[1])


def _twice(line: bytes) -> bool:
    found = []

    def pairs(members: list[tuple[str, object]]) -> None:
        if len({name for name, _ in members}) < len(members):
            found.append(True)

    try:
        json.loads(line, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return False
    return bool(found)
