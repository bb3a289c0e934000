"""Drawn documents over every root that a caller can ask in one operation with others.

Beside the compiler's own strategy, with pages that end before the rows do: access records with what
they disclose, emergency openings, the checkpoint, explanations, `me`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.compiler.random_documents import documents as compiled
from tests.exact.printed import printed
from tests.exact.walker import ACCESS_FILTER

_VALUES = {
    "agency": '"TH-DATIP"',
    "country": '"KH"',
    "subject": '"nurse"',
    "purpose": '"TRACING"',
    "field": '"Victim.familyName"',
    "dataClass": '"IDENTITY"',
    "clause": '"TH-LAW@1#rule 20"',
    "reason": '"CONSENT"',
    "outcome": '"DISCLOSED"',
    "kind": '"ACCESS"',
    "from": '"2026-01-01T00:00:00Z"',
    "to": '"2126-01-01T00:00:00Z"',
    "province": '"Siem Reap"',
    "afterWithdrawal": "true",
    "afterObjection": "false",
}
_LISTED = {
    "caller": "{ agency roles subject }",
    "refusals": "{ field reason }",
    "withheld": "{ field reason count }",
    "leaves": "{ index inclusionProof }",
    "act": "{ subject from to contentHash }",
    "deed": "{ act clause changed { recordId recordType isNew fields } }",
    "disclosures": "(first: 5) { totalCount edges { node { recordId recordType fields clause } } }",
}


@st.composite
def documents(draw: Any, ids: Sequence[str]) -> str:
    """One anonymous query without variables."""
    text: str = draw(compiled(ids))
    pages = text.split("first: 50")
    sizes = [draw(st.sampled_from((50, 50, 2, 1, 0))) for _ in pages[1:]]
    text = pages[0] + "".join(f"first: {n}{p}" for n, p in zip(sizes, pages[1:], strict=True))
    more = draw(st.lists(st.sampled_from(_MORE), max_size=2, unique=True))
    extra = " ".join(each(draw, ids) for each in more)
    return text.replace("{ ", "{ " + extra + " ", 1)


def _fields(draw: Any, owner: str) -> str:
    """A few protected fields of a type, some of them twice under another name."""
    names = [name for name, each in printed().objects[owner].items() if each.data_class]
    if owner == "AccessRecord":
        names.append("disclosures")
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=6, unique=True))
    return " ".join(f"x{i}: {name} {_LISTED.get(name, '')}" for i, name in enumerate(chosen))


def _accesses(draw: Any, ids: Sequence[str]) -> str:
    wanted = draw(st.lists(st.sampled_from(sorted(ACCESS_FILTER)), max_size=2, unique=True))
    values = [
        f"{name}: {_VALUES.get(name) or json.dumps(draw(st.sampled_from(ids)))}" for name in wanted
    ]
    given = f", filter: {{ {', '.join(values)} }}" if values else ""
    fields = _fields(draw, "AccessRecord")
    return f"l: accessRecords(first: 4{given}) {{ edges {{ node {{ id {fields} }} }} }}"


def _openings(draw: Any, _ids: Sequence[str]) -> str:
    fields = _fields(draw, "EmergencyOpening")
    return (
        f"o: emergencyOpenings {{ totalCount edges {{ node {{ {fields} returnCase {{ id }} }} }} }}"
    )


def _explained(draw: Any, ids: Sequence[str]) -> str:
    return f'w: explainAccess(id: "{draw(st.sampled_from(ids))}") {{ field permitted clause }}'


def _checkpoint(_draw: Any, _ids: Sequence[str]) -> str:
    return "c: accessCheckpoint { size root witnesses { name signed } witnessesSigned }"


def _me(_draw: Any, _ids: Sequence[str]) -> str:
    return "m: me { agency grants { clause } } p: protocolVersions { agreement state }"


_MORE = (_accesses, _openings, _explained, _checkpoint, _me)
