"""`openReturnCase`: a person and her case, made first and judged after (edge 1).

The case is held by, and assigned to, the agency that enters it. Where no clause
lets that agency do so, what was written is taken back.
"""

from __future__ import annotations

import uuid

from authz.caller import Caller
from resolvers.casework.definitions import Act, Facts, Given, Statement, Trouble, Work, Written
from resolvers.casework.given import LINE, all_of, common, text, text_of
from resolvers.casework.persons import said
from resolvers.casework.standing import READS
from resolvers.casework.steps import add
from resolvers.casework.verdicts import invalid
from schema.classes import DataClass
from schema.codes import MAIN_RANK, AgreementKind, AgreementState, CaseState

_NAMES = ("given_name", "family_name", "alias", "name_in_script")
_HOST = "coalesce({given_host}, {country})"
_ORIGIN = "coalesce({given_origin}, {country})"
_KINDS = ", ".join(f"'{kind}'" for kind in (AgreementKind.MOU, AgreementKind.AGREEMENT))
_AGREEMENT = (
    "(select a.code from registry.agreement a"
    f" where a.state = '{AgreementState.IN_FORCE}'"
    " and coalesce(a.in_force_from, a.signed_on, current_date) <= current_date"
    " and (a.until_on is null or a.until_on >= current_date)"
    " and exists (select from registry.agreement_party p where p.agreement_code = a.code"
    f" and p.party = {_HOST}) and exists (select from registry.agreement_party p"
    f" where p.agreement_code = a.code and p.party = {_ORIGIN})"
    f" and (a.code = {{given_agreement}} or ({{given_agreement}} is null and a.kind in ({_KINDS})"
    " and (select count(*) from registry.agreement_party p where p.agreement_code = a.code) = 2))"
    " order by exists (select from registry.agreement n where n.supersedes_code = a.code"
    " and n.state = a.state), coalesce(a.in_force_from, a.signed_on) desc nulls last,"
    " a.code desc limit 1)"
)
_CASE = (
    "insert into registry.return_case (id, victim_id, agreement_code, host, origin, state,"
    " main_rank, state_since, notified_at, holder, case_worker)"
    " values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7::smallint, now(),"
    " case when $8::boolean then now() end, $9, $10)"
)
_ASSIGNED = (
    "insert into registry.assignment (id, case_id, agency_code, unit, from_at)"
    " values (gen_random_uuid(), $1::uuid, $2, $3, now())"
)
_FIRST = (
    "insert into registry.transition (id, case_id, state, at, clause, actor_agency)"
    " values (gen_random_uuid(), $1::uuid, $2, now(), $3, $4)"
)


def _check(given: Given) -> list[Trouble]:
    person, known = given.get("person"), given.get("victimId")
    if (person is None) == (known is None):
        return [invalid("person", "either `person` or `victimId` is given")]
    if not isinstance(person, dict):
        return []
    read = said(given)
    if read.troubles:
        return list(read.troubles)
    if not any(read.values.get(name) for name in _NAMES):
        return [invalid("person", "a name or an alias is needed")]
    return []


def _countries(caller: Caller, given: Given) -> tuple[str, str]:
    host, origin = text_of(given, "host"), text_of(given, "origin")
    return host or caller.country, origin or caller.country


def _between(caller: Caller, given: Given, facts: Facts) -> list[Trouble]:
    """What is wrong with the two countries and the agreement."""
    host, origin = _countries(caller, given)
    if host == origin:
        return [invalid("origin", "the person was found in another country than her own")]
    if caller.country not in (host, origin):
        return [invalid("host", "one of both is the country of the agency that opens the case")]
    if facts["host_seated"] is None:
        return [invalid("host", "it is a country that the registry knows")]
    if facts["origin_known"] is None:
        return [invalid("origin", "it is a country that the registry knows")]
    if caller.country == origin and facts["host_seated"] in ("t", "true"):
        return [invalid("host", "this country has a seat: its own desks open the case")]
    if given.get("agreement") is not None and facts["agreement"] is None:
        return [invalid("agreement", "it is an agreement in force between both countries")]
    if given.get("victimId") is not None and not _in_hands(facts):
        rule = (
            "she was entered by this agency, or it holds a case of hers; else she is entered anew"
        )
        return [invalid("victimId", rule)]
    return []


def _in_hands(facts: Facts) -> bool:
    """Her record is this country's own: entered here, and read as it stands; and she is this desk's
    own. What another wrote of her is not opened by a case that one opens oneself: an assignment
    for a day, or a formal request, would open her for ever.
    """
    asked = ("entered_here", "of_this_desk", f"{READS}victimId")
    return all(facts[name] in ("t", "true") for name in asked)


def _make(caller: Caller, given: Given, facts: Facts) -> Written:
    troubles = _between(caller, given, facts)
    if troubles:
        return Written(troubles=tuple(troubles))
    host, origin = _countries(caller, given)
    state = CaseState.SCREENED if caller.country == host else CaseState.TRACING
    case, known = str(uuid.uuid4()), given.get("victimId")
    victim = str(known) if known is not None else str(uuid.uuid4())
    rows: list[Statement] = []
    if known is None:
        values = {"nationalities": [origin], **said(given).values}
        rows.append(add("registry.victim", id=victim, entered_by=caller.agency, **values))
    rank = MAIN_RANK[state]
    rows.append(
        (
            _CASE,
            (
                case,
                victim,
                facts["agreement"],
                host,
                origin,
                state.value,
                rank,
                rank >= MAIN_RANK[CaseState.NOTIFIED],
                caller.agency,
                text_of(given, "caseWorker"),
            ),
        )
    )
    rows.append(
        (
            _ASSIGNED,
            (case, caller.agency, caller.unit or None),
        )
    )
    return Written(tuple(rows), {"id": case, "returnCase": case})


def _enter(work: Work) -> Written:
    state = work.stand.facts["state"]
    return Written(((_FIRST, (work.case, state, work.stand.clause, work.caller.agency)),))


ACTS: tuple[Act, ...] = (
    Act(
        "openReturnCase",
        "CasePayload",
        "ReturnCase",
        None,
        _enter,
        all_of(
            common,
            _check,
            text("host", 2),
            text("origin", 2),
            text("agreement", LINE, lines=False),
            text("caseWorker", LINE, lines=False),
        ),
        make=_make,
        before={
            "host_seated": f"(select n.has_seat from registry.country n where n.code = {_HOST})",
            "origin_known": f"(select true from registry.country n where n.code = {_ORIGIN})",
            "agreement": _AGREEMENT,
            "of_this_desk": (
                "(exists (select from registry.victim v where v.id = {given_victimId:uuid}"
                " and v.entered_by = {agency}) or exists (select from registry.return_case c"
                " join registry.agency h on h.code = c.holder"
                " where c.victim_id = {given_victimId:uuid} and (c.holder = {agency}"
                " or (h.country = {country} and 'FOCAL_POINT' = any({roles:text[]})))))"
            ),
            "entered_here": (
                "(select e.country = {country} from registry.victim v join registry.agency e"
                " on e.code = v.entered_by where v.id = {given_victimId:uuid})"
            ),
        },
        sees={"victimId": ("Victim",)},
        reads={"victimId": DataClass.IDENTITY},
    ),
)
