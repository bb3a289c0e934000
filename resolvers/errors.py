"""Errors a caller may meet: the fixed list of codes, and the one body they are told in.

Takes a code and a text without any value of the caller's, gives a GraphQL
error or a whole response body. Never carries internals, SQL or literals.
GraphQL over HTTP decides the status: `status_of` is that table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import orjson


class ErrorCode(StrEnum):
    """Every `extensions.code` saphan can answer with. Codes are never reused."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    PURPOSE_REQUIRED = "PURPOSE_REQUIRED"
    PURPOSE_NOT_ALLOWED = "PURPOSE_NOT_ALLOWED"
    FIELD_NOT_PERMITTED = "FIELD_NOT_PERMITTED"
    OPERATION_NOT_PERMITTED = "OPERATION_NOT_PERMITTED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    COST_LIMIT = "COST_LIMIT"
    CURSOR_INVALID = "CURSOR_INVALID"
    CONFLICT = "CONFLICT"
    STATE_CONFLICT = "STATE_CONFLICT"
    IDEMPOTENCY_REUSED = "IDEMPOTENCY_REUSED"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


_STATUS: dict[ErrorCode, int] = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.TIMEOUT: 503,
    ErrorCode.INTERNAL: 500,
}


def status_of(code: ErrorCode) -> int:
    """HTTP status of a response without `data` whose first error has this code; 400 where nothing
    else is said.
    """
    return _STATUS.get(code, 400)


@dataclass(frozen=True, slots=True)
class GraphQLFault:
    """One entry of `errors`: a message free of values, a code, an optional path and further
    extensions.
    """

    code: ErrorCode
    message: str
    path: tuple[str | int, ...] | None = None
    extensions: Mapping[str, object] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """The shape of section 7.1.2 of the GraphQL specification."""
        error: dict[str, object] = {"message": self.message}
        if self.path is not None:
            error["path"] = list(self.path)
        error["extensions"] = {"code": self.code.value, **self.extensions}
        return error


class RequestRefused(Exception):
    """A request that ends before any statement runs: the answer has `errors` and no `data`."""

    def __init__(self, *faults: GraphQLFault) -> None:
        super().__init__(faults[0].code.value)
        self.faults = faults

    @classmethod
    def of(cls, code: ErrorCode, message: str, **extensions: object) -> RequestRefused:
        """One fault without a path."""
        return cls(GraphQLFault(code, message, extensions=extensions))


def errors_body(faults: Sequence[GraphQLFault]) -> bytes:
    """A response body that holds `errors` alone."""
    return orjson.dumps({"errors": [fault.as_dict() for fault in faults]})


def error_body(code: ErrorCode, message: str, **extensions: object) -> bytes:
    """A response body with one error and no `data`."""
    return errors_body([GraphQLFault(code, message, extensions=extensions)])
