"""Every text in every language: nothing missing, nothing left in another one, nothing unused."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path
from string import Formatter

import pytest

from authz.conditions import CASE_BOUND
from authz.grants import Purpose
from schema import reference
from schema.catalog import catalog
from schema.codes import Role
from service.ledger import pages
from service.ledger.words import LANGUAGES, words
from tests.protocols.samples import FOLDER

OTHERS = [language for language in LANGUAGES if language != "en"]
SCRIPTS = {"th": "THAI", "km": "KHMER", "lo": "LAO"}
CODES = {"UTC"}
"""What stands in Latin letters in every language."""
SHARED = "“”"


def places(text: str) -> list[str]:
    return sorted(place for _, place, _, _ in Formatter().parse(text) if place)


@pytest.mark.parametrize("language", OTHERS)
def test_the_same_keys_in_the_same_order(language: str) -> None:
    assert list(words(language).texts) == list(words("en").texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_says_something(language: str) -> None:
    for key, text in words(language).texts.items():
        assert text.strip(), key
        assert text == text.strip() or key == "law.and", key
        assert unicodedata.normalize("NFC", text) == text or language in {"km", "lo", "th"}, key


@pytest.mark.parametrize("language", OTHERS)
def test_the_same_places_are_filled(language: str) -> None:
    for key, text in words(language).texts.items():
        assert places(text) == places(words("en").texts[key]), key


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_is_left(language: str) -> None:
    for key, text in words(language).texts.items():
        bare = re.sub(r"\{[a-z]+\}", "", text)
        assert set(re.findall(r"[A-Za-z]+", bare)) <= CODES, key


@pytest.mark.parametrize("language", OTHERS)
def test_it_is_written_in_its_own_script(language: str) -> None:
    for key, text in words(language).texts.items():
        bare = re.sub(r"\{[a-z]+\}", "", text)
        for character in bare:
            if character.isascii() or character in SHARED:
                continue
            name = unicodedata.name(character)
            assert name.startswith(SCRIPTS[language]), (key, name)
        if key != "date.era" and bare.strip(" ,.:()"):
            assert any(not character.isascii() for character in bare), key


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_that_of_another_key_or_language(language: str) -> None:
    """Copied and forgotten: what differs in English differs here, but for a few words."""
    english, here = words("en").texts, words(language).texts
    for section in ("purpose", "class", "role", "country", "office", "aim"):
        keys = [key for key in english if key.startswith(f"{section}.")]
        assert len({here[key] for key in keys}) == len({english[key] for key in keys}), section
    long = [text for text in here.values() if len(text) > 12]
    for other in LANGUAGES:
        if other != language:
            assert not set(long) & set(words(other).texts.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_word(language: str) -> None:
    known = words(language).texts
    for purpose in Purpose:
        assert {f"aim.{purpose.value}", f"purpose.{purpose.value}"} <= set(known)
    for role in Role:
        assert f"role.{role.value}" in known
    of_a_person = {
        source.data_class.value
        for entity in catalog().entities.values()
        if entity.name in CASE_BOUND
        for source in entity.fields.values()
        if source.data_class is not None
    }
    assert {f"class.{word}" for word in of_a_person} <= set(known)
    for agency in reference.agencies():
        if agency.organisation_type is not None:
            assert f"office.{agency.organisation_type}" in known
        if agency.country is not None:
            assert f"country.{agency.country}" in known


def test_every_text_is_used() -> None:
    folder = Path(str(pages.__file__)).parent
    source = "".join(file.read_text("utf-8") for file in folder.glob("*.py"))
    source += (folder.parent / "words" / "__init__.py").read_text("utf-8")
    looked_up = ("purpose", "aim", "role", "class", "country", "office", "law", "date")
    for key in words("en").texts:
        section, _, name = key.partition(".")
        if section not in looked_up:
            assert f'"{key}"' in source or f'"{name}"' in source, key


def test_clauses_are_told_in_words() -> None:
    kinds = {
        re.split(r"[. ]", clause["article"])[0]
        for file in FOLDER.glob("*.toml")
        for clause in tomllib.loads(file.read_text("utf-8")).get("clause", ())
    }
    for language in LANGUAGES:
        assert {f"law.{kind}" for kind in kinds} <= set(words(language).texts)
