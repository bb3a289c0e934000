"""What the person said: statements of consent, added and never changed.

Each is a line of the ledger of the kind CONSENT. A withdrawal that a step of
the return rests on stops the flow in the same act, and the answer lists what was
handed over before, so that she can be told.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import orjson

from resolvers.casework.custody import CUSTODY, out_of_hands
from resolvers.casework.definitions import Act, Given, Statement, Trouble, Work, Written
from resolvers.casework.disclosed import DISCLOSED, READ
from resolvers.casework.given import (
    LINE,
    Check,
    all_of,
    common,
    day,
    text,
    text_of,
    value_of,
)
from resolvers.casework.guards import GUARDS
from resolvers.casework.resting import NEEDED
from resolvers.casework.steps import CASE, content_of
from resolvers.casework.verdicts import done_before, invalid
from schema.catalog import catalog
from schema.classes import DataClass
from schema.codes import MAIN_RANK, CaseState, ConsentGivenBy, ConsentPurpose, ConsentState
from schema.machine import Guard

_S = ConsentState
_RESTS_ON = {
    ConsentPurpose.NOTIFICATION: Guard.NO_OBJECTION,
    ConsentPurpose.TRACING: Guard.CONSENT_TRACING,
    ConsentPurpose.RETURN: Guard.CONSENT_RETURN,
}
"""What the flow rests on, by the purpose of the consent."""
MAX_RECIPIENTS = 40
_NEWEST = (
    "(select s.state from registry.consent s where s.case_id = t.id"
    " and s.purpose = {given_purpose} order by s.stated_at desc, s.recorded_at desc limit 1)"
)
_OPEN = (
    "(select {what} from registry.consent g where g.case_id = t.id"
    " and g.purpose = {{given_purpose}} and g.state = 'GIVEN' and exists (select"
    " from unnest(g.recipients) n(code) where not exists (select from registry.consent c"
    " where c.case_id = t.id and c.purpose = g.purpose and c.state in ('WITHDRAWN', 'REFUSED')"
    " and c.stated_at >= g.stated_at"
    " and (c.recipients = '{{}}' or n.code = any(c.recipients)))){more})"
)
"""Over what was given and not closed towards each of its recipients."""
_LATER = (
    " and g.stated_at > {given_statedAt:timestamptz}"
    " and (coalesce(cardinality({given_recipients:text[]}), 0) = 0 or exists (select"
    " from unnest(g.recipients) n(code), unnest({given_recipients:text[]}) w(code)"
    " where n.code = w.code or n.code like w.code || '-%' or w.code like n.code || '-%'))"
)
"""What a closing would reach, had it not been stated before: agencies are those of a country."""
_OWN_WORD = (
    "(select count(*) from registry.consent g cross join unnest(g.recipients) n(code)"
    " where g.case_id = t.id and g.purpose = {given_purpose} and g.state = 'GIVEN'"
    " and (g.guardian is null or g.assent is not true) and not exists (select from"
    " registry.consent c where c.case_id = t.id and c.purpose = g.purpose"
    " and c.state in ('WITHDRAWN', 'REFUSED') and c.stated_at >= g.stated_at"
    " and (c.recipients = '{}' or n.code = any(c.recipients)))"
    " and not exists (select from registry.consent k where k.case_id = t.id"
    " and k.purpose = g.purpose and k.state = 'GIVEN' and k.guardian is not null and k.assent"
    " and k.stated_at >= g.stated_at and n.code = any(k.recipients))"
    " and not exists (select from unnest({given_recipients:text[]}) w(code)"
    " where n.code = w.code or n.code like w.code || '-%'))"
)
"""Recipients to whom she gave her consent alone, as an adult, and who are not named now."""
_MINOR = (
    "(select "
    + catalog().entities["Victim"].fields["isMinor"].sql.format(t="w")
    + " from registry.victim w where w.id = t.victim_id)"
)
_STRANGERS = (
    "(select count(*) from unnest({given_recipients:text[]}) n(code)"
    " where not exists (select from registry.party p where p.code = n.code))"
)
_FACTS = {
    **CUSTODY,
    "newest": _NEWEST,
    "minor": _MINOR,
    "own_word": _OWN_WORD,
    "strangers": _STRANGERS,
    "given": _OPEN.format(what="count(*)", more=""),
    "passed_by": _OPEN.format(what="count(*)", more=_LATER),
    "ahead": "coalesce({given_statedAt:timestamptz} > clock_timestamp(), false)",
    "handed_over": f"(t.main_rank >= {MAIN_RANK[CaseState.HANDED_OVER]})",
    "disclosed": DISCLOSED,
}
_SAID = (
    "insert into registry.consent (id, case_id, purpose, state, recipients, stated_at, given_by,"
    " guardian, assent, form_id) values ($1::uuid, $2::uuid, $3, $4, $5::text[],"
    " coalesce($6::timestamptz, statement_timestamp()), $7, $8, $9::boolean, $10)"
)
_HOLD = (
    "insert into registry.transition (id, case_id, state, at, clause, from_state, actor_agency)"
    f" select gen_random_uuid(), t.id, '{CaseState.ON_HOLD}', clock_timestamp(), $2, t.state, $3"
    " from registry.return_case t where t.id = $1::uuid"
    " and t.main_rank between $4::int and $5::int and not {guard}"
)
_WHY = (
    "update registry.return_case t set hold_reason = 'CONSENT' where t.id = $1::uuid"
    f" and t.state = '{CaseState.ON_HOLD}'"
)


def _check(given: Given) -> list[Trouble]:
    recipients = given.get("recipients")
    named = recipients if isinstance(recipients, list) else []
    if len(named) > MAX_RECIPIENTS or len(set(named)) != len(named):
        return [invalid("recipients", f"at most {MAX_RECIPIENTS}, each once")]
    return []


def _stated(given: Given) -> list[Trouble]:
    state = value_of(given, "state")
    if state == _S.WITHDRAWN:
        return [invalid("state", "a consent is withdrawn by `withdrawConsent`")]
    if state == _S.GIVEN and not given.get("recipients"):
        return [invalid("recipients", "a consent names to whom it is given")]
    if value_of(given, "givenBy") != ConsentGivenBy.SELF and not text_of(given, "guardian"):
        return [invalid("guardian", "whoever speaks for or with the person is named")]
    return []


def _against(work: Work) -> list[Trouble]:
    """What a statement of either act may not be."""
    facts = work.stand.facts
    found = list(out_of_hands(work))
    if facts["strangers"] != "0":
        found.append(invalid("recipients", "each is a country or an agency of the registry"))
    if work.stand.is_true("ahead"):
        found.append(invalid("statedAt", "it does not lie ahead"))
    handed_over = work.stand.facts["handed_over"] in ("t", "true")
    if handed_over and value_of(work.given, "purpose") == ConsentPurpose.NOTIFICATION:
        # her own country holds the case: an objection would hide it from whoever has her in care
        found.append(invalid("purpose", "after the handover nobody is left to be notified"))
    return found


def _too_late(work: Work) -> list[Trouble]:
    """A closing stated before the consent that it closes would change nothing, and look done."""
    if work.stand.facts["passed_by"] in (None, "0"):
        return []
    rule = "a consent stated later stands; left out, it is now"
    return [invalid("statedAt", rule)]


def _of_a_child(work: Work) -> list[Trouble]:
    """A consent for a child: the guardian gives it, and the child agrees."""
    given = work.given
    if not work.stand.is_true("minor") or value_of(given, "state") != _S.GIVEN:
        return []
    found: list[Trouble] = []
    if value_of(given, "givenBy") == ConsentGivenBy.SELF:
        found.append(invalid("givenBy", "a child does not consent alone"))
    if work.stand.facts["own_word"] != "0":
        # the guardian's word to one would else make good the child's own to another
        rule = "what she said alone to others stands: name them too, or withdraw it first"
        found.append(invalid("recipients", rule))
    if given.get("assent") is not True:
        found.append(invalid("assent", "the child has to agree"))
    return found


def _recorded(work: Work) -> Written:
    troubles = _against(work) + _of_a_child(work)
    state = _S(str(value_of(work.given, "state")))
    if state == _S.REFUSED:
        troubles += _too_late(work)
    if troubles:
        return Written(troubles=tuple(troubles))
    return _written(work, state)


def _withdrawn(work: Work) -> Written:
    troubles = _against(work) + _too_late(work)
    if troubles:
        return Written(troubles=tuple(troubles))
    objects = value_of(work.given, "purpose") == ConsentPurpose.NOTIFICATION
    # whatever was given to anybody and is open can be taken back, whoever is named
    if work.stand.facts["given"] == "0" and not objects:
        return Written(troubles=(done_before("there is no consent to withdraw"),))
    return _written(work, _S.WITHDRAWN)


def _written(work: Work, state: ConsentState) -> Written:
    given, identifier = work.given, str(uuid.uuid4())
    stated, recipients = given.get("statedAt"), given.get("recipients") or []
    spoke = {name: text_of(given, name) for name in ("guardian", "formId")}
    values = (
        identifier,
        work.case,
        value_of(given, "purpose"),
        state.value,
        recipients,
        stated,
        value_of(given, "givenBy"),
        spoke["guardian"],
        given.get("assent"),
        spoke["formId"],
    )
    content = content_of(
        work.case, value_of(given, "purpose"), state.value, recipients, value_of(given, "givenBy")
    )
    line = {
        "kind": "CONSENT",
        "subject": identifier,
        "from": work.stand.facts["newest"] or "",
        "to": state.value,
        "content": content,
    }
    closing = state in (_S.WITHDRAWN, _S.REFUSED)
    stop = _stopped(work, ConsentPurpose(str(value_of(given, "purpose")))) if closing else ()
    told = {"alreadyDisclosed": _told(work)} if closing else {}
    return Written(((_SAID, values), *stop), {"consent": identifier}, ledger=line, told=told)


def _stopped(work: Work, purpose: ConsentPurpose) -> tuple[Statement, ...]:
    """The case rests where a step it needs is without its consent now (domain model, rule a)."""
    guard = _RESTS_ON.get(purpose)
    if guard is None or work.stand.state not in MAIN_RANK:
        return ()
    low, high = (MAIN_RANK[state] for state in NEEDED[guard])
    values = (work.case, work.stand.clause, work.caller.agency, low, high)
    return (_HOLD.replace("{guard}", GUARDS[guard]), values), (_WHY, (work.case,))


def _told(work: Work) -> object:
    found = work.stand.facts["disclosed"]
    return orjson.loads(found) if found is not None else None


def _act(name: str, write: Callable[[Work], Written], *checks: Check) -> Act:
    return Act(
        name,
        "ConsentPayload",
        "ReturnCase",
        CASE,
        write,
        all_of(
            common,
            _check,
            day("statedAt", past=True),
            text("guardian", LINE, lines=False),
            *checks,
        ),
        classes=lambda _: (DataClass.CONSENT,),
        facts=_FACTS,
        searched={"alreadyDisclosed": READ},
    )


ACTS: tuple[Act, ...] = (
    _act("recordConsent", _recorded, _stated),
    _act("withdrawConsent", _withdrawn),
)
