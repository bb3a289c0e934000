"""An agreement as its acts see it: where it stands, who is a party, what was signed.

Takes what the registry said of the agreement, gives an `Instrument`, and the
statements that its acts share. What is signed is the hash of what a step says:
a text that changes afterwards needs every word again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from authz.caller import Caller
from authz.standing import party_of
from resolvers.casework.definitions import Act, Given, Statement, Subject, Trouble, Work, Written
from resolvers.casework.given import Check, all_of, common
from resolvers.casework.verdicts import invalid
from schema.classes import DataClass
from schema.codes import AgreementState, AgreementStep
from schema.types.agreements import STATE

AGREEMENT = Subject("agreementId", "Agreement", "registry.agreement")
_S = AgreementState
_POSSIBLE: dict[AgreementState, tuple[str, ...]] = {
    _S.DRAFT: ("recordNegotiationRound", "signAgreement", "endAgreement"),
    _S.SIGNED: ("bringIntoForce", "amendAgreement", "endAgreement"),
    _S.IN_FORCE: ("amendAgreement", "endAgreement"),
    _S.SUPERSEDED: (),
    _S.ENDED: (),
}
_SEATED = (
    "(exists (select from registry.country n where n.code = p.party and n.has_seat)"
    " or exists (select from registry.agency o where o.code = p.party and o.country is null))"
)
_TEXT = (
    "(select json_build_object('version', v.version, 'hash', v.content_hash, 'signed', v.signed_on,"
    " 'entered', v.in_force_from) from registry.agreement_version v"
    " where v.agreement_code = t.code {which} order by v.version desc limit 1)"
)
_SIGN = (
    "insert into registry.agreement_signature (agreement_code, number, version, step, party,"
    " content_hash, on_day, on_paper, agency_code, subject, issuer, clause) select $1,"
    " coalesce((select max(g.number) from registry.agreement_signature g"
    " where g.agreement_code = $1), 0) + 1, $2::integer, $3, $4, $5, $6::date, $7::boolean, $8,"
    " $9, $10, $11"
)
_WRITE = (
    "insert into registry.agreement_version (agreement_code, version, summary, content,"
    " content_hash, proposed_by, agency_code, subject, issuer)"
    " values ($1, $2::integer, $3, $4, $5, $6, $7, $8, $9)"
)
FACTS: dict[str, str] = {
    "stands": STATE.replace("{t}", "t"),
    "code": "t.code",
    "begins": "t.in_force_from",
    "ends": "t.until_on",
    "parties": (
        "(select json_agg(json_build_array(p.party, "
        + _SEATED
        + ') order by p.party collate "C") from registry.agreement_party p'
        " where p.agreement_code = t.code)"
    ),
    "current": "t.version",
    "newest": _TEXT.format(which=""),
}
OF_VERSION: dict[str, str] = {
    "own_text": (
        "exists (select from registry.agreement_version v where v.agreement_code = t.code"
        " and v.version = {given_version:integer} and v.subject = {subject}"
        " and v.issuer = {issuer})"
    ),
    "chosen": _TEXT.format(which="and v.version = {given_version:integer}"),
    "words": (
        "(select json_agg(json_build_array(z.step, z.party, z.content_hash)) from (select distinct"
        " on (g.step, g.party) g.step, g.party, g.content_hash from registry.agreement_signature g"
        " where g.agreement_code = t.code and g.version = {given_version:integer}"
        " order by g.step, g.party, g.number desc) z)"
    ),
}
"""What an act on one version asks beside `FACTS`."""


@dataclass(frozen=True, slots=True)
class Version:
    """One text: its number, its hash, and whether it was signed by all and has entered."""

    number: int
    content_hash: str
    is_signed: bool
    has_entered: bool


@dataclass(frozen=True, slots=True)
class Instrument:
    """An agreement at the moment of an act. `words` are by step and party, the newest of each."""

    code: str
    state: AgreementState
    parties: tuple[str, ...]
    seated: tuple[str, ...]
    current: int | None
    newest: Version | None
    chosen: Version | None
    words: dict[tuple[str, str], str]

    @property
    def is_negotiated(self) -> bool:
        """Whether a text is on the table that not every party has signed."""
        return self.newest is not None and not self.newest.is_signed

    @property
    def next_version(self) -> int:
        """Number of the next text."""
        return self.newest.number + 1 if self.newest else 1

    def agreed(self, step: AgreementStep, content: str, party: str) -> bool:
        """Whether with the word of `party` every party that has a seat says the same."""
        return all(
            self.words.get((step.value, other)) == content
            for other in self.seated
            if other != party
        )


def instrument(work: Work) -> Instrument:
    """What the registry said."""
    facts = work.stand.facts
    parties = orjson.loads(facts["parties"] or "[]")
    words = orjson.loads(facts.get("words") or "[]")
    return Instrument(
        code=str(facts["code"]),
        state=AgreementState(str(facts["stands"])),
        parties=tuple(str(party) for party, _ in parties),
        seated=tuple(str(party) for party, seated in parties if seated),
        current=int(facts["current"]) if facts["current"] else None,
        newest=_version(facts["newest"]),
        chosen=_version(facts.get("chosen")),
        words={(str(step), str(party)): str(content) for step, party, content in words},
    )


def _version(text: str | None) -> Version | None:
    if not text:
        return None
    found = orjson.loads(text)
    return Version(
        found["version"], found["hash"], bool(found["signed"]), found["entered"] is not None
    )


def on_agreement(
    name: str,
    write: Callable[[Work], Written],
    *checks: Check,
    of_version: bool = False,
) -> Act:
    """An act on an agreement that there is."""
    return Act(
        name,
        "AgreementPayload",
        "Agreement",
        AGREEMENT,
        write,
        all_of(common, *checks),
        classes=both,
        facts=FACTS | OF_VERSION if of_version else FACTS,
    )


def both(_: Given) -> tuple[DataClass, ...]:
    """What an act on an agreement changes: what is public of it, and what its parties read."""
    return (DataClass.AGREEMENT, DataClass.CLAUSE)


def elsewhere(state: AgreementState) -> Trouble:
    """The agreement does not stand where the act begins."""
    return {
        "__typename": "IllegalAgreementStep",
        "code": "STATE_CONFLICT",
        "message": f"this act does not begin at {state.value}",
        "agreementState": state.value,
        "possible": list(_POSSIBLE[state]),
    }


def hash_of(*values: object) -> str:
    """SHA-256 of what a step says, hex: of a text alone, or of values in order."""
    if len(values) == 1:
        return hashlib.sha256(str(values[0]).encode()).hexdigest()
    return hashlib.sha256(orjson.dumps([str(value) for value in values])).hexdigest()


def put(code: str, number: int, who: Caller, summary: str, text: str) -> Statement:
    """A text is put on the table."""
    said = (summary, text, hash_of(text))
    return _WRITE, (code, number, *said, party_of(who), who.agency, who.subject, who.issuer)


def word(
    work: Work,
    of: Instrument,
    step: AgreementStep,
    version: int | None,
    content: str,
    day: object,
    party: str | None = None,
) -> Statement:
    """The word of the caller's party on a step; of another `party`, which signed on paper."""
    who = work.caller
    return _SIGN, (
        of.code,
        version,
        step.value,
        party or party_of(who),
        content,
        day,
        party is not None,
        who.agency,
        who.subject,
        who.issuer,
        work.stand.clause,
    )


def change(work: Work, **columns: object) -> Statement:
    """Columns of the agreement take new values; those given as None stay as they are."""
    given = {name: value for name, value in columns.items() if value is not None}
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(given, 2))
    return (
        f"update registry.agreement set {sets} where id = $1::uuid",
        (work.stand.subject, *given.values()),
    )


def code_rule(code: str, parties: list[str]) -> Trouble | None:
    """A code names its parties, so that nobody learns of a stranger's draft by trying its code."""
    rest = code
    for party in sorted(parties, key=len, reverse=True):
        before, found, after = f"-{rest}-".partition(f"-{party}-")
        if not found:
            return invalid("code", "it names each party by its code")
        rest = f"{before}-{after}".strip("-")
    if not re.fullmatch(r"(?:[A-Z0-9]{3,20}-){0,3}[0-9]{4}", rest):
        return invalid(
            "code", "after the parties it has words of 3 to 20 capitals or digits, then the year"
        )
    return None
