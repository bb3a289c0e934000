"""The page of one record, for an auditor: who was shown it, when, why and under which clause.

Takes the accesses as the caller read them, gives the page in the languages
asked for. The table holds everything; the drawing shows where to look.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from service.ledger.accesses import Access
from service.ledger.pages.drawing import drawing
from service.ledger.pages.markup import Markup, el, join
from service.ledger.pages.sheet import facts, listed, sheet, table
from service.ledger.words import Words, words

_FORM = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Traced:
    """What was asked and found: a record's id, one field or None, by whom and when."""

    record: str
    field: str | None
    agency: str
    at: dt.datetime
    accesses: tuple[Access, ...]


def timeline_page(traced: Traced, languages: Sequence[str]) -> str:
    """The page, one part for each language."""
    parts = [(words(language), _part(traced, words(language))) for language in languages]
    return sheet(f"{parts[0][0]('trace.title')} {traced.record}", parts, broad=True)


def _part(traced: Traced, w: Words) -> Markup:
    known = list(dict.fromkeys(s.type for a in traced.accesses for s in a.shown))
    rows: list[tuple[str, str]] = [(w("trace.record"), el("code", traced.record))]
    rows += [(w("trace.type"), el("code", ", ".join(known)))] if known else []
    rows += [(w("trace.field"), el("code", traced.field))] if traced.field else []
    rows.append((w("trace.count"), str(len(traced.accesses))))
    made = w("page.made", at=f"{traced.at.astimezone(dt.UTC):{_FORM}}", agency=traced.agency)
    scope = w("page.scope", agency=traced.agency)
    head = join(
        el("h1", w("trace.title")),
        facts(rows),
        el("p", made, " ", w("page.utc"), " ", scope, class_="note"),
    )
    if not traced.accesses:
        return join(head, el("p", w("trace.none", agency=traced.agency)))
    return join(
        head,
        el("h2", w("trace.timeline")),
        el("p", w("trace.reading")),
        el("div", drawing(traced.accesses, w), class_="wide"),
        el("h2", w("trace.agencies")),
        _agencies(traced.accesses, w),
        el("h2", w("trace.all")),
        _all(traced.accesses, w),
    )


def _agencies(accesses: Sequence[Access], w: Words) -> Markup:
    groups: dict[tuple[str, str], list[Access]] = {}
    for access in accesses:
        groups.setdefault((access.agency, access.country), []).append(access)
    heads = ("agency", "country", "count", "first", "last", "fields")
    rows = [
        (
            agency,
            w.of("country", country or "OTHER"),
            str(len(found)),
            _utc(found[0].at),
            _utc(found[-1].at),
            _codes(sorted({name for access in found for name in access.fields})),
        )
        for (agency, country), found in groups.items()
    ]
    return table([w(f"trace.{head}") for head in heads], rows)


def _all(accesses: Sequence[Access], w: Words) -> Markup:
    heads = ("when", "agency", "role", "person", "purpose", "fields", "clause")
    return table([w(f"trace.{head}") for head in heads], [_row(a, w) for a in accesses])


def _row(access: Access, w: Words) -> tuple[str, ...]:
    # several clauses may carry different fields: each stands beside its own
    fields = [_codes(shown.fields) for shown in access.shown]
    if access.searched:
        fields.append(el("small", w("trace.searched", fields=", ".join(access.searched))))
    return (
        join(_utc(access.at), el("small", el("code", access.id, class_="id"))),
        join(access.agency, el("small", access.unit)) if access.unit else access.agency,
        ", ".join(w.of("role", role) for role in access.roles),
        el("bdi", access.subject),
        join(w.of("aim", access.purpose), el("small", el("code", access.operation))),
        listed(fields) if fields else "",
        listed([el("code", shown.clause) for shown in access.shown]) if access.shown else "",
    )


def _codes(names: Sequence[str]) -> Markup:
    return el("code", ", ".join(names))


def _utc(at: dt.datetime) -> Markup:
    return el("time", f"{at.astimezone(dt.UTC):{_FORM}}")
