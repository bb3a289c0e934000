"""Signature, entry into force, end: where the parties of an instrument have their word.

A party that has no seat here signs on paper; its word is recorded with the last
one that is given. Each other party gives its own, through its own steward; where
there is but one, another person signs than the one who proposed the text.
"""

from __future__ import annotations

import datetime as dt

from authz.standing import party_of
from resolvers.casework.definitions import Act, Given, Statement, Trouble, Work, Written
from resolvers.casework.given import day, text, text_of, value_of
from resolvers.casework.instrument import (
    Instrument,
    Version,
    change,
    elsewhere,
    hash_of,
    instrument,
    on_agreement,
    word,
)
from resolvers.casework.verdicts import conflict, done_before, invalid
from schema.classes import DataClass
from schema.codes import AgreementState, AgreementStep

_S, _STEP = AgreementState, AgreementStep
_FIRST_DAY = dt.date(1950, 1, 1)
_OVER = (_S.SUPERSEDED, _S.ENDED)
_SIGNED = (
    "update registry.agreement_version set signed_on = $3::date"
    " where agreement_code = $1 and version = $2::integer"
)
_ENTERED = (
    "update registry.agreement_version set in_force_from = $3::date"
    " where agreement_code = $1 and version = $2::integer"
)
_SUPERSEDE = (
    "update registry.agreement set state = case when state = 'SIGNED' or $2::date <= current_date"
    " then 'SUPERSEDED' else state end, until_on = greatest(in_force_from,"
    " least(coalesce(until_on, $2::date), $2::date)) where state in ('SIGNED', 'IN_FORCE')"
    " and code = (select n.supersedes_code from registry.agreement n where n.id = $1::uuid)"
)
_NO_VERSION = invalid("version", "there is a text of this number")


def _on_paper(
    work: Work, of: Instrument, step: AgreementStep, version: int, content: str, on: object
) -> list[Statement]:
    """The words of the parties without a seat, recorded with the last one that is given."""
    return [
        word(work, of, step, version, content, on, party)
        for party in of.parties
        if party not in of.seated
    ]


def _sign(work: Work) -> Written:
    of, on = instrument(work), value_of(work.given, "signedOn")
    trouble = _unsignable(work, of)
    if trouble is not None or of.chosen is None:
        return Written(troubles=(trouble or _NO_VERSION,))
    number, content, party = of.chosen.number, of.chosen.content_hash, party_of(work.caller)
    rows = [word(work, of, _STEP.SIGNATURE, number, content, on)]
    if of.agreed(_STEP.SIGNATURE, content, party):
        rows += _on_paper(work, of, _STEP.SIGNATURE, number, content, on)
        rows.append((_SIGNED, (of.code, number, on)))
        if of.state is not _S.IN_FORCE:
            rows.append(change(work, state=_S.SIGNED.value, signed_on=on, version=number))
    return Written(tuple(rows))


def _unsignable(work: Work, of: Instrument) -> Trouble | None:
    if of.state in _OVER:
        return elsewhere(of.state)
    if of.chosen is None or of.newest is None:
        return _NO_VERSION
    if of.chosen.number != of.newest.number:
        return conflict(DataClass.CLAUSE, "a newer text is on the table")
    if of.chosen.content_hash != text_of(work.given, "contentHash"):
        return invalid("contentHash", "it is the hash of the text of this version")
    if of.chosen.is_signed:
        return done_before("every party has signed this version")
    if len(of.seated) == 1 and work.stand.is_true("own_text"):
        return invalid("version", "another person signs what you have proposed alone")
    if (_STEP.SIGNATURE.value, party_of(work.caller)) in of.words:
        return done_before("your party has signed this version")
    return None


def _enter(work: Work) -> Written:
    of, on = instrument(work), value_of(work.given, "inForceFrom")
    shown, party = bool(work.given["published"]), party_of(work.caller)
    trouble = _unenterable(of)
    if trouble is not None or of.chosen is None:
        return Written(troubles=(trouble or _NO_VERSION,))
    number, begins = of.chosen.number, work.stand.facts["begins"]
    if begins and str(on) < begins:
        rule = "an amendment is not in force before its instrument"
        return Written(troubles=(invalid("inForceFrom", rule),))
    content = hash_of(number, on, shown)
    if of.words.get((_STEP.ENTRY_INTO_FORCE.value, party)) == content:
        return Written(troubles=(done_before("your party has agreed to this day"),))
    rows = [word(work, of, _STEP.ENTRY_INTO_FORCE, number, content, on)]
    if of.agreed(_STEP.ENTRY_INTO_FORCE, content, party):
        rows += _on_paper(work, of, _STEP.ENTRY_INTO_FORCE, number, content, on)
        rows += _entered(work, of, number, on, shown=shown)
    return Written(tuple(rows))


def _unenterable(of: Instrument) -> Trouble | None:
    if of.state not in (_S.SIGNED, _S.IN_FORCE):
        return elsewhere(of.state)
    if of.chosen is None:
        return _NO_VERSION
    if not of.chosen.is_signed:
        return conflict(DataClass.CLAUSE, "not every party has signed this version")
    if of.chosen.has_entered:
        return done_before("this version has its day of entry into force")
    if _is_older(of, of.chosen):
        return conflict(DataClass.CLAUSE, "a newer version was signed")
    return None


def _is_older(of: Instrument, chosen: Version) -> bool:
    return of.current is not None and chosen.number < of.current


def _entered(
    work: Work, of: Instrument, number: int, on: object, *, shown: bool
) -> list[Statement]:
    rows: list[Statement] = [(_ENTERED, (of.code, number, on))]
    begun = of.state is _S.IN_FORCE or work.stand.facts["begins"] is not None
    first = None if begun else on
    rows.append(
        change(
            work,
            state=_S.IN_FORCE.value,
            in_force_from=first,
            version=None if begun and _is_to_come(on) else number,
            published=True if shown else None,
        )
    )
    if first is not None:
        rows.append((_SUPERSEDE, (work.stand.subject, on)))
    return rows


def _is_to_come(on: object) -> bool:
    """Then the day itself brings it, and nothing is told before."""
    return isinstance(on, dt.date) and on > dt.datetime.now(dt.UTC).date()


def _end(work: Work) -> Written:
    of, on = instrument(work), value_of(work.given, "until")
    begins, ends = work.stand.facts["begins"], work.stand.facts["ends"]
    if of.state in _OVER:
        return Written(troubles=(elsewhere(of.state),))
    if begins and str(on) < begins:
        return Written(troubles=(invalid("until", "it is not before the entry into force"),))
    if ends and ends <= str(on):
        return Written(troubles=(done_before("it ends on that day or before"),))
    by_the_clock = begins is not None or of.state is _S.IN_FORCE
    state = None if by_the_clock else _S.ENDED.value
    number = of.current or (of.newest.number if of.newest else None)
    row = word(work, of, _STEP.END, number, hash_of(number, on), on)
    ended = change(work, state=state, until_on=on)
    return Written((row, ended), reason=text_of(work.given, "reason"))


def _not_past(given: Given) -> list[Trouble]:
    value = value_of(given, "until")
    today = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)  # somewhere it is yesterday
    if isinstance(value, dt.date) and value < today:
        return [invalid("until", "it does not lie in the past")]
    return []


ACTS: tuple[Act, ...] = (
    on_agreement(
        "signAgreement",
        _sign,
        day("signedOn", earliest=_FIRST_DAY, past=True),
        of_version=True,
    ),
    on_agreement(
        "bringIntoForce", _enter, day("inForceFrom", earliest=_FIRST_DAY), of_version=True
    ),
    on_agreement(
        "endAgreement",
        _end,
        day("until", ahead=3650),
        _not_past,
        text("reason", least=3),
    ),
)
