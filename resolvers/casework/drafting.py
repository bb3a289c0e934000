"""Drafts, rounds of negotiation, amendments: how a text comes onto the table (area 4 of 2007)."""

from __future__ import annotations

import datetime as dt

from authz.caller import Caller
from authz.standing import party_of
from ledger.ids import uuid7
from resolvers.casework.contacts import no_cases
from resolvers.casework.definitions import Act, Facts, Given, Statement, Trouble, Work, Written
from resolvers.casework.given import LINE, TEXT, all_of, common, day, text, text_of, value_of
from resolvers.casework.instrument import (
    FACTS,
    both,
    code_rule,
    elsewhere,
    instrument,
    on_agreement,
    put,
)
from resolvers.casework.verdicts import conflict, invalid
from schema.classes import DataClass
from schema.codes import AgreementKind, AgreementState

_S = AgreementState
MOST_TEXT = 100_000
"""Characters of an instrument."""
_FIRST_DAY = dt.date(1950, 1, 1)
_DRAFT = (
    "insert into registry.agreement (id, code, title, kind, state, supersedes_code, parent_code,"
    " areas) values ($1::uuid, $2, $3, $4, 'DRAFT', $5, $6, $7::text[])"
)
_PARTIES = (
    "insert into registry.agreement_party (agreement_code, party)"
    " select $1, q.party from unnest($2::text[]) q(party)"
)
_ROUND = (
    "insert into registry.negotiation_round (agreement_code, number, held_on, place, outcome,"
    " remarks, version, agency_code) select $1, coalesce((select max(r.number) from"
    " registry.negotiation_round r where r.agreement_code = $1), 0) + 1, $2::date, $3, $4, $5,"
    " $6::integer, $7"
)
_GIVEN = "unnest({given_parties:text[]}) q(party)"
_NAMED = "(select a.code from registry.agreement a where a.id = {given_%s:uuid})"
_OF = "select p.party from registry.agreement_party p where p.agreement_code = "
_BEFORE: dict[str, str] = {
    "strange": (
        f"exists (select from {_GIVEN} where not exists (select from registry.party k"
        " where k.code = q.party) or exists (select from registry.agency o"
        " where o.code = q.party and o.country is not null))"
    ),
    "foreign": (
        "exists (select from registry.party k where '-' || {given_code} || '-' like"
        " '%-' || k.code || '-%' and k.code <> all({given_parties:text[]}))"
    ),
    "parent": _NAMED % "parentId",
    "wider": (f"exists (select from {_GIVEN} where q.party not in ({_OF}{_NAMED % 'parentId'}))"),
    "superseded": (
        "(select a.code from registry.agreement a where a.id = {given_supersedesId:uuid}"
        " and a.state in ('SIGNED', 'IN_FORCE') and not exists (select from"
        " registry.agreement n where n.supersedes_code = a.code and n.state <> 'ENDED'))"
    ),
    "others": (
        f"(select array(select q.party from {_GIVEN} order by 1)"
        f" <> array({_OF}{_NAMED % 'supersedesId'} order by 1))"
    ),
}


def parties_of(given: Given) -> list[str]:
    """The parties as given, without blanks around them."""
    value = given.get("parties")
    return [str(party).strip() for party in value] if isinstance(value, list) else []


def _draft_check(given: Given) -> list[Trouble]:
    parties, kind = parties_of(given), value_of(given, "kind")
    if not 2 <= len(set(parties)) == len(parties) <= 20:
        return [invalid("parties", "they are 2 to 20, each named once")]
    if kind == AgreementKind.LAW:
        return [invalid("kind", "a law is no agreement")]
    if not given.get("areas"):
        return [invalid("areas", "at least one is named")]
    trouble = code_rule(str(given["code"]), parties)
    return [trouble] if trouble else []


def _draft(caller: Caller, given: Given, facts: Facts) -> Written:
    parties = parties_of(given)
    trouble = None
    if party_of(caller) not in parties:
        trouble = invalid("parties", "one's own country or organisation is one of them")
    elif facts["strange"] in ("t", "true"):
        trouble = invalid("parties", "each is a country, or an organisation without a country")
    elif facts["foreign"] in ("t", "true"):
        # else its party could learn of this draft by trying the code
        trouble = invalid("code", "it names no party but those of the instrument")
    elif given.get("parentId") and facts["wider"] in ("t", "true"):
        trouble = invalid("parentId", "its parties are those of the instrument carried out")
    elif given.get("supersedesId") and facts["others"] in ("t", "true"):
        trouble = invalid("supersedesId", "an instrument is superseded by one of the same parties")
    elif given.get("supersedesId") and facts["superseded"] is None:
        trouble = invalid("supersedesId", "it is signed or in force, and nothing supersedes it yet")
    if trouble is not None:
        return Written(troubles=(trouble,))
    made, code = uuid7(), str(given["code"])
    areas = [str(getattr(a, "value", a)) for a in _listed(given, "areas")]
    row: Statement = (
        _DRAFT,
        (
            made,
            code,
            text_of(given, "title"),
            value_of(given, "kind"),
            facts["superseded"],
            facts["parent"],
            list(dict.fromkeys(areas)),
        ),
    )
    content = str(text_of(given, "text"))
    first = put(code, 1, caller, str(text_of(given, "summary")), content)
    return Written((row, (_PARTIES, (code, parties)), first), {"id": made, "agreement": made})


def _listed(given: Given, name: str) -> list[object]:
    value = given.get(name)
    return list(value) if isinstance(value, list) else []


def _nothing_more(_: Work) -> Written:
    return Written()


def _round(work: Work) -> Written:
    of, content = instrument(work), text_of(work.given, "text")
    if of.state in (_S.SUPERSEDED, _S.ENDED):
        return Written(troubles=(elsewhere(of.state),))
    if not of.is_negotiated:
        return Written(troubles=(elsewhere(of.state),))  # what is possible: `amendAgreement`
    rows: list[Statement] = []
    summary = text_of(work.given, "summary")
    if content is None and summary is not None:
        return Written(troubles=(invalid("text", "a summary is one of a text"),))
    if content is not None:
        if summary is None:
            return Written(troubles=(invalid("summary", "a new text says what is new in it"),))
        rows.append(put(of.code, of.next_version, work.caller, summary, content))
    rows.append(
        (
            _ROUND,
            (
                of.code,
                value_of(work.given, "heldOn"),
                text_of(work.given, "place"),
                value_of(work.given, "outcome"),
                text_of(work.given, "remarks"),
                of.next_version if content is not None else None,
                work.caller.agency,
            ),
        )
    )
    return Written(tuple(rows))


def _amend(work: Work) -> Written:
    of = instrument(work)
    if of.state not in (_S.SIGNED, _S.IN_FORCE):
        return Written(troubles=(elsewhere(of.state),))
    if of.is_negotiated:
        said = "an amendment is on the table: change it with `recordNegotiationRound`"
        return Written(troubles=(conflict(DataClass.CLAUSE, said),))
    summary, content = (str(text_of(work.given, name)) for name in ("summary", "text"))
    return Written((put(of.code, of.next_version, work.caller, summary, content),))


_TEXTS = (text("summary", TEXT, least=3), text("text", MOST_TEXT, least=10))

ACTS: tuple[Act, ...] = (
    Act(
        "draftAgreement",
        "AgreementPayload",
        "Agreement",
        None,
        _nothing_more,
        all_of(common, text("title", LINE * 2, least=3, lines=False), *_TEXTS, _draft_check),
        classes=both,
        facts=FACTS,
        make=_draft,
        before=_BEFORE,
        sees={"parentId": ("Agreement",), "supersedesId": ("Agreement",)},
    ),
    on_agreement(
        "recordNegotiationRound",
        _round,
        day("heldOn", earliest=_FIRST_DAY, past=True),
        text("place", LINE, lines=False),
        text("remarks", TEXT),
        no_cases("remarks"),
        text("summary", TEXT),
        text("text", MOST_TEXT),
    ),
    on_agreement("amendAgreement", _amend, *_TEXTS),
)
