"""Constraints: what no caller can store, however it asks."""

from __future__ import annotations

import datetime as dt
import uuid

import psycopg
import pytest

from schema.tables import metadata
from tests.store.rows import T0, Rows, after

MARK = "\ue000"


def test_only_tables_of_codes_keys_and_numbers_lack_the_check_on_words(rows: Rows) -> None:
    checked = {
        name
        for (name,) in rows.run(
            "select conrelid::regclass::text from pg_constraint where conname like '%%_plain_text'"
        )
    }
    present = {name for name, table in metadata.tables.items() if table.schema != "history"}
    assert present - checked == {
        "feed.closing",
        "feed.entry",
        "feed.stream",  # of claims, which the door has bound
        "feed.told",
        "feed.view",
        "feed.withdrawal",
        "ledger.access_leaf",
        "ledger.checkpoint",
        "ledger.cosignature",
        "ledger.leaf_position",
        "ledger.tile_hash",
        "ledger.witness",
        "policy.version",
        "registry.agreement_party",
        "registry.case_party",
        "registry.commit_order",
        "registry.contact_case",
        "registry.contact_participant",
        "registry.event",
        "registry.field_column",
        "registry.frozen",  # words that stood in a table with the check
        "registry.record_index",
        "registry.record_version",
        "registry.restriction",
        "registry.request_key",
        "registry.statistics_case",
        "registry.statistics_edition",
        "registry.statistics_median",
        "registry.statistics_release",
        "registry.statistics_step",
        "registry.statistics_tally",
        "registry.time_limit",
    }


@pytest.mark.parametrize(
    "values",
    [
        {"family_name": f"a{MARK}b"},
        {"narrative": MARK},
        {"identity_number": MARK},
        {"languages": ["tha", MARK]},
        {"places": '[{"kind": "Transit", "city": "\ue000"}]'},
        {"places": '[{"kind": "Transit", "city": "\\ue000"}]'},
    ],
    ids=ascii,
)
def test_the_mark_is_refused_in_text_list_and_json(rows: Rows, values: dict[str, object]) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        rows.victim(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"gender": "Female"},
        {"apps": ["Facebook", "Myspace"]},
        {"apps": [None]},
        {"care_needs": ["insulin"]},
        {"nationalities": ["Khmer"]},
        {"nationalities": ["KH", None]},
        {"languages": ["km"]},
        {"children_count": -1},
        {"birth_date": "2009-01-01"},
        {"birth_precision": "YEAR"},
        {"family_contacts": "{}"},
    ],
    ids=str,
)
def test_values_outside_a_list_or_form_are_refused(rows: Rows, values: dict[str, object]) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        rows.victim(**values)


def test_an_identity_number_is_unique_within_an_agency_only(rows: Rows) -> None:
    rows.victim(identity_number="1-1001", entered_by="TH-DATIP")
    rows.victim(identity_number="1-1001", entered_by="KH-MOSVY")
    rows.victim(identity_number=None)
    rows.victim(identity_number=None)
    with pytest.raises(psycopg.errors.UniqueViolation):
        rows.victim(identity_number="1-1001", entered_by="TH-DATIP")


@pytest.mark.parametrize(
    ("born", "precision", "latest"),
    [
        ("2009-03-04", "DAY", "2009-03-04"),
        ("2008-02-01", "MONTH", "2008-02-29"),
        ("2009-12-15", "MONTH", "2009-12-31"),
        ("2009-01-01", "YEAR", "2009-12-31"),
        (None, None, None),
    ],
)
def test_the_latest_birth_day_follows_precision(
    rows: Rows, born: str | None, precision: str | None, latest: str | None
) -> None:
    victim = rows.victim(birth_date=born, birth_precision=precision)
    stored = rows.one("select birth_latest from registry.victim where id = %s", victim)
    assert stored == (dt.date.fromisoformat(latest) if latest else None)


def test_a_case_crosses_a_border(rows: Rows) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        rows.case(host="KH", origin="KH")


@pytest.mark.parametrize("values", [{"outcome": "went home to her aunt"}, {"feedback_code": "a b"}])
def test_a_code_shown_without_text_carries_no_sentence(
    rows: Rows, values: dict[str, object]
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        rows.case(**values)


def _assign(rows: Rows, case: uuid.UUID, since: int, until: int | None, **values: object) -> None:
    rows.part(
        "registry.assignment",
        case,
        **{
            "agency_code": "NGO-LPN",
            "from_at": after(since),
            "until_at": None if until is None else after(until),
            **values,
        },
    )


def test_assignments_of_one_agency_and_unit_never_overlap(rows: Rows) -> None:
    case = rows.case()
    _assign(rows, case, 0, 10)
    _assign(rows, case, 10, None)
    _assign(rows, case, 0, None, unit="Tak")
    _assign(rows, case, 0, None, agency_code="NGO-AAT")
    _assign(rows, rows.case(), 0, None)
    for since, until in ((5, 6), (0, None), (20, 21)):
        with pytest.raises(psycopg.errors.ExclusionViolation):
            _assign(rows, case, since, until)
    with pytest.raises(psycopg.errors.ExclusionViolation):
        _assign(rows, case, 3, 4, unit="Tak")
    with pytest.raises(psycopg.errors.CheckViolation):
        _assign(rows, rows.case(), 1, 1)


def _focal(rows: Rows, since: str, until: str | None, **values: object) -> None:
    with rows.connection.transaction():
        rows.insert(
            "registry.focal_point",
            **{
                "id": uuid.uuid4(),
                "agency_code": "LA-MLSW",
                "person": "Person A",
                "since_on": since,
                "until_on": until,
                **values,
            },
        )


def test_a_focal_points_periods_never_overlap(rows: Rows) -> None:
    _focal(rows, "2026-01-01", "2026-02-01")
    _focal(rows, "2026-02-01", None)
    _focal(rows, "2026-02-01", None, agreement_code="TH-LA-2017")
    _focal(rows, "2026-02-01", None, person="Person B")
    with pytest.raises(psycopg.errors.ExclusionViolation):
        _focal(rows, "2026-01-31", "2026-02-01")
    with pytest.raises(psycopg.errors.ExclusionViolation):
        _focal(rows, "2027-01-01", None, agreement_code="TH-LA-2017")


def _consent(rows: Rows, **values: object) -> None:
    row = {"purpose": "TRACING", "state": "GIVEN", "recipients": [], "stated_at": T0, **values}
    rows.part("registry.consent", rows.case(), **row)


def test_a_statement_of_consent_lies_in_the_past(rows: Rows) -> None:
    _consent(rows)
    with pytest.raises(psycopg.errors.CheckViolation):
        _consent(rows, stated_at=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5))


def test_a_recipient_is_a_country_or_an_agency(rows: Rows) -> None:
    _consent(rows, recipients=["KH", "NGO-GDE"])
    for recipients in (["KH-MOSVI"], ["kh"], ["KH", None]):
        with pytest.raises(psycopg.DatabaseError) as refusal:
            _consent(rows, state="WITHDRAWN", recipients=recipients)
        assert refusal.value.sqlstate == "SP003"


def test_a_restriction_stands_on_a_known_record_and_recipient(rows: Rows) -> None:
    victim = rows.victim()
    known = {"record_id": victim, "set_by": "TH-DATIP", "from_at": T0, "recipient": "KH"}
    changes: list[dict[str, object]] = [{}, {"recipient": None, "data_class": "IDENTITY"}]
    for change in changes:
        with rows.connection.transaction():
            rows.insert("registry.restriction", id=uuid.uuid4(), **{**known, **change})
    wrong: list[dict[str, object]] = [{"record_id": uuid.uuid4()}, {"recipient": "XX"}]
    for change in wrong:
        with pytest.raises(psycopg.errors.ForeignKeyViolation), rows.connection.transaction():
            rows.insert("registry.restriction", id=uuid.uuid4(), **{**known, **change})
    with pytest.raises(psycopg.errors.CheckViolation), rows.connection.transaction():
        rows.insert("registry.restriction", id=uuid.uuid4(), **known, data_class="NAMES")
