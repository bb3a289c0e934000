"""The words of a set of documents as numbers: countries, agencies, agreements and the code lists.

Takes documents and the register they were read with, gives `Words`. A word's
number is its place from 1; 0 is none. Promises that every country of the world
is there, and that two agencies follow the known ones which no document names:
what is proved holds for agencies that are yet to come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from authz.document_register import COUNTRIES
from authz.grants import Purpose
from schema import reference
from schema.codes import CaseState, ConsentPurpose, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from authz.document_register import Register
    from authz.documents import Document

OTHERS: Final = 2
"""Agencies that nobody named: one may ask while another holds the case."""

STATES: Final = tuple(map(str, CaseState))
ROLES: Final = tuple(map(str, Role))
PURPOSES: Final = tuple(map(str, Purpose))
CONSENTS: Final = tuple(map(str, ConsentPurpose))


@dataclass(frozen=True, slots=True)
class Words:
    """Every word that a grant or a case may name."""

    countries: tuple[str, ...]
    agencies: tuple[str, ...]
    agreements: tuple[str, ...]
    country_of: Mapping[str, str | None]
    """Of each agency that the register knows; None for an organisation. An agency that a document
    alone names may be of any country or of none.
    """
    parties_of: Mapping[str, frozenset[str]]
    """Of each agreement in `agreements`."""


def number(words: tuple[str, ...], word: str) -> int:
    """The place of `word`, from 1; 0 where it does not stand there, so that no row has it."""
    return words.index(word) + 1 if word in words else 0


def words_of(documents: Iterable[Document], register: Register) -> Words:
    """The words of `documents`; the register's agencies and the known agreements with them."""
    documents = tuple(documents)
    countries = set(COUNTRIES)
    parties = {a.code: frozenset(a.parties) for a in reference.agreements()}
    strangers: dict[str, None] = {}
    for document in documents:
        parties[document.agreement] = frozenset(document.parties)
        for grant in document.grants:
            countries |= grant.grantee.countries
            strangers |= dict.fromkeys(sorted(grant.grantee.agencies - register.agencies.keys()))
    countries |= {country for country in register.agencies.values() if country}
    return Words(
        countries=tuple(sorted(countries)),
        agencies=(*register.agencies, *strangers),
        agreements=tuple(sorted(parties)),
        country_of=register.agencies,
        parties_of=parties,
    )
