"""The header of an access record: who asked, why and how, as the statement's parameters.

Takes a caller and the facts of one operation, gives the values under the names
that the statement's `ctx` parameters have, with the JSON members of the leaf
already canonical (RFC 8785): keys sorted, no blanks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import orjson

from authz.caller import Caller
from ledger.ids import uuid7

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,63}")


def header_values(
    caller: Caller,
    purpose: str,
    operation_name: str,
    document_hash: str,
    trace_id: str,
    searched: Sequence[str],
    refusals: Sequence[dict[str, str]],
) -> dict[str, object]:
    """Parameter values of one record. The operation's name is kept only where it is a GraphQL name
    of 64 letters.
    """
    name = operation_name if _NAME.fullmatch(operation_name) else ""
    roles, cases = sorted(caller.roles), caller.cases
    who = {
        "agency": caller.agency,
        "cases": sorted(cases) if cases is not None else None,
        "client": caller.client,
        "country": caller.country,
        "issuer": caller.issuer,
        "roles": roles,
        "subject": caller.subject,
        "token": caller.token_hash,
        "unit": caller.unit,
    }
    return {
        "record_id": uuid7(),
        "agency": caller.agency,
        "country": caller.country,
        "unit": caller.unit,
        "cases": list(cases) if cases is not None else None,
        "roles": roles,
        "subject": caller.subject,
        "client": caller.client,
        "issuer": caller.issuer,
        "token_hash": caller.token_hash,
        "purpose_text": purpose,
        "operation_name": name,
        "document_hash": document_hash,
        "trace_id": trace_id,
        "searched": sorted(searched),
        "caller_json": _canonical(who),
        "operation_json": _canonical({"hash": document_hash, "name": name}),
        "searched_json": _canonical(sorted(searched)),
        "refusals": _canonical(list(refusals)),
        "refusals_json": _canonical(list(refusals)),
    }


def _canonical(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
