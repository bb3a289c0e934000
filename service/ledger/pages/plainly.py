"""Codes in plain words: agencies, rules and what was shown, for somebody who has never seen a code.

Takes codes as the ledger has them, gives texts in one language. Beside each the
code itself can stand, for the case worker.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from string import Formatter

from schema import reference
from schema.catalog import catalog
from schema.classes import DataClass
from service.ledger.pages.markup import Markup, el, join
from service.ledger.words import Words

_HOME = {"TH": "th", "KH": "km", "LA": "lo"}
_FEW = 3


@cache
def _agencies() -> dict[str, reference.Agency]:
    return {agency.code: agency for agency in reference.agencies()}


@cache
def _agreements() -> dict[str, reference.Agreement]:
    return {agreement.code: agreement for agreement in reference.agreements()}


@cache
def _classes() -> dict[str, DataClass]:
    return {
        f"{entity.name}.{source.name}": source.data_class
        for entity in catalog().entities.values()
        for source in entity.fields.values()
        if source.data_class is not None
    }


def country_of(agency: str) -> str:
    """The agency's country by the directory; '' for an organisation and for one not in it."""
    known = _agencies().get(agency)
    return (known.country or "") if known else ""


def filled(words: Words, key: str, **parts: str) -> Markup:
    """The text of `key` with elements in its `{places}`; what is a text only is escaped."""
    pieces: list[str] = []
    for text, place, _, _ in Formatter().parse(words.texts[key]):
        pieces += [text, parts[place]] if place else [text]
    return join(*pieces)


def agency_name(code: str, words: Words) -> str:
    """The agency's name as far as there is one in the page's language; else ''."""
    agency = _agencies().get(code)
    if agency is None:
        return ""
    at_home = _HOME.get(agency.country or "") == words.language
    if at_home and agency.name_native:
        return agency.name_native
    return agency.name if words.language == "en" else ""


def agency_kind(code: str, words: Words) -> str:
    """What kind of agency it is; '' where that is not known."""
    agency = _agencies().get(code)
    if agency is None:
        return ""
    special = words.of("office", code.partition("-")[2], "")
    if special or agency.organisation_type is None:
        return special or words("country.OTHER")
    return words.of("office", agency.organisation_type)


def agency_official(code: str) -> Markup:
    """The agency's official name in the language in which it stands in the directory; of one that
    is not in it its code.
    """
    agency = _agencies().get(code)
    return el("span", agency.name, lang="en") if agency else el("code", code)


def agency_said(code: str, words: Words) -> Markup:
    """The agency in the middle of a sentence: its name, or its kind and its official name."""
    name, kind = agency_name(code, words), agency_kind(code, words)
    if name:
        return join(name)
    return join(kind, " (", agency_official(code), ")") if kind else agency_official(code)


def countries(codes: Iterable[str], words: Words) -> str:
    """Names of countries, joined."""
    return words("law.and").join(words.of("country", code or "OTHER") for code in codes)


def rule(clause: str, words: Words) -> str:
    """`TH-KH-2014@3#art. 9(2)` in words: the article, and whose agreement or law it stands in."""
    version, _, article = clause.partition("#")
    kind, _, number = article.partition(" ")
    head = kind.rstrip(".")
    if f"law.{head}" in words.texts and number:
        article = f"{words(f'law.{head}')} {number}"
    agreement = version.partition("@")[0]
    return words("report.article", article=article, agreement=_named(agreement, words))


def _named(code: str, words: Words) -> str:
    agreement = _agreements().get(code)
    if agreement is None:
        return code
    own = [party if "-" not in party else "OTHER" for party in agreement.parties]
    if agreement.kind == "LAW":
        return words("law.national", countries=countries(own, words))
    if len(own) <= _FEW:
        return words("law.between", countries=countries(own, words))
    return words("law.region")


def told(fields: Iterable[str], words: Words) -> list[tuple[str, tuple[str, ...]]]:
    """What fields of one access are about, the most sensitive first, each with its fields."""
    groups: dict[str, list[str]] = {}
    for name in sorted(fields):
        data_class = _classes().get(name)
        alone = "ID" if name.endswith(".id") else "OTHER"
        groups.setdefault(data_class.value if data_class else alone, []).append(name)
    ordered = sorted(groups, key=lambda word: (-_level(word), word))
    return [(words.of("class", word, "OTHER"), tuple(groups[word])) for word in ordered]


def _level(word: str) -> int:
    return DataClass(word).sensitivity.level if word in DataClass.__members__ else 0
