"""The life of a protocol version as acts: propose, ratify, end.

Takes an `Acting`, the policy in force and the arguments of one mutation, gives
its payload. Promises that a proposal dies whole or stands whole, that nobody
ratifies what they proposed, that what is ratified is byte for byte what was
proposed, and that no version takes effect on which a proof fails.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from authz.documents import Document, DocumentRefused, read
from authz.profile import Policy, Version
from authz.standing import party_of, state_of
from ledger.acts import pair_of
from ledger.ids import uuid7
from resolvers.acting import Acting, Problem, digest_of, payload_of
from resolvers.policies import read_again
from schema.codes import ProtocolState

STEWARD = "AGREEMENT_STEWARD"
NAME = "proposal"
"""The file named in problems: a proposal has none."""
MOST_REPORT = 1 << 20

Prove = Callable[[Sequence[Document]], Sequence[str]]
"""Over documents in force together: a story for each proof that fails, none where all hold. Raises
ProofUnavailable where no solver is installed.
"""


class ProofUnavailable(Exception):
    """No solver is installed here: nothing can be proved, so nothing takes effect."""


def unproved(_documents: Sequence[Document]) -> Sequence[str]:
    """Where nothing else is set: nothing can be proved."""
    raise ProofUnavailable


_LOCK = "select pg_advisory_xact_lock(7310891285)::text"
_AGREEMENT = (
    "select array_to_string(array(select p.party from registry.agreement_party p"
    " where p.agreement_code = a.code order by 1), ','),"
    " coalesce((select max(v.version) from policy.protocol_version v"
    " where v.agreement_code = a.code), 0)::text from registry.agreement a where a.code = $1"
)
_UNSEATED = (
    "select p.party from registry.agreement_party p join registry.country n on n.code = p.party"
    " where p.agreement_code = $1 and not n.has_seat order by 1"
)
_INSERT = (
    "insert into policy.protocol_version (id, agreement_code, version, content, content_hash,"
    " proposed_by_agency, proposed_by_subject, proposed_by_issuer, in_force_from, report,"
    " report_hash)"
    " values ($1::uuid, $2, $3::integer, $4, $5, $6, $7, $8, $9::timestamptz, $10, $11)"
)
_BIND = (
    "insert into policy.ratification (version_id, party, agency, subject, issuer, kind,"
    " content_hash, report_hash) values ($1::uuid, $2, $3, $4, $5, $6, $7, $8)"
)
_KNOWN = (
    "select v.id::text, v.proposed_by_subject, v.proposed_by_issuer from policy.protocol_version v"
    " where v.agreement_code = $1 and v.version = $2::integer"
)
_END = (
    "insert into policy.ending (version_id, party, agency, subject, issuer, until_at)"
    " values ($1::uuid, $2, $3, $4, $5, $6::timestamptz)"
)
_ENDED = "select 1 from policy.ending where version_id = $1::uuid and party = $2"
_UNKNOWN = Problem(
    "UNKNOWN_VERSION",
    "no such version of an agreement of yours",
    "`protocolVersions` lists those of your country or organisation",
)


async def propose(
    acting: Acting, policy: Policy, given: Mapping[str, object], prove: Prove
) -> dict[str, object]:
    """Propose a version; its payload."""
    content, report = str(given["content"]), given.get("report")
    try:
        document = read(content, NAME)
    except DocumentRefused as refused:
        return payload_of(
            [Problem(str(p.code), p.message, p.remedy, p.line) for p in refused.problems],
            version=None,
        )
    await acting.rows(_LOCK)
    problems = await _unfit(acting, document, given)
    if not problems:
        problems = await _unproved(policy, document, prove)
    if problems:
        return payload_of(problems, version=None)
    made, who = uuid7(), acting.caller
    report_hash = digest_of(str(report)) if report is not None else None
    await acting.rows(
        _INSERT,
        made,
        document.agreement,
        document.version,
        content,
        document.content_hash,
        who.agency,
        who.subject,
        who.issuer,
        given.get("inForceFrom"),
        report,
        report_hash,
    )
    hashes = (document.content_hash, report_hash or "")
    if len(document.parties) > 1:
        # with one party the second person of that party is still to come
        await _bind(acting, made, party_of(who), "PROPOSED", hashes)
    for (party,) in await acting.rows(_UNSEATED, document.agreement):
        await _bind(acting, made, str(party), "BOUND_BY_SIGNATURE", hashes)
    return await _done(acting, document, ("", "PROPOSED"))


async def ratify(
    acting: Acting, policy: Policy, given: Mapping[str, object], prove: Prove
) -> dict[str, object]:
    """Ratify a version for the caller's party; its payload."""
    await acting.rows(_LOCK)
    version, known, problem = await _mine(acting, given)
    if problem is None and version is not None and known is not None:
        problem = _unratifiable(acting, version, known, given)
    if problem is not None or version is None or known is None:
        return payload_of([problem or _UNKNOWN], version=None)
    document = read(version.content, version.code)
    party = party_of(acting.caller)
    if version.parties <= version.bound | {party}:
        # what was proved when it was proposed may have changed around it
        problems = await _unproved(policy, document, prove)
        if problems:
            return payload_of(problems, version=None)
    hashes = (version.content_hash, version.report_hash or "")
    await _bind(acting, known[0], party, "RATIFIED", hashes)
    return await _done(acting, document, ("PROPOSED", f"RATIFIED {party}"))


async def end(
    acting: Acting, _policy: Policy, given: Mapping[str, object], _prove: Prove
) -> dict[str, object]:
    """Leave a version for the caller's party; its payload."""
    await acting.rows(_LOCK)
    version, known, problem = await _mine(acting, given)
    if problem is not None or version is None or known is None:
        return payload_of([problem or _UNKNOWN], version=None)
    until, who, party = given["until"], acting.caller, party_of(acting.caller)
    if not isinstance(until, dt.datetime) or until < dt.datetime.now(dt.UTC):
        fault = Problem("IN_THE_PAST", "a version does not end in the past", "a later instant")
        return payload_of([fault], version=None)
    if await acting.one(_ENDED, known[0], party):
        return payload_of([Problem("ALREADY_ENDED", "your party has left it")], version=None)
    await acting.rows(_END, known[0], party, who.agency, who.subject, who.issuer, until)
    document = read(version.content, version.code)
    before = "IN_FORCE" if version.parties <= version.bound else "PROPOSED"
    return await _done(acting, document, (before, f"ENDED {party}"))


async def _unfit(acting: Acting, document: Document, given: Mapping[str, object]) -> list[Problem]:
    """What the registry has against a document that reads well."""
    problems: list[Problem] = []
    report = given.get("report")
    if party_of(acting.caller) not in document.parties:
        return [Problem("NOT_A_PARTY", "your country or organisation is no party to it")]
    known = await acting.one(_AGREEMENT, document.agreement)
    if known is None:
        return [Problem("UNKNOWN_AGREEMENT", "the registry knows no such agreement", line=1)]
    if set(str(known[0]).split(",")) != set(document.parties):
        problems.append(
            Problem("OTHER_PARTIES", "its parties are not those of the agreement", str(known[0]))
        )
    if document.version <= int(str(known[1])):
        problems.append(
            Problem(
                "VERSION_TAKEN",
                "this version was proposed before, and a version never changes",
                f"version = {int(str(known[1])) + 1}",
            )
        )
    if isinstance(report, str) and len(report) > MOST_REPORT:
        problems.append(Problem("REPORT_TOO_LARGE", f"a report has at most {MOST_REPORT} bytes"))
    if given.get("inForceFrom") is None and document.in_force is None:
        problems.append(
            Problem("NO_BEGINNING", "nothing says when it begins", "`in_force`, or `inForceFrom`")
        )
    return problems


async def _unproved(policy: Policy, document: Document, prove: Prove) -> list[Problem]:
    """Every proof that fails with this version in force beside the others."""
    others = [d for d in policy.documents if d.agreement != document.agreement]
    try:
        stories = await asyncio.to_thread(prove, (*others, document))
    except ProofUnavailable:
        return [
            Problem(
                "PROOF_UNAVAILABLE",
                "no solver is installed where this registry runs, so nothing can be proved",
                "install the extra `prove`",
            )
        ]
    return [Problem("PROOF_FAILED", story) for story in stories]


async def _mine(
    acting: Acting, given: Mapping[str, object]
) -> tuple[Version | None, tuple[str, str, str] | None, Problem | None]:
    """The version that is meant, as it stands in this transaction; a stranger's is unknown."""
    found = await acting.one(_KNOWN, given["agreement"], given["version"])
    if found is None:
        return None, None, _UNKNOWN
    policy = await read_again(acting.wire)
    version = next(
        v
        for v in policy.versions
        if (v.agreement, v.version) == (given["agreement"], given["version"])
    )
    if party_of(acting.caller) not in version.parties:
        return None, None, _UNKNOWN
    if state_of(version, policy) is ProtocolState.ENDED:
        return None, None, Problem("ENDED", "this version has ended", "propose a new one")
    return version, (str(found[0]), str(found[1]), str(found[2])), None


def _unratifiable(
    acting: Acting, version: Version, known: tuple[str, str, str], given: Mapping[str, object]
) -> Problem | None:
    who = acting.caller
    if (who.subject, who.issuer) == known[1:]:
        return Problem("SAME_PERSON", "nobody ratifies what they proposed", "a colleague ratifies")
    if party_of(who) in version.bound:
        return Problem("ALREADY_BOUND", "your party is bound by it already")
    if given["contentHash"] != version.content_hash:
        return Problem("OTHER_TEXT", "the hash is not that of the text proposed", "read it again")
    if (given.get("reportHash") or None) != version.report_hash:
        return Problem("OTHER_REPORT", "the hash is not that of the report proposed with it")
    return None


async def _bind(
    acting: Acting, version: str, party: str, kind: str, hashes: tuple[str, str]
) -> None:
    who = acting.caller
    await acting.rows(
        _BIND, version, party, who.agency, who.subject, who.issuer, kind, hashes[0], hashes[1]
    )


async def _done(acting: Acting, document: Document, change: tuple[str, str]) -> dict[str, object]:
    pair = pair_of(frozenset(document.parties))
    record = await acting.record(
        "POLICY", document.code, change, document.content_hash, pair, (document.code,)
    )
    policy = await read_again(acting.wire)
    version = next(v for v in policy.versions if v.code == document.code)
    return payload_of([], record, version=version_form(version, policy, document.title))


def version_form(version: Version, policy: Policy, title: str | None = None) -> dict[str, object]:
    """A version as the schema's `ProtocolVersion`."""
    if title is None:
        try:
            title = read(version.content, version.code).title
        except DocumentRefused:
            title = ""
    return {
        "agreement": version.agreement,
        "version": version.version,
        "title": title,
        "state": state_of(version, policy).value,
        "parties": sorted(version.parties),
        "bound": sorted(version.bound),
        "content": version.content,
        "contentHash": version.content_hash,
        "reportHash": version.report_hash,
        "proposedBy": version.proposed_by,
        "proposedAt": _printed(version.proposed_at),
        "inForceFrom": _printed(version.since),
        "until": _printed(version.until),
    }


def _printed(at: dt.datetime | None) -> str | None:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None
