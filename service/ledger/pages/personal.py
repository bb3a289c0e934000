"""The person's own report: everything shown about her, to whom, when, why and by which rule.

Takes the accesses as her case worker's agency may read them, gives a page in
her language, or in all four. It holds no name and no value: hers is not on it,
and those of officials only where the law of the holder lets her know them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from service.ledger.accesses import Access
from service.ledger.pages.markup import Markup, el, join
from service.ledger.pages.plainly import (
    agency_kind,
    agency_name,
    agency_official,
    agency_said,
    countries,
    country_of,
    filled,
    rule,
    told,
)
from service.ledger.pages.sheet import listed, sheet, table
from service.ledger.words import Words, words

_ADVICE = ("unclear", "object", "wrong", "past")


@dataclass(frozen=True, slots=True)
class Told:
    """What is told: the person's id, who holds her cases, by whom and when it was made. `named`:
    officials may be named to her.
    """

    person: str
    holders: tuple[str, ...]
    agency: str
    at: dt.datetime
    named: bool
    accesses: tuple[Access, ...]


def personal_page(report: Told, languages: Sequence[str]) -> str:
    """The page, one part for each language."""
    parts = [(words(language), _part(report, words(language))) for language in languages]
    return sheet(parts[0][0]("report.title"), parts)


def _part(report: Told, w: Words) -> Markup:
    agency = agency_said(report.agency, w)
    holding = list(dict.fromkeys(country_of(holder) for holder in report.holders))
    rule_of_names = "report.named" if report.named else "report.left_out"
    head = [
        el("h1", w("report.title")),
        el("p", filled(w, "report.intro", agency=agency, at=w.moment(report.at))),
        el("p", filled(w, "report.nameless", id=el("code", report.person, class_="id"))),
    ]
    if report.holders:
        names = [agency_said(holder, w) for holder in report.holders]
        between = [text for name in names for text in (", ", name)]
        head.append(el("p", filled(w, "report.holder", agencies=join(*between[1:]))))
    head += [
        el("p", w(rule_of_names, countries=countries(holding, w))),
        el("p", filled(w, "report.scope", agency=agency), " ", w("report.zone")),
        el("p", w("report.keep"), class_="note"),
    ]
    tail = join(el("h2", w("report.ask")), *(el("p", w(f"report.{key}")) for key in _ADVICE))
    if not report.accesses:
        return join(*head, el("p", filled(w, "report.none", agency=agency)), tail)
    return join(
        *head,
        el("h2", w("report.short")),
        _summary(report, w),
        el("h2", w("report.details")),
        _details(report, w),
        tail,
    )


def _summary(report: Told, w: Words) -> Markup:
    groups: dict[str, list[Access]] = {}
    for access in report.accesses:
        groups.setdefault(access.agency, []).append(access)
    heads = [w(f"report.{head}") for head in ("who", "times", "first", "last", "what")]
    rows = [
        (
            _agency(agency, found[0].country, w),
            str(len(found)),
            w.day(found[0].at),
            w.day(found[-1].at),
            listed([said for said, _ in told({n for a in found for n in a.fields}, w)]),
        )
        for agency, found in groups.items()
    ]
    return table(heads, rows)


def _details(report: Told, w: Words) -> Markup:
    heads = [w(f"report.{head}") for head in ("when", "who", "what", "why", "law")]
    return table(heads, [_row(access, report, w) for access in report.accesses])


def _row(access: Access, report: Told, w: Words) -> tuple[str, ...]:
    office = [el("small", access.unit)] if access.unit else []
    duty = el("small", ", ".join(w.of("role", role) for role in access.roles))
    subject = el("bdi", access.subject)
    # the sentence around the name is a text of ours; the name stands in it as an element
    before, _, after = w("report.official").partition("{subject}")
    official = [el("small", before, subject, after)] if report.named else []
    what = [
        join(said, el("small", el("code", ", ".join(names))))
        for said, names in told(access.fields, w)
    ]
    law = [join(rule(c, w), el("small", el("code", c))) for c in access.clauses]
    return (
        w.moment(access.at),
        join(_agency(access.agency, access.country, w), *office, duty, *official),
        listed(what),
        w.of("purpose", access.purpose),
        listed(law),
    )


def _agency(code: str, country: str, w: Words) -> Markup:
    """Whom she knows under no name she knows by its kind; the official name stands below."""
    name, kind = agency_name(code, w), agency_kind(code, w)
    place = w.of("country", country or "OTHER")
    where = [place] if place != kind else []
    if name or not kind:
        below = [text for text in (kind, *where) if text]
        return join(name or code, el("small", ", ".join([*below, code])))
    head = f"{kind}, {place}" if where else kind
    return join(head, el("small", agency_official(code), ", ", code))
