"""A POST becomes a `Request`: header fields, caller, body, purpose, in this order.

Nothing of a body is read for a caller who has not proved who it is. Shared by
/graphql, which answers once, and /graphql/stream, which goes on answering.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Receive

from authz.caller import Caller
from resolvers.engine import Request
from service.http import answers
from service.http.admission import Admission, Ended
from service.http.answers import Refusal
from service.http.fields import Fields
from service.http.media import is_json
from service.http.parameters import BodyTooLarge, read_parameters, receive_body
from service.http.watching import Watch

_SINGLE = (b"content-type", b"content-encoding", b"content-length")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and seconds of one request."""

    body: int
    body_seconds: float
    answer_seconds: float


class Reception:
    """Reads requests under limits."""

    def __init__(
        self,
        admission: Admission,
        limits: Limits,
        not_acceptable: Refusal = answers.NOT_ACCEPTABLE,
    ) -> None:
        self.admission = admission
        self.limits = limits
        self._not_acceptable = not_acceptable

    async def request(
        self, fields: Fields, receive: Receive, trace_id: str, watch: Watch, *, acceptable: bool
    ) -> Request:
        """The request. `acceptable`: the client takes a form that is served here. Raises Ended,
        RequestRefused or ClientGone.
        """
        self._check_fields(fields, acceptable=acceptable)
        caller = await self.admission.caller(fields.bearer())
        watch.body(self.limits.body_seconds)
        try:
            body = await receive_body(receive, self.limits.body)
        except BodyTooLarge:
            raise Ended(answers.TOO_LARGE) from None
        parameters = read_parameters(body)
        return Request(
            query=parameters.query,
            operation_name=parameters.operation_name,
            variables=parameters.variables,
            caller=caller,
            purpose=purpose_of(fields, caller),
            trace_id=trace_id,
            idempotency_key=_key_of(fields),
        )

    def _check_fields(self, fields: Fields, *, acceptable: bool) -> None:
        one, doubled = fields.one, fields.doubled
        if not acceptable:
            raise Ended(self._not_acceptable)
        if (doubled and not doubled.isdisjoint(_SINGLE)) or not is_json(one.get(b"content-type")):
            raise Ended(answers.CONTENT_TYPE)
        if one.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Ended(answers.CONTENT_ENCODING)
        length = one.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > len(str(self.limits.body)):
            raise Ended(answers.TOO_LARGE)
        if int(length) > self.limits.body:
            raise Ended(answers.TOO_LARGE)


def purpose_of(fields: Fields, caller: Caller) -> str | None:
    """The purpose of this request; None where neither header nor token fixes one. Raises Ended."""
    if b"saphan-purpose" in fields.doubled:
        raise Ended(answers.PURPOSE_TWICE)
    stated = fields.one.get(b"saphan-purpose")
    if stated is None:
        return caller.purposes[0] if len(caller.purposes) == 1 else None
    purpose = stated.decode("latin-1")
    if purpose not in caller.purposes:
        raise Ended(answers.PURPOSE_NOT_ALLOWED)
    return purpose


def _key_of(fields: Fields) -> str | None:
    """The `Idempotency-Key` as it was sent; sent twice it is no key."""
    if b"idempotency-key" in fields.doubled:
        return ""
    key = fields.one.get(b"idempotency-key")
    return None if key is None else key.decode("latin-1")
