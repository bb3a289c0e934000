"""Acts that are no disclosure, as lines of the one ledger: what changed, by whom, to what.

Takes an `Act`, gives the leaf's bytes: canonical JSON (RFC 8785) in the
envelope of an access record with `act` beside it (rulings, section 3), so that
a checkpoint proves which rule stood when a field was shown.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted, as the envelope of every record names it. Absent texts are ''."""

    agency: str
    country: str
    roles: tuple[str, ...]
    subject: str
    client: str = ""
    issuer: str = ""
    token: str = ""
    unit: str = ""
    cases: tuple[str, ...] | None = None


Shown = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Clause, fields and record ids: what the act's own answer shows, as in an access record."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act.

    `subject` is what it was done to, `TH-KH-2014@3` or a record's id; `before`
    its state ('' where it did not exist), `after` the new one; `content_hash`
    is SHA-256 in hex. `pair` is the countries whose auditors read it, sorted,
    '' where all may.
    """

    id: str
    kind: str
    at: dt.datetime
    actor: Actor
    subject: str
    before: str
    after: str
    content_hash: str
    pair: str
    protocols: tuple[str, ...] = ()
    purpose: str = ""
    operation: tuple[str, str] = ("", "")
    """Name and document hash of the operation that did it."""
    trace: str = ""
    shown: tuple[Shown, ...] = ()


def pair_of(parties: frozenset[str]) -> str:
    """The pair of countries an agreement's acts belong to, '' where it is not one or two."""
    countries = sorted(party for party in parties if len(party) == 2)
    return "-".join(countries) if len(countries) in (1, 2) else ""


def act_line(act: Act) -> bytes:
    """The leaf's bytes, salted anew at each call."""
    name, digest = act.operation
    line = {
        "act": {
            "contentHash": act.content_hash,
            "from": act.before,
            "subject": act.subject,
            "to": act.after,
        },
        "at": act.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "caller": _caller(act.actor),
        "disclosures": [
            {"clause": clause, "fields": _sorted(fields), "records": _sorted(records)}
            for clause, fields, records in sorted(act.shown)
        ],
        "id": act.id,
        "kind": act.kind,
        "operation": {"hash": digest, "name": name},
        "outcome": "DISCLOSED",
        "pair": act.pair,
        "protocols": _sorted(act.protocols),
        "purpose": act.purpose,
        "refusals": [],
        "salt": base64.b64encode(os.urandom(SALT_BYTES)).decode(),
        "searched": [],
        "trace": act.trace,
        "v": 1,
        "withheld": [],
    }
    return orjson.dumps(line, option=orjson.OPT_SORT_KEYS)


def _caller(actor: Actor) -> dict[str, object]:
    return {
        "agency": actor.agency,
        "cases": None if actor.cases is None else _sorted(actor.cases),
        "client": actor.client,
        "country": actor.country,
        "issuer": actor.issuer,
        "roles": _sorted(actor.roles),
        "subject": actor.subject,
        "token": actor.token,
        "unit": actor.unit,
    }


def _sorted(texts: Sequence[str]) -> list[str]:
    return sorted(texts)
