"""Acts that are no disclosure, as lines of the one ledger: what changed, by whom, to what.

Takes an `Act`, gives the leaf's bytes: canonical JSON (RFC 8785) in the
envelope of an access record with `act` beside it (rulings, section 3), so that
a checkpoint proves which rule stood when a field was shown.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
from dataclasses import dataclass

import orjson

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Act:
    """One act upon a protocol version. `subject` is `TH-KH-2014@3`, `before` its state ('' where
    it did not exist), `after` the new one; `content_hash` is SHA-256 in hex. `pair` is the
    countries whose auditors read it, sorted, '' where all may.
    """

    id: str
    at: dt.datetime
    agency: str
    country: str
    role: str
    person: str
    subject: str
    before: str
    after: str
    content_hash: str
    pair: str


def pair_of(parties: frozenset[str]) -> str:
    """The pair of countries an agreement's acts belong to, '' where it is not one or two."""
    countries = sorted(party for party in parties if len(party) == 2)
    return "-".join(countries) if len(countries) in (1, 2) else ""


def policy_line(act: Act) -> bytes:
    """The leaf's bytes, salted anew at each call."""
    line = {
        "act": {
            "contentHash": act.content_hash,
            "from": act.before,
            "subject": act.subject,
            "to": act.after,
        },
        "at": act.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "caller": {
            "agency": act.agency,
            "cases": None,
            "client": "",
            "country": act.country,
            "issuer": "",
            "roles": [act.role],
            "subject": act.person,
            "token": "",
            "unit": "",
        },
        "disclosures": [],
        "id": act.id,
        "kind": "POLICY",
        "operation": {"hash": "", "name": ""},
        "outcome": "DISCLOSED",
        "pair": act.pair,
        "protocols": [act.subject],
        "purpose": "",
        "refusals": [],
        "salt": base64.b64encode(os.urandom(SALT_BYTES)).decode(),
        "searched": [],
        "trace": "",
        "v": 1,
        "withheld": [],
    }
    return orjson.dumps(line, option=orjson.OPT_SORT_KEYS)
