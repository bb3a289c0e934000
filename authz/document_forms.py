"""A document given back: under the keys it was written with, and as sentences.

Takes a `Document` or a `Grant`, gives plain dicts for JSON (the TOML keys of a
protocol document; lists in the order of their code lists) or English text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authz.conditions import CONDITIONS, sentence
from authz.grants import Purpose
from schema.classes import DataClass
from schema.codes import Role

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from authz.documents import Document
    from authz.grants import Corridor, Grant, Grantee

Form = dict[str, object]


def document_form(document: Document) -> Form:
    """The whole document under its TOML keys, with `content_hash`; absent keys are left out."""
    return _without_none(
        {
            "agreement": document.agreement,
            "version": document.version,
            "title": document.title,
            "kind": str(document.kind),
            "parties": list(document.parties),
            "signed": _day(document.signed),
            "in_force": _day(document.in_force),
            "until": _day(document.until),
            "supersedes": document.supersedes,
            "source": document.source,
            "verified": document.verified,
            "published": document.published,
            "retention": document.retention,
            "limits": [{"edge": t.edge, "days": t.days} for t in document.limits],
            "corridors": [_corridor_form(c) for c in document.corridors],
            "content_hash": document.content_hash,
            "clause": [
                {
                    "article": c.article,
                    "subject": c.subject,
                    "purposes": list(c.purposes),
                    "verified": c.verified,
                }
                for c in document.clauses
            ],
            "grants": [grant_form(grant) for grant in document.grants],
        }
    )


def grant_form(grant: Grant) -> Form:
    """One grant under the keys of `[[grant]]`; absent keys are left out."""
    return _without_none(
        {
            "clause": grant.clause.article,
            "grantee": _grantee_form(grant.grantee),
            "purposes": _in_order(grant.purposes, Purpose),
            "entity": grant.entity,
            "classes": _in_order(grant.classes, DataClass),
            "when": [str(condition) for condition in grant.when],
            "from": _day(grant.since),
            "until": _day(grant.until),
            "bulk": grant.bulk or None,
            "operations": sorted(grant.operations) or None,
        }
    )


def condition_forms() -> list[Form]:
    """Every condition: how it is written, what it asks, the reason of its failure."""
    return [
        {
            "condition": c.signature,
            "arguments": [list(kind.values) for kind in c.args],
            "anchor": c.is_anchor,
            "implicit": c.implicit,
            "entities": sorted(c.entities),
            "reason": str(c.reason) if c.competes else None,
            "readable_with": str(c.readable_with) if c.readable_with else None,
            "meaning": c.sentence.format(*c.args),
        }
        for c in CONDITIONS.values()
    ]


def grant_sentence(grant: Grant) -> str:
    """The grant as one sentence a lawyer can check against the article it cites."""
    classes = ", ".join(_in_order(grant.classes, DataClass))
    purposes = ", ".join(_in_order(grant.purposes, Purpose))
    text = f"{_grantee_text(grant.grantee)} may, for {purposes}, read {classes} of {grant.entity}"
    if grant.when:
        text += " where " + "; and ".join(sentence(c) for c in grant.when)
    for word, day in (("from", grant.since), ("until", grant.until)):
        if day is not None:
            text += f", {word} {day.isoformat()}"
    return text


def _grantee_text(to: Grantee) -> str:
    who = " of ".join(
        text
        for text in (
            " or ".join(_in_order(to.roles, Role)),
            " or ".join(sorted(to.agencies)),
            " or ".join(sorted(to.countries)),
        )
        if text
    )
    return f"{who}, on the side of {to.side}," if to.side else who


def _grantee_form(to: Grantee) -> Form:
    return _without_none(
        {
            "agencies": sorted(to.agencies) or None,
            "countries": sorted(to.countries) or None,
            "side": str(to.side) if to.side else None,
            "roles": _in_order(to.roles, Role) or None,
        }
    )


def _corridor_form(corridor: Corridor) -> Form:
    form: Form = {"host": corridor.host, "origin": corridor.origin}
    if corridor.bar:
        form["except"] = list(corridor.bar)
    return form


def _in_order(words: Iterable[str], of: Iterable[str]) -> list[str]:
    held = set(words)
    return [str(word) for word in of if word in held]


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _without_none(form: Form) -> Form:
    return {key: value for key, value in form.items() if value is not None}
