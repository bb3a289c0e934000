"""Guards as SQL over the case `t`: what must be true before a step may be taken.

Each speaks of the country of origin, whoever asks: a consent counts where it
reaches an agency of that country. The same predicates as those of the grants
are used, so that a step is never taken upon a consent that opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from authz.grants import ClauseRef, Condition, Grant, Grantee
from resolvers.parameters import Parameters
from resolvers.predicates import Where, predicate
from schema.machine import Guard


@dataclass(slots=True)
class _Seen(Parameters):
    """Parameters under which a predicate asks about another agency than the caller's."""

    agency: str = ""
    country: str = ""

    def ctx(self, name: str, cast: str = "text") -> str:
        """SQL of the agency and country asked about; nothing else of a caller is known here."""
        del cast
        return {"agency": self.agency, "country": self.country}[name]


def _grant(*when: Condition) -> Grant:
    nothing = ClauseRef("", 0, "")
    return Grant(nothing, Grantee(), frozenset(), "ReturnCase", frozenset(), when)


def _where(agency: str, country: str) -> Where:
    return Where("ReturnCase", "t", "t", _Seen(agency=agency, country=country), has_unit=False)


def _reaches_origin(purpose: str) -> str:
    condition = Condition("consent", (purpose,))
    holds = predicate(condition, _grant(condition), _where("ga.code", "ga.country"))
    return f"exists (select from registry.agency ga where ga.country = t.origin and {holds})"


def _guarded(*purposes: str) -> str:
    grant = _grant(*(Condition("consent", (purpose,)) for purpose in purposes))
    return predicate(Condition("minor_needs_guardian"), grant, _where("''", "''"))


_NEWEST_OUTCOME = (
    "(select a.outcome from registry.assessment a where a.case_id = t.id"
    " order by a.recorded_at desc, a.id limit 1)"
)

GUARDS: dict[Guard, str] = {
    Guard.NO_OBJECTION: predicate(
        Condition("no_objection"), _grant(), _where("t.origin", "t.origin")
    ),
    Guard.CONSENT_TRACING: _reaches_origin("TRACING"),
    Guard.MINOR_NEEDS_GUARDIAN: _guarded("TRACING"),
    Guard.PROTOCOL_IN_FORCE: "coalesce(t.agreement_code = any({in_force}), false)",
    Guard.OUTCOME_CODED: f"({_NEWEST_OUTCOME} is not null)",
    Guard.CONSENT_RETURN: _reaches_origin("RETURN"),
    Guard.ASSESSMENT_NOT_NEGATIVE: (
        f"coalesce({_NEWEST_OUTCOME} in ('SUITABLE', 'SUITABLE_WITH_SUPPORT'), false)"
    ),
    Guard.NO_LEGAL_HOLD: "(not t.legal_hold)",
    Guard.IDENTITY_VERIFIED: (
        "exists (select from registry.travel_paper p where p.case_id = t.id"
        " and p.identity_verified)"
    ),
    Guard.CONSENT_SERVICES: _reaches_origin("SERVICES"),
}
"""SQL of each guard that the registry can answer; `{in_force}` are the agreements in force."""
_CHILD_RETURNS = _guarded("TRACING", "RETURN")


def guard_sql(guard: Guard, act: str) -> str:
    """The same for an act: the return of a child rests on more than the search for her family."""
    if guard is Guard.MINOR_NEEDS_GUARDIAN and act != "requestTracing":
        return _CHILD_RETURNS
    return GUARDS[guard]
