"""A record as an event for a SIEM: OCSF API Activity (class_uid 6003), one line each.

Takes a record and its leaf's index, gives canonical JSON. It says who read what
under which clause, by ids and names of fields: a record holds no value, so an
event cannot. Source: https://schema.ocsf.io, API Activity; the event is
valid from version 1.3.0 on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import orjson

VERSION: Final = "1.3.0"
CLASS: Final = 6003
READ: Final = 2
OTHER: Final = 99
_READS: Final = frozenset({"ACCESS", "EXPORT"})


def event_of(index: int, record: Mapping[str, Any], product: str) -> bytes:
    """The event of the record at leaf `index`; `product` is the version of saphan. Raises KeyError,
    TypeError, ValueError for what is no record.
    """
    reads = record["kind"] in _READS
    activity = READ if reads else OTHER
    name = "Read" if reads else record["kind"].capitalize()
    refused = record["outcome"] != "DISCLOSED"
    who = record["caller"]
    event: dict[str, Any] = {
        "activity_id": activity,
        "activity_name": name,
        "actor": _actor(record),
        "api": {
            "operation": record["operation"]["name"] or record["kind"],
            "request": {"uid": record["id"]},
            "service": {"name": "saphan"},
        },
        "category_name": "Application Activity",
        "category_uid": 6,
        "class_name": "API Activity",
        "class_uid": CLASS,
        "metadata": {
            "correlation_uid": record["trace"],
            "log_name": "saphan ledger",
            "product": {"name": "saphan", "vendor_name": "saphan", "version": product},
            "sequence": index,
            "uid": f"{record['id']}/{record['pair']}",
            "version": VERSION,
        },
        "resources": _resources(record),
        "severity": "Low" if refused else "Informational",
        "severity_id": 2 if refused else 1,
        # what is required and not on record is where the request came from
        "src_endpoint": {"svc_name": who["client"] or who["agency"]},
        "status": "Failure" if refused else "Success",
        "status_code": record["outcome"],
        "status_id": 2 if refused else 1,
        "time": _milliseconds(record["at"]),
        "type_name": f"API Activity: {'Read' if reads else 'Other'}",
        "type_uid": CLASS * 100 + activity,
        "unmapped": _unmapped(record),
    }
    if refused:
        reasons = sorted({each["reason"] for each in record["refusals"]})
        event["status_detail"] = " ".join(reasons) or record["outcome"]
    return orjson.dumps(event, option=orjson.OPT_SORT_KEYS)


def _actor(record: Mapping[str, Any]) -> dict[str, Any]:
    who = record["caller"]
    user: dict[str, Any] = {
        "domain": who["country"],
        "groups": [{"name": role, "type": "role"} for role in who["roles"]],
        "name": who["subject"] or who["agency"],
        "org": {"name": who["agency"], "uid": who["agency"], "ou_name": who["unit"]},
        "uid": who["subject"] or who["agency"],
    }
    return {
        "authorizations": [
            {"decision": "Allowed", "policy": {"uid": clause, "name": clause}}
            for clause in dict.fromkeys(entry["clause"] for entry in record["disclosures"])
        ],
        "session": {"issuer": who["issuer"], "uid": who["token"]},
        "user": user,
    }


def _resources(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each record shown, with the names of the fields of it that were."""
    shown: dict[tuple[str, str], dict[str, None]] = {}
    for entry in record["disclosures"]:
        for identifier in entry["records"]:
            for field in entry["fields"]:
                kind = field.partition(".")[0]
                shown.setdefault((kind, identifier), {})[field] = None
    found = [
        {"labels": list(fields), "type": kind, "uid": identifier}
        for (kind, identifier), fields in shown.items()
    ]
    act = record.get("act")
    return [*found, {"type": record["kind"], "uid": act["subject"]}] if act else found


def _unmapped(record: Mapping[str, Any]) -> dict[str, Any]:
    """What an auditor of a registry asks for and OCSF has no word for."""
    act = record.get("act")
    return {
        "kind": record["kind"],
        "pair": record["pair"],
        "purpose": record["purpose"],
        "refusals": record["refusals"],
        "searched": record["searched"],
        "withheld": record["withheld"],
        **({"act": {"from": act["from"], "to": act["to"]}} if act else {}),
    }


def _milliseconds(at: str) -> int:
    since = dt.datetime.fromisoformat(at) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return since // dt.timedelta(milliseconds=1)
