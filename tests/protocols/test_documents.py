"""The documents that come with saphan agree with the reference data and the examples."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib

import pytest

from authz.document_forms import document_form, grant_form, grant_sentence
from authz.document_register import SAPHAN
from authz.documents import Document, read
from authz.grants import Corridor
from schema import reference
from schema.classes import DataClass
from schema.codes import AgreementKind
from tests.protocols.matrix import packaged
from tests.protocols.samples import FOLDER, GOOD

CODES = [
    "ACTIP@1",
    "COMMIT-2004@1",
    "IOM-MSDHS-2007@1",
    "KH-LAW@1",
    "KH-VN-2005@1",
    "LA-LAW@1",
    "LA-VN-2010@1",
    "TH-CN-2018@1",
    "TH-KH-2003@1",
    "TH-KH-2014@3",
    "TH-KH-SOP-2022@1",
    "TH-LA-2005@1",
    "TH-LA-2017@1",
    "TH-LAW@1",
    "TH-MM-2009@1",
    "TH-VN-2008@1",
]
WAITING = {"TH-CN-2018@1", "TH-MM-2009@1", "TH-VN-2008@1"}
"""They say nowhere when they begin: the other country has not joined."""

EXAMPLES = """
[[grant]]
clause = "art. 5(1)"
grantee = { agencies = ["KH-MOSVY"], side = "ORIGIN", roles = ["FOCAL_POINT"] }
purposes = ["TRACING", "RETURN"]
entity = "Victim"
classes = ["SHELL", "PERSON"]
when = ["lodged_under", "stage_from(NOTIFIED)", "no_objection"]

[[grant]]
clause = "art. 5(2)"
grantee = { agencies = ["KH-MOSVY"], side = "ORIGIN", roles = ["FOCAL_POINT"] }
purposes = ["TRACING", "RETURN"]
entity = "ReturnCase"
classes = ["SHELL"]
when = ["lodged_under", "stage_from(NOTIFIED)", "no_objection"]

[[grant]]
clause = "art. 9(2)"
grantee = { agencies = ["KH-MOSVY"], side = "ORIGIN", roles = ["FOCAL_POINT"] }
purposes = ["TRACING"]
entity = "Victim"
classes = ["SHELL", "PERSON", "IDENTITY", "FAMILY"]
when = [
    "lodged_under", "stage_between(TRACING_REQUESTED, ASSESSED)", "no_objection",
    "consent(TRACING)", "minor_needs_guardian",
]
"""


@pytest.fixture(params=CODES)
def document(request: pytest.FixtureRequest) -> Document:
    return packaged()[request.param]


def test_the_documents_are_there() -> None:
    assert list(packaged()) == CODES


def test_a_document_lies_in_the_file_of_its_name(document: Document) -> None:
    assert document.file == f"{document.agreement}.v{document.version}.toml"
    text = (FOLDER / document.file).read_text()
    assert document.content_hash == hashlib.sha256(text.encode()).hexdigest()
    assert max(map(len, text.splitlines())) < 160


def test_the_head_agrees_with_the_reference_data(document: Document) -> None:
    (row,) = (a for a in reference.agreements() if a.code == document.agreement)
    assert document.kind == AgreementKind(row.kind)
    assert set(document.parties) == set(row.parties)
    assert document.supersedes == row.supersedes
    assert row.signed_on in (None, document.signed)
    if document.code in WAITING:
        assert document.in_force is None
    else:
        assert row.in_force_from in (None, document.in_force)
    # what was superseded stays open to the oversight of its old cases
    assert document.until == (None if row.state == "SUPERSEDED" else row.until_on)


def test_every_document_says_what_was_not_read(document: Document) -> None:
    assert document.published
    assert not document.verified
    assert document.source
    read_clauses = [c.article for c in document.clauses if c.verified]
    assert read_clauses == (["art. 14(3)"] if document.agreement == "ACTIP" else [])
    if not document.agreement.startswith("ACTIP"):
        assert "[M]" in document.source


def test_every_clause_is_used_and_serves_exactly_the_purposes_of_its_grants(
    document: Document,
) -> None:
    for clause in document.clauses:
        grants = [g for g in document.grants if g.clause.article == clause.article]
        assert set(clause.purposes) == set().union(*(g.purposes for g in grants))


def test_the_example_grants_stand_first_under_their_clauses() -> None:
    given = [grant_form(g) for g in packaged()["TH-KH-2014@3"].grants]
    for example in tomllib.loads(EXAMPLES)["grant"]:
        under = [form for form in given if form["clause"] == example["clause"]]
        # which acts the clause permits was added to the example's grants
        assert {k: v for k, v in under[0].items() if k != "operations"} == example


def test_no_other_clause_names_a_khmer_victim_to_the_focal_point_for_tracing() -> None:
    naming = {
        str(g.clause)
        for d in packaged().values()
        for g in d.grants
        if g.entity == "Victim"
        and DataClass.IDENTITY in g.classes
        and "KH-MOSVY" in g.grantee.agencies
        and "TRACING" in g.purposes
        and any(c.name == "lodged_under" for c in g.when)
    }
    assert naming == {"KH-VN-2005@1#art. 3", "TH-KH-2014@3#art. 9(2)"}


def test_the_account_crosses_between_thailand_and_cambodia_by_section_4_alone() -> None:
    carrying = {
        str(g.clause)
        for d in packaged().values()
        if {"TH", "KH"} <= set(d.parties)
        for g in d.grants
        if DataClass.NARRATIVE in g.classes
    }
    assert carrying == {"TH-KH-SOP-2022@1#sec. 4"}


def test_the_convention_leaves_out_every_pair_with_an_agreement_of_its_own() -> None:
    asean = set(packaged()["ACTIP@1"].parties)
    pairs = {
        a.code
        for a in reference.agreements()
        if len(a.parties) == 2 and set(a.parties) <= asean and a.state == "IN_FORCE"
    }
    for corridor in packaged()["ACTIP@1"].corridors:
        assert corridor.origin == "*"
        assert corridor.host in asean
        assert pairs - {"TH-KH-SOP-2022"} <= set(corridor.bar)


def test_corridors_travel_with_each_grant() -> None:
    sop = packaged()["TH-KH-SOP-2022@1"]
    assert sop.corridors == (Corridor("TH", "KH"), Corridor("KH", "TH"))
    assert all(g.corridors == sop.corridors for g in sop.grants)


def test_in_force_is_from_the_first_day_to_before_the_last() -> None:
    text = GOOD.replace("in_force = 2020-01-01", "in_force = 2020-01-01\nuntil = 2021-01-01")
    document = read(text, "sample.toml")
    days = [dt.date(2019, 12, 31), dt.date(2020, 1, 1), dt.date(2020, 12, 31), dt.date(2021, 1, 1)]
    assert [document.in_force_on(day) for day in days] == [False, True, True, False]
    assert not read(GOOD.replace("in_force", "signed"), "sample.toml").in_force_on(days[1])


def test_a_document_given_back_reads_as_it_was_written(document: Document) -> None:
    written = tomllib.loads((FOLDER / document.file).read_text())
    form = document_form(document)
    grants = form.pop("grants")
    assert form.pop("content_hash") == document.content_hash
    assert form.pop("limits") == written.get("limits", [])
    assert form.pop("corridors") == written.pop("corridors", [])
    as_text = {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in written.items()}
    assert [sort(g) for g in as_text.pop("grant")] == [sort(g) for g in _list(grants)]
    assert form == as_text


def test_every_grant_is_a_sentence(document: Document) -> None:
    for grant in document.grants:
        said = grant_sentence(grant)
        assert " may, for " in said
        assert all(c in said for c in grant.classes)
        assert "{" not in said


def test_a_grant_keeps_its_dates_and_bulk() -> None:
    last = read(GOOD, "sample.toml").grants[-1]
    assert (last.since, last.until, last.bulk) == (dt.date(2021, 1, 1), dt.date(2022, 1, 1), True)
    form = grant_form(last)
    assert (form["from"], form["until"], form["bulk"]) == ("2021-01-01", "2022-01-01", True)
    assert "from 2021-01-01, until 2022-01-01" in grant_sentence(last)


def test_another_register_knows_other_agencies() -> None:
    agencies = {**SAPHAN.agencies, "KH-NEW": "KH"}
    register = type(SAPHAN)(agencies, SAPHAN.agreements)
    text = GOOD.replace("KH-MOSVY", "KH-NEW")
    assert read(text, "sample.toml", register).grants[0].grantee.agencies == {"KH-NEW"}


def _list(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def sort(value: object) -> object:
    """Lists of a grant are sets but for `when`, whose order is kept."""
    if isinstance(value, dict):
        return {k: v if k == "when" else sort(v) for k, v in value.items()}
    return sorted(value) if isinstance(value, list) else value
