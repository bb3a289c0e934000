"""Conditions as SQL: each named condition of `authz.conditions` is one boolean expression.

Takes a condition, an entity and the aliases of the row and of its case, gives
SQL text over constants and parameters. All facts are read inside the
statement, so a withdrawal bites at the next request. No expression here may
err on any row: only comparisons, EXISTS and aggregates of one case's rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from authz.conditions import CONDITIONS
from authz.grants import Condition, Corridor, Grant, Side
from resolvers.belonging import PER_ROW, is_assigned, own_case
from resolvers.parameters import Parameters
from schema.codes import MAIN_STATES

NOTIFIED = MAIN_STATES.index("NOTIFIED") + 1
HANDED_OVER = MAIN_STATES.index("HANDED_OVER") + 1
_WINDOW = "interval '7 days'"


@dataclass(frozen=True, slots=True)
class Where:
    """The aliases of one decision: `record` is the row judged, `case` its one case ('' where it
    has none).
    """

    entity: str
    record: str
    case: str
    params: Parameters
    has_unit: bool


def predicate(condition: Condition, grant: Grant, where: Where) -> str:
    """SQL that is true where `condition` holds; never null."""
    return _PREDICATES[condition.name](condition, grant, where)


def anchor(grant: Grant, where: Where) -> str:
    """Anchor, side and the implicit rules of a case-bound grant; of a free one, its party
    conditions.
    """
    return " and ".join(anchors(grant, where)) or "true"


def anchors(grant: Grant, where: Where) -> list[str]:
    """The parts of `anchor`, each true or false."""
    parts = [predicate(c, grant, where) for c in grant.when if is_anchor(c)]
    parts.extend(_side(grant, where))
    if where.case and where.params.has_cases:
        parts.append(f"{where.case}.id = any({where.params.ctx('cases', 'uuid[]')})")
    return parts


def is_anchor(condition: Condition) -> bool:
    """Conditions whose failure reads NO_PROTOCOL: the grant does not compete at all."""
    return CONDITIONS[condition.name].reason == "NO_PROTOCOL"


def origin_may_see(where: Where) -> str:
    """Origin sees a case only once NOTIFIED was reached, and no more after NOT_A_NATIONAL
    (rulings, 2).
    """
    c, country = where.case, where.params.ctx("country")
    return (
        f"({c}.origin <> {country} or {c}.host = {country}"
        f" or ({c}.main_rank >= {NOTIFIED} and not {c}.not_a_national))"
    )


def _side(grant: Grant, where: Where) -> list[str]:
    side, c, country = grant.grantee.side, where.case, where.params.ctx("country")
    if not where.case or side is None:
        return []
    if side is Side.HOST:
        return [f"{c}.host = {country}"]
    if side is Side.ORIGIN:
        return [f"{c}.origin = {country}"]
    return [f"{country} in ({c}.host, {c}.origin)"]


def _lodged_under(_: Condition, grant: Grant, where: Where) -> str:
    code = where.params.fixed(grant.clause.agreement)
    return f"coalesce({where.case}.agreement_code = {code}, false)"


def _covers_corridor(_: Condition, grant: Grant, where: Where) -> str:
    return f"({' or '.join(_corridor(c, where) for c in grant.corridors) or 'false'})"


def _corridor(corridor: Corridor, where: Where) -> str:
    c, fixed = where.case, where.params.fixed
    parts = []
    if corridor.host != "*":
        parts.append(f"{c}.host = {fixed(corridor.host)}")
    if corridor.origin != "*":
        parts.append(f"{c}.origin = {fixed(corridor.origin)}")
    if corridor.bar:
        codes = ", ".join(fixed(code) for code in corridor.bar)
        parts.append(
            "not exists (select from registry.agreement_party a join registry.agreement_party b"
            f" on b.agreement_code = a.agreement_code where a.agreement_code in ({codes})"
            f" and a.party = {c}.host and b.party = {c}.origin)"
        )
    return f"({' and '.join(parts) or 'true'})"


def _held_by_party(_: Condition, grant: Grant, where: Where) -> str:
    c, country = where.case, where.params.ctx("country")
    return (
        f"({c}.host = {country} or exists (select from registry.agency h"
        f" where h.code = {c}.holder and h.country = {country}))"
    )


def _assigned(_: Condition, grant: Grant, where: Where) -> str:
    if where.entity == "AccessRecord":
        own = own_case("r.v", "l.pair", where.params, has_unit=where.has_unit)
        return (
            f"({_is_access(where)} and exists (select from ledger.access_leaf l cross join lateral"
            f" unnest(l.records) r(v) where l.record_id = {where.record}.id and {own}))"
        )
    return is_assigned(where.case, where.params, has_unit=where.has_unit)


def _referred_to(_: Condition, grant: Grant, where: Where) -> str:
    return (
        f"({where.record}.to_agency = {where.params.ctx('agency')}"
        f" and {where.record}.state = 'OPEN')"
    )


def _home_province(_: Condition, grant: Grant, where: Where) -> str:
    if not where.has_unit:
        return "false"
    test = "coalesce({v}.home_province = " + where.params.ctx("unit") + ", false)"
    return _of_victim(test, where)


def _formal_request(_: Condition, grant: Grant, where: Where) -> str:
    return (
        f"exists (select from registry.legal_request q where q.case_id = {where.case}.id"
        f" and q.agency_code = {where.params.ctx('agency')} and q.number is not null"
        " and q.received_on <= current_date"
        f" and (q.expires_on is null or q.expires_on >= current_date){PER_ROW})"
    )


def _stage_from(condition: Condition, grant: Grant, where: Where) -> str:
    return f"{where.case}.main_rank >= {_rank(condition.args[0])}"


def _stage_between(condition: Condition, grant: Grant, where: Where) -> str:
    low, high = (_rank(state) for state in condition.args)
    return f"{where.case}.main_rank between {low} and {high}"


def _window(low: str, high: str, past: str) -> Callable[[Condition, Grant, Where], str]:
    def test(_: Condition, grant: Grant, where: Where) -> str:
        c = where.case
        return (
            f"({c}.main_rank between {_rank(low)} and {_rank(high)}"
            f" and coalesce(current_date between {c}.planned_handover_on - {_WINDOW}"
            f" and {c}.planned_handover_on + {past}, false))"
        )

    return test


def _before_handover(_: Condition, grant: Grant, where: Where) -> str:
    return f"{where.case}.main_rank < {HANDED_OVER}"


def _host_part_frozen(_: Condition, grant: Grant, where: Where) -> str:
    copy = (
        f"exists (select from registry.frozen z where z.case_id = {where.case}.id"
        f" and z.record_id = {where.record}.id{PER_ROW})"
    )
    return f"({where.case}.main_rank < {HANDED_OVER} or {copy})"


_CLOSING = "s.state in ('REFUSED', 'WITHDRAWN')"


def _no_objection(_: Condition, grant: Grant, where: Where) -> str:
    # of the statements that reach the caller the newest decides; on a tie the objection stands
    own = _names(where)
    opened = f"max(s.stated_at) filter (where not ({_CLOSING}) and {own})"
    closed = f"max(s.stated_at) filter (where {_CLOSING} and ({own} or s.recipients = '{{}}'))"
    return (
        f"(select coalesce({opened} > {closed}, {closed} is null) from registry.consent s"
        f" where s.case_id = {where.case}.id and s.purpose = 'NOTIFICATION')"
    )


def _names(where: Where) -> str:
    agency, country = where.params.ctx("agency"), where.params.ctx("country")
    return f"({agency} = any(s.recipients) or {country} = any(s.recipients))"


def _consent(condition: Condition, grant: Grant, where: Where) -> str:
    """The agency's own newest statement beats its country's; any later closing at either level
    closes both.
    """
    agency, country = where.params.ctx("agency"), where.params.ctx("country")
    whole = "s.recipients = '{}'"

    def newest(state: str, reach: str) -> str:
        return f"max(s.stated_at) filter (where {state} and {reach})"

    own, theirs = f"{agency} = any(s.recipients)", f"{country} = any(s.recipients)"
    past = "'-infinity'::timestamptz"
    closed = newest(_CLOSING, f"({own} or {theirs} or {whole})")
    given_own, given_country = newest("s.state = 'GIVEN'", own), newest("s.state = 'GIVEN'", theirs)
    other_own = newest("s.state <> 'GIVEN'", own)
    other_country = newest("s.state <> 'GIVEN'", theirs)
    return (
        f"(select coalesce(case when coalesce({given_own}, {other_own}) is not null"
        f" then {given_own} > greatest({other_own}, {closed}, {past})"
        f" else {given_country} > greatest({other_country}, {closed}, {past}) end, false)"
        f" from registry.consent s where s.case_id = {where.case}.id"
        f" and s.purpose = '{_word(condition.args[0])}')"
    )


def _consent_is(condition: Condition, grant: Grant, where: Where) -> str:
    return f"{where.record}.purpose = '{_word(condition.args[0])}'"


_ADULT = (
    "(not {v}.age_disputed and coalesce({v}.birth_latest"
    " <= (current_date - interval '18 years')::date, false))"
)


def _adult(_: Condition, grant: Grant, where: Where) -> str:
    return _of_victim(_ADULT, where)


def _minor_needs_guardian(_: Condition, grant: Grant, where: Where) -> str:
    purposes = [_word(c.args[0]) for c in grant.when if c.name == "consent"]
    papers = (
        f"({where.case}.best_interests_decision is not null"
        f" and {where.case}.case_worker is not null"
        f" and {_guarded(purposes, where)})"
    )
    return f"({_of_victim(_ADULT, where)} or {papers})"


def _guarded(purposes: list[str], where: Where) -> str:
    """Guardian's consent with the child's assent, for each consent the grant rests on, later than
    any closing.
    """
    guarded = (
        "max(s.stated_at) filter (where s.state = 'GIVEN' and s.guardian is not null and s.assent"
        " and s.given_by in ('SELF_WITH_GUARDIAN', 'GUARDIAN', 'COURT'))"
    )
    closed = f"max(s.stated_at) filter (where {_CLOSING})"
    head = (
        f"coalesce((select coalesce({guarded} > coalesce({closed}, '-infinity'), false)"
        f" from registry.consent s where s.case_id = {where.case}.id"
    )
    if not purposes:
        return f"{head}), false)"
    return " and ".join(f"{head} and s.purpose = '{purpose}'), false)" for purpose in purposes)


def _of_victim(test: str, where: Where) -> str:
    if where.entity == "Victim":
        return test.format(v=where.record)
    inner = test.format(v="w")
    return f"exists (select from registry.victim w where w.id = {where.case}.victim_id and {inner})"


def _emergency_open(_: Condition, grant: Grant, where: Where) -> str:
    """Opened by this person, for this case, within the hour. No colleague's opening counts."""
    ctx = where.params.ctx
    return (
        f"exists (select from registry.emergency_opening o where o.case_id = {where.case}.id"
        f" and o.agency_code = {ctx('agency')} and o.subject = {ctx('subject')}"
        f" and o.issuer = {ctx('issuer')} and o.opened_at <= now() and o.until_at > now(){PER_ROW})"
    )


def _never(_: Condition, grant: Grant, where: Where) -> str:
    return "false"


def _agreement_code(where: Where) -> str:
    column = "code" if where.entity == "Agreement" else "agreement_code"
    return f"{where.record}.{column}"


def _party(_: Condition, grant: Grant, where: Where) -> str:
    country, agency = where.params.ctx("country"), where.params.ctx("agency")
    return (
        "exists (select from registry.agreement_party p where p.agreement_code ="
        f" {_agreement_code(where)} and p.party in ({country}, {agency}))"
    )


def _participant(_: Condition, grant: Grant, where: Where) -> str:
    return (
        "exists (select from registry.contact_participant p where p.contact_id ="
        f" {where.record}.id and p.agency_code = {where.params.ctx('agency')})"
    )


def _shares_corridor(condition: Condition, grant: Grant, where: Where) -> str:
    shared = _party(condition, grant, where)
    country = where.params.ctx("country")
    if where.entity == "FocalPoint":
        corridors = (
            f"exists (select from unnest({where.record}.corridors) k"
            f" where {country} = any(string_to_array(k, '-')))"
        )
        return f"({shared} or {corridors})"
    if where.entity == "BilateralContact":
        return f"({shared} or coalesce({country} = any({where.record}.countries), false))"
    return shared


def _own_actor(_: Condition, grant: Grant, where: Where) -> str:
    country = where.params.ctx("country")
    return f"({where.record}.country = {country} and {country} <> '')"


def _own_country_case(_: Condition, grant: Grant, where: Where) -> str:
    country = where.params.ctx("country")
    return (
        f"exists (select from ledger.access_leaf l where l.record_id = {where.record}.id"
        f" and ({country} = any(string_to_array(l.pair, '-')) or l.pair = ''))"
    )


def _is_access(where: Where) -> str:
    """Acts are leaves of the same ledger and the auditors' to read; a desk sees accesses alone."""
    return f"{where.record}.kind = 'ACCESS'"


def _rank(state: str) -> int:
    return MAIN_STATES.index(state) + 1


def _word(text: str) -> str:
    """A code of a closed list, as checked when the document was loaded; anything else is a defect
    of ours.
    """
    if not text.replace("_", "").isalpha() or not text.isupper():
        raise ValueError("a condition's argument is not a code")
    return text


_PREDICATES: dict[str, Callable[[Condition, Grant, Where], str]] = {
    "lodged_under": _lodged_under,
    "covers_corridor": _covers_corridor,
    "held_by_party": _held_by_party,
    "assigned": _assigned,
    "referred_to": _referred_to,
    "home_province": _home_province,
    "formal_request": _formal_request,
    "stage_from": _stage_from,
    "stage_between": _stage_between,
    "arrivals_window": _window("DOCUMENTS_READY", "IN_RECEPTION", _WINDOW),
    "travel_window": _window("DOCUMENTS_READY", "HANDED_OVER", "interval '0 days'"),
    "before_handover": _before_handover,
    "host_part_frozen": _host_part_frozen,
    "no_objection": _no_objection,
    "consent": _consent,
    "consent_is": _consent_is,
    "minor_needs_guardian": _minor_needs_guardian,
    "adult": _adult,
    "emergency_open": _emergency_open,
    "aggregate_only": _never,
    "party": _party,
    "participant": _participant,
    "shares_corridor": _shares_corridor,
    "own_actor": _own_actor,
    "own_country_case": _own_country_case,
}
