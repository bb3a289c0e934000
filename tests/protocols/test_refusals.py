"""A document wrong in one way is refused for that, on that line, with what would be right."""
# ruff: noqa: E501 - a table of cases is read across

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from authz.documents import DocumentRefused, ProblemCode, read, read_file, read_folder
from tests.protocols.samples import GOOD, line_of, problems_of, spoilt

WHEN = 'when = [\n    "lodged_under",\n    "stage_from(NOTIFIED)",\n    "no_objection",\n]'
ENTITY = 'entity = "Victim"'
GRANTEE = 'grantee = { agencies = ["KH-MOSVY"], side = "ORIGIN", roles = ["FOCAL_POINT"] }'
CODE = ProblemCode


class Case(NamedTuple):
    old: str
    new: str
    code: ProblemCode
    at: str
    """A part of the spoilt text; the problem names its line."""
    remedy: str
    """A part of what is said to be right."""


def when(*conditions: str) -> str:
    return f"when = [{', '.join(map(repr, conditions))}]".replace("'", '"')


CASES: dict[str, Case] = {
    "unknown key": Case("version = 4", "version = 4\nvresion = 4", CODE.UNKNOWN_KEY, "vresion", "`version`"),
    "unknown key of a grant": Case(ENTITY, f"{ENTITY}\nor = []", CODE.UNKNOWN_KEY, "or = []", "one of"),
    "unknown key of a grantee": Case("side =", "sides =", CODE.UNKNOWN_KEY, "sides", "`side`"),
    "unknown table": Case("[[clause]]", "[[clauses]]", CODE.UNKNOWN_KEY, "[[clauses]]", "`clause`"),
    "missing key": Case('kind = "MOU"\n', "", CODE.MISSING_KEY, "agreement", "add it to the document"),
    "missing key of a grant": Case('purposes = ["TRACING"]\n', "", CODE.MISSING_KEY, "[[grant]]", "[[grant]]"),
    "grant without clause": Case('[[grant]]\nclause = "art. 1"', "[[grant]]", CODE.MISSING_KEY, "[[grant]]", "add it"),
    "text for a number": Case("version = 4", 'version = "4"', CODE.WRONG_TYPE, "version", "whole number"),
    "true for a number": Case("version = 4", "version = true", CODE.WRONG_TYPE, "version", "whole number"),
    "text for a flag": Case("bulk = true", 'bulk = "true"', CODE.WRONG_TYPE, "bulk", "true or false"),
    "text for a list": Case('["SHELL", "PERSON"]', '"SHELL"', CODE.WRONG_TYPE, "classes", "list"),
    "text for a date": Case("2020-01-01", '"2020-01-01"', CODE.WRONG_TYPE, "in_force", "without quotes"),
    "text for a grantee": Case(GRANTEE, 'grantee = "KH-MOSVY"', CODE.WRONG_TYPE, "grantee", "table"),
    "number in a list": Case('"SHELL", "PERSON"', '"SHELL", 7', CODE.WRONG_TYPE, "classes", "text"),
    "version zero": Case("version = 4", "version = 0", CODE.BAD_NUMBER, "version", "from 1"),
    "Buddhist era": Case("in_force = 2020", "in_force = 2563", CODE.BAD_PERIOD, "in_force", "common era"),
    "ends before it begins": Case("until = 2022", "until = 2020", CODE.BAD_PERIOD, "until", "after `from`"),
    "lower-case code": Case('"TH-KH-2014"', '"th-kh-2014"', CODE.BAD_CODE, "agreement", "capitals"),
    "unknown kind": Case('"MOU"', '"MOO"', CODE.UNKNOWN_KIND, "kind", "`MOU`"),
    "unknown party": Case('["TH", "KH"]', '["TH", "KH", "INT-IMO"]', CODE.UNKNOWN_PARTY, "parties", "`INT-IOM`"),
    "an agency with a country as a party": Case('["TH", "KH"]', '["TH", "KH", "TH-DATIP"]', CODE.UNKNOWN_PARTY, "parties", "one of"),
    "one party": Case('["TH", "KH"]', '["KH"]', CODE.PARTY_COUNT, "parties", "two or more"),
    "unknown country of a corridor": Case('host = "TH"', 'host = "XX"', CODE.BAD_CORRIDOR, "corridors", "ISO 3166"),
    "a corridor home": Case('origin = "*"', 'origin = "TH"', CODE.BAD_CORRIDOR, "corridors", "two"),
    "unknown agreement left out": Case('"TH-LA-2017"', '"TH-LA-2071"', CODE.UNKNOWN_AGREEMENT, "corridors", "`TH-LA-2017`"),
    "unknown agreement superseded": Case("version = 4", 'version = 4\nsupersedes = "TH-KH-2303"', CODE.UNKNOWN_AGREEMENT, "supersedes", "`TH-KH-2003`"),
    "retention in words": Case("version = 4", 'version = 4\nretention = "ten years"', CODE.BAD_RETENTION, "retention", "P10Y"),
    "limit of no edge": Case("version = 4", "version = 4\nlimits = [{ edge = 99, days = 1 }]", CODE.BAD_NUMBER, "limits", "from 1"),
    "clause twice": Case('article = "art. 2"', 'article = "art. 1"', CODE.CLAUSE_REPEATED, 'article = "art. 1"\nsubject = "Meetings"', "once"),
    "clause not declared": Case('clause = "art. 1"', 'clause = "art. 9"', CODE.CLAUSE_UNDECLARED, 'clause = "art. 9"', "declare it"),
    "purpose not of the clause": Case('["TRACING"]', '["PROSECUTION"]', CODE.PURPOSE_NOT_OF_CLAUSE, 'purposes = ["PROSECUTION"]', "`RETURN`, `TRACING`"),
    "neither agency nor country": Case('agencies = ["KH-MOSVY"], side = "ORIGIN", ', "", CODE.GRANTEE_MISSING, "grantee = { roles", "name one"),
    "empty grantee list": Case('agencies = ["KH-MOSVY"]', "agencies = []", CODE.EMPTY_VALUE, "grantee", "fill it"),
    "agency of no party": Case("KH-MOSVY", "LA-MLSW", CODE.NOT_A_PARTY, "LA-MLSW", "`KH`, `TH`"),
    "organisation that is no party": Case('["KH-MOSVY"], side = "ORIGIN"', '["INT-IOM"]', CODE.NOT_A_PARTY, "INT-IOM", "`KH`, `TH`"),
    "partner of another country": Case("KH-MOSVY", "NGO-VFI", CODE.NOT_A_PARTY, "NGO-VFI", "`KH`, `TH`"),
    "country that is no party": Case('countries = ["TH", "KH"]', 'countries = ["TH", "LA"]', CODE.NOT_A_PARTY, '"LA"', "`KH`, `TH`"),
    "agency not of the country": Case('agencies = ["KH-MOSVY"]', 'agencies = ["KH-MOSVY"], countries = ["TH"]', CODE.GRANTEE_NOBODY, "KH-MOSVY", "agencies alone"),
    "unknown agency": Case("KH-MOSVY", "KH-MOSVI", CODE.UNKNOWN_AGENCY, "KH-MOSVI", "`KH-MOSVY`"),
    "unknown role": Case('"FOCAL_POINT"', '"FOCAL_POINTS"', CODE.UNKNOWN_ROLE, "FOCAL_POINTS", "`FOCAL_POINT`"),
    "unknown side": Case('"ORIGIN"', '"ORIGINS"', CODE.UNKNOWN_SIDE, "ORIGINS", "`ORIGIN`"),
    "a side of no case": Case('roles = ["COORDINATOR"]', 'side = "HOST", roles = ["COORDINATOR"]', CODE.SIDE_MEANINGLESS, "HOST", "drop"),
    "unknown purpose": Case('["TRACING"]', '["TRACKING"]', CODE.UNKNOWN_PURPOSE, "TRACKING", "`TRACING`"),
    "unknown entity": Case('"Victim"', '"Person"', CODE.UNKNOWN_ENTITY, '"Person"', "one of"),
    "unknown class": Case('"PERSON"', '"PERSONS"', CODE.UNKNOWN_CLASS, "PERSONS", "`PERSON`"),
    "class twice": Case('"SHELL", "PERSON"', '"SHELL", "SHELL"', CODE.REPEATED_VALUE, "classes", "drop one"),
    "no class": Case('["SHELL", "PERSON"]', "[]", CODE.EMPTY_VALUE, "classes", "fill it"),
    "unknown operation": Case("bulk = true", 'operations = ["erase"]', CODE.UNKNOWN_OPERATION, "operations", "`handOverOffice`"),
    "unknown condition": Case('"no_objection"', '"no_objections"', CODE.UNKNOWN_CONDITION, "no_objections", "`no_objection`"),
    "SQL as a condition": Case('"no_objection"', '"1 = 1"', CODE.CONDITION_FORM, "1 = 1", "consent(TRACING)"),
    "empty condition": Case(WHEN, 'when = [""]', CODE.EMPTY_VALUE, 'when = [""]', "fill it"),
    "argument missing": Case("stage_from(NOTIFIED)", "stage_from", CODE.CONDITION_ARGUMENT, "stage_from", "`stage_from(STATE)`"),
    "argument too many": Case('"no_objection"', '"no_objection(TRACING)"', CODE.CONDITION_ARGUMENT, "no_objection", "`no_objection`"),
    "a side state as a stage": Case("NOTIFIED", "ON_HOLD", CODE.CONDITION_ARGUMENT, "ON_HOLD", "one of"),
    "a purpose of request as one of consent": Case('"no_objection"', '"no_objection",\n"consent(REINTEGRATION)"', CODE.CONDITION_ARGUMENT, "REINTEGRATION", "one of"),
    "a window turned round": Case("stage_from(NOTIFIED)", "stage_between(ASSESSED, NOTIFIED)", CODE.CONDITION_ARGUMENT, "stage_between", "stage_between(NOTIFIED, ASSESSED)"),
    "the implicit condition": Case('"no_objection"', '"no_objection", "not_restricted"', CODE.IMPLICIT_CONDITION, "not_restricted", "leave it out"),
    "condition of another entity": Case('"no_objection"', '"own_actor"', CODE.CONDITION_NOT_OF_ENTITY, "own_actor", "AccessRecord"),
    "anchor on a contact": Case('["shares_corridor"]', '["lodged_under"]', CODE.CONDITION_NOT_OF_ENTITY, '["lodged_under"]', "Victim"),
    "no when on a case": Case(f"{WHEN}\n", "", CODE.WHEN_EMPTY, "[[grant]]", "anchor"),
    "empty when on a case": Case(WHEN, "when = []", CODE.WHEN_EMPTY, "when = []", "opens nothing"),
    "no when on access records": Case('entity = "FocalPoint"\nclasses = ["CONTACT"]\nwhen = ["shares_corridor"]', 'entity = "AccessRecord"\nclasses = ["ACCESS"]', CODE.WHEN_EMPTY, '[[grant]]\nclause = "art. 2"', "own_actor"),
    "no anchor": Case('    "lodged_under",\n', "", CODE.ANCHOR_MISSING, "when = [", "`lodged_under`"),
    "two anchors": Case('"no_objection"', '"no_objection", "covers_corridor"', CODE.ANCHOR_SEVERAL, "when = [", "keep one"),
    "anchor of law in a memorandum": Case('"lodged_under"', '"held_by_party"', CODE.ANCHOR_OF_LAW, "when = [", "kind LAW"),
    "corridor unguarded": Case(WHEN, when("covers_corridor", "stage_from(NOTIFIED)"), CODE.CORRIDOR_UNGUARDED, "when = [", "consent"),
    "sealed class across a border": Case('"SHELL", "PERSON"', '"SHELL", "MEDICAL"', CODE.SEALED_CLASS, "MEDICAL", "HOST"),
    "photo of anyone across a border": Case('"SHELL", "PERSON"', '"SHELL", "PHOTO"', CODE.PHOTO_UNGUARDED, "PHOTO", "`consent(PHOTO)` and `adult`"),
    "host grant without an end": Case('side = "ORIGIN"', 'side = "HOST"', CODE.HOST_AFTER_HANDOVER, "when = [", "`host_part_frozen` or `before_handover`"),
    "either side without an end": Case('side = "ORIGIN"', 'side = "ANY"', CODE.HOST_AFTER_HANDOVER, "when = [", "ORIGIN"),
    "no side without an end": Case(' side = "ORIGIN",', "", CODE.HOST_AFTER_HANDOVER, "when = [", "ORIGIN"),
    "frozen for the country of origin": Case('"no_objection"', '"no_objection", "host_part_frozen"', CODE.FROZEN_FOR_ANOTHER, "when = [", "HOST"),
    "control character": Case('"A sample"', '"A\\u0000sample"', CODE.BAD_TEXT, "title", "plain text"),
    "private-use character": Case('"A sample"', '"A\\uE000sample"', CODE.BAD_TEXT, "title", "plain text"),
    "blank title": Case('"A sample"', '"  "', CODE.EMPTY_VALUE, "title", "fill it"),
    "not TOML": Case("version = 4", "version 4", CODE.TOML_SYNTAX, "version 4", "TOML"),
    "key twice": Case("version = 4", "version = 4\nversion = 5", CODE.TOML_SYNTAX, "version = 5", "TOML"),
}  # fmt: skip


def test_the_sample_loads() -> None:
    assert problems_of(GOOD) == ()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_refused_with_line_code_and_remedy(case: Case) -> None:
    text = spoilt(case.old, case.new)
    found = problems_of(text)
    expected = [p for p in found if p.code is case.code]
    assert expected, found
    first = expected[0]
    assert (first.file, first.line) == ("sample.toml", line_of(text, case.at)), found
    assert case.remedy in first.remedy
    assert len(found) <= 2, found


def test_every_code_is_provoked_by_some_test() -> None:
    elsewhere = {
        CODE.UNREADABLE,
        CODE.VERSION_REPEATED,
        CODE.CORRIDOR_MISSING,
        CODE.UNKNOWN_COUNTRY,
    }
    assert {case.code for case in CASES.values()} | elsewhere == set(ProblemCode)


def test_all_problems_are_reported_at_once() -> None:
    text = spoilt("KH-MOSVY", "KH-MOSVI").replace('"PERSON"', '"PERSONS"').replace("MOU", "MOO")
    codes = [p.code for p in problems_of(text)]
    assert codes == [CODE.UNKNOWN_KIND, CODE.UNKNOWN_AGENCY, CODE.UNKNOWN_CLASS]


def test_a_problem_reads_as_one_line_with_file_and_line() -> None:
    (problem,) = problems_of(spoilt('"Victim"', '"Victims"'))
    assert str(problem) == (
        "sample.toml:22: UNKNOWN_ENTITY: `Victims` is not a known entity; did you mean `Victim`"
    )


def test_a_corridor_needs_corridors() -> None:
    text = spoilt('corridors = [{ host = "TH", origin = "*", except = ["TH-LA-2017"] }]\n', "")
    text = text.replace('"lodged_under"', '"covers_corridor"')
    assert [p.code for p in problems_of(text)] == [CODE.CORRIDOR_MISSING]


def test_an_unknown_country_is_told_from_one_that_is_no_party() -> None:
    (problem,) = problems_of(spoilt('countries = ["TH", "KH"]', 'countries = ["TH", "XX"]'))
    assert problem.code is CODE.UNKNOWN_COUNTRY


@pytest.mark.parametrize(
    "guard", ["consent(TRACING)", "assigned", "formal_request", "no_objection"]
)
def test_a_guarded_corridor_loads(guard: str) -> None:
    assert problems_of(spoilt(WHEN, when("covers_corridor", guard))) == ()


def test_a_window_that_ends_before_the_handover_needs_no_side() -> None:
    text = spoilt(' side = "ORIGIN",', "")
    bounded = text.replace("stage_from(NOTIFIED)", "stage_between(NOTIFIED, ASSESSED)")
    assert problems_of(bounded) == ()


def test_an_organisation_that_is_a_party_may_be_a_grantee() -> None:
    text = spoilt('["TH", "KH"]', '["TH", "KH", "INT-IOM"]')
    text = text.replace('agencies = ["KH-MOSVY"], side = "ORIGIN"', 'agencies = ["INT-IOM"]')
    assert problems_of(text) == ()
    sided = text.replace('agencies = ["INT-IOM"]', 'agencies = ["INT-IOM"], side = "ORIGIN"')
    assert [p.code for p in problems_of(sided)] == [CODE.SIDE_MEANINGLESS]


def test_a_law_has_one_party_and_its_own_anchor() -> None:
    text = spoilt('"MOU"', '"LAW"')
    assert CODE.PARTY_COUNT in [p.code for p in problems_of(text)]
    own = text.replace('["TH", "KH"]', '["KH"]').replace('"lodged_under"', '"held_by_party"')
    assert problems_of(own) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00",
        "a = " + "[" * 100_000,
        "a = 1" + "0" * 10_000,
        "\ufeff" + GOOD,
        "grant = 7\nclause = [7]\ncorridors = {}\nparties = [[]]",
        "x" * (1 << 21),
    ],
    ids=["empty", "nul", "deep", "long number", "byte order mark", "wrong shapes", "huge"],
)
def test_hostile_texts_are_refused_and_nothing_else_happens(text: str) -> None:
    assert problems_of(text)


def test_a_file_that_is_not_utf8_is_refused_by_line(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(b'agreement = "X"\ntitle = "\xff"\n')
    with pytest.raises(DocumentRefused) as refused:
        read_file(file)
    (problem,) = refused.value.problems
    assert (problem.file, problem.line, problem.code) == (str(file), 2, CODE.UNREADABLE)


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(b"#" * (1 << 21))
    with pytest.raises(DocumentRefused, match="too large"):
        read_file(file)


def test_a_folder_is_refused_with_the_problems_of_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "b.toml").write_text(GOOD)
    (tmp_path / "c.toml").write_text(spoilt("version = 4", "version = 0"))
    with pytest.raises(DocumentRefused) as refused:
        read_folder(tmp_path)
    found = [(p.file, p.code) for p in refused.value.problems]
    assert found == [("b.toml", CODE.VERSION_REPEATED), ("c.toml", CODE.BAD_NUMBER)]


def test_the_content_hash_is_that_of_the_text() -> None:
    first, second = read(GOOD, "a"), read(GOOD + "\n", "a")
    assert len(first.content_hash) == 64
    assert first.content_hash == read(GOOD, "b").content_hash != second.content_hash
