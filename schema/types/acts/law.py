"""Acts upon protocols, and emergency openings."""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.codes import ReviewFinding
from schema.types.acts.field import ActField, Argument
from schema.types.enums import describe_enum
from schema.types.protocols import EmergencyPayload, ProtocolPayload

describe_enum(
    ReviewFinding,
    "What a second person found of an emergency opening.",
    {
        "JUSTIFIED": "There was an emergency, and the case had to be opened.",
        "NOT_JUSTIFIED": "There was none, or the case had not to be opened for it.",
    },
)

_AGREEMENT = Argument("agreement", str, "Code of the agreement.")
_VERSION = Argument("version", int, "Number of the version.")

ACTS: tuple[ActField, ...] = (
    ActField(
        "proposeProtocol",
        ProtocolPayload,
        "Propose a version of a protocol, as an AGREEMENT_STEWARD of one of its parties. It is "
        "refused whole where its text has a problem or a proof fails.",
        (
            Argument("content", str, "The document, TOML."),
            Argument(
                "inForceFrom",
                dt.datetime | None,
                "From when it is in force once every party is bound; left out: at once.",
            ),
            Argument(
                "report",
                str | None,
                "The report on its effects, as `saphan protocol diff --replay` wrote it.",
            ),
        ),
    ),
    ActField(
        "ratifyProtocol",
        ProtocolPayload,
        "Ratify a proposed version for one's own party, as another person than the one who "
        "proposed it. With the last party's word it takes effect.",
        (
            _AGREEMENT,
            _VERSION,
            Argument("contentHash", str, "SHA-256 of the text that is ratified, hex."),
            Argument(
                "reportHash",
                str | None,
                "SHA-256 of the report that was proposed with it, hex.",
            ),
        ),
    ),
    ActField(
        "endProtocol",
        ProtocolPayload,
        "Leave a protocol version for one's own party: it ends for all at the instant stated.",
        (
            _AGREEMENT,
            _VERSION,
            Argument("until", dt.datetime, "The instant at which it ends, not in the past."),
        ),
    ),
    ActField(
        "openEmergency",
        EmergencyPayload,
        "Open one return case for oneself and one hour, with a reason. Its holder sees that at "
        "once, and another person reviews it within 72 hours.",
        (
            Argument("caseId", strawberry.ID, "Id of the return case."),
            Argument(
                "reason",
                str,
                "Why, in 10 to 2000 characters; the holder and the reviewer read it.",
            ),
        ),
    ),
    ActField(
        "reviewEmergency",
        EmergencyPayload,
        "Say of an emergency opening whether it was justified, as another person than the one who "
        "opened it.",
        (
            Argument("id", strawberry.ID, "Id of the emergency opening."),
            Argument("finding", ReviewFinding, "What was found."),
            Argument("remark", str | None, "Why, in words."),
        ),
    ),
)
