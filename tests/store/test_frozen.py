"""The host's part of a case: copied once, when it is handed over, whoever writes."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import psycopg
import pytest

from resolvers.freezing import OF_NO_FIELD, column_types
from schema.catalog import catalog
from schema.codes import MAIN_STATES
from service import migrate
from tests.store.rows import T0, Rows, after

BEFORE = MAIN_STATES[: MAIN_STATES.index("HANDED_OVER")]
COPIED = "select record_type, row from registry.frozen where case_id = %s and record_id = %s"


def walk(rows: Rows, case: uuid.UUID, *, until: str = "HANDED_OVER") -> None:
    """The case through its states, an hour each."""
    before = None
    for hour, state in enumerate(MAIN_STATES[: MAIN_STATES.index(until) + 1]):
        rows.transition(case, state, hour, from_state=before)
        before = state


def copy(rows: Rows, case: uuid.UUID, record: uuid.UUID) -> dict[str, Any]:
    [(_, row)] = rows.run(COPIED, case, record)
    found: dict[str, Any] = row
    return found


def test_every_record_of_the_case_is_copied_once(rows: Rows) -> None:
    victim = rows.victim(
        family_name="Chan", birth_date="2009-02-10", birth_precision="MONTH", languages=["khm"]
    )
    case = rows.case(victim_id=victim, shelter_name="a house")
    parts = {
        "Consent": rows.part(
            "registry.consent", case, purpose="TRACING", state="GIVEN", recipients=[], stated_at=T0
        ),
        "Referral": rows.part(
            "registry.referral", case, from_agency="TH-DATIP", to_agency="TH-ATPD", state="OPEN"
        ),
        "Assessment": rows.part("registry.assessment", case, report="read"),
        "TravelPaper": rows.part("registry.travel_paper", case, travel_document="N 1"),
        "FollowUp": rows.part("registry.follow_up", case, month=1),
        "LegalRequest": rows.part(
            "registry.legal_request", case, agency_code="TH-ATPD", received_on="2026-03-01"
        ),
        "EmergencyOpening": rows.part(
            "registry.emergency_opening",
            case,
            agency_code="TH-DATIP",
            subject="u-1",
            issuer="i",
            clause="TH-LAW@1#rule 23",
            reason="she did not come home",
        ),
    }
    walk(rows, case, until="DOCUMENTS_READY")
    assert rows.run("select 1 from registry.frozen where case_id = %s", case) == []
    rows.transition(case, "HANDED_OVER", 8, from_state="DOCUMENTS_READY")
    kinds = dict(
        rows.run(
            "select record_type, count(*) from registry.frozen where case_id = %s group by 1", case
        )
    )
    assert kinds == {**dict.fromkeys(parts, 1), "Victim": 1, "ReturnCase": 1, "Transition": 9}
    for kind, record in {**parts, "Victim": victim, "ReturnCase": case}.items():
        table = catalog().entities[kind].table
        stored = rows.one(f"select to_jsonb(t) from {table} t where id = %s", record)
        assert copy(rows, case, record) == stored, kind
    assert copy(rows, case, victim)["birth_latest"] == "2009-02-28"
    shell = copy(rows, case, case)
    assert (shell["state"], shell["main_rank"], shell["holder"]) == ("HANDED_OVER", 9, "TH-DATIP")
    since = rows.run("select state_since from registry.frozen where state_since is not null")
    assert since == [(after(8),)]


def test_what_is_written_afterwards_changes_no_copy(rows: Rows) -> None:
    case = rows.case()
    walk(rows, case)
    victim = rows.one("select victim_id from registry.return_case where id = %s", case)
    rows.run("update registry.victim set family_name = 'Corrected' where id = %s", victim)
    rows.transition(case, "IN_RECEPTION", 9, from_state="HANDED_OVER")
    later = rows.part("registry.assessment", case, report="of the origin")
    assert copy(rows, case, victim)["family_name"] is None
    assert copy(rows, case, case)["state"] == "HANDED_OVER"
    assert rows.run(COPIED, case, later) == []


def assignments(rows: Rows, case: uuid.UUID) -> list[tuple[Any, ...]]:
    return rows.run(
        "select agency_code, unit, from_at, until_at from registry.assignment where case_id = %s"
        " order by from_at, agency_code",
        case,
    )


def test_who_held_it_on_the_hosts_side_stays_assigned(rows: Rows) -> None:
    case = rows.case()
    walk(rows, case)
    assert assignments(rows, case) == [("TH-DATIP", None, after(8), None)]


@pytest.mark.parametrize("holder", ["KH-MOSVY", "INT-IOM"])
def test_who_held_it_for_others_is_not(rows: Rows, holder: str) -> None:
    case = rows.case(holder=holder)
    walk(rows, case)
    assert assignments(rows, case) == []


@pytest.mark.parametrize(
    ("unit", "until", "expected"),
    [
        (None, None, [(None, T0, None)]),
        (None, after(20), [(None, T0, after(20)), (None, after(20), None)]),
        (None, after(3), [(None, T0, after(3)), (None, after(8), None)]),
        ("Siem Reap", None, [("Siem Reap", T0, None), (None, after(8), None)]),
    ],
)
def test_an_assignment_that_is_there_is_not_made_twice(
    rows: Rows,
    unit: str | None,
    until: dt.datetime | None,
    expected: list[tuple[str | None, dt.datetime, dt.datetime | None]],
) -> None:
    case = rows.case()
    rows.part(
        "registry.assignment", case, agency_code="TH-DATIP", unit=unit, from_at=T0, until_at=until
    )
    walk(rows, case)
    assert [row[1:] for row in assignments(rows, case)] == expected


def test_the_service_hands_over_and_freezes_nothing_by_itself(service: Rows) -> None:
    case = service.case()
    walk(service, case)
    assert service.run("select count(*) from registry.frozen where case_id = %s", case) == [(11,)]
    for statement in (
        f"select registry.freeze('{case}')",
        f"select registry.copy_parts(array['{case}']::uuid[], '{{infinity}}', '{{infinity}}')",
        f"select registry.keep_assigned(array['{case}']::uuid[])",
        "insert into registry.frozen (record_id, row) values (gen_random_uuid(), '{}')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            service.run(statement)
    service.run("select set_config('saphan.freezing', 'anew', true)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        service.run("delete from registry.frozen")


def test_only_the_countries_of_the_case_see_its_copies(service: Rows) -> None:
    case = service.case()
    walk(service, case)
    for party, agency, seen in (("KH", "KH-MOSVY", 11), ("LA", "LA-MLSW", 0), ("", "", 0)):
        service.run("select set_config('saphan.party', %s, true)", party)
        service.run("select set_config('saphan.agency', %s, true)", agency)
        assert service.run("select count(*) from registry.frozen") == [(seen,)]


def loaded(rows: Rows) -> uuid.UUID:
    """A case that is closed when it is brought in, its history beside it."""
    case = rows.case(
        state="CLOSED",
        main_rank=13,
        state_since=after(12),
        handed_over_at=after(8),
        holder="KH-MOSVY",
        outcome="ReturnedHome",
        closing_reason="REINTEGRATED",
        reintegration_plan="a plan",
    )
    walk(rows, case, until="CLOSED")
    return case


def test_a_case_that_is_loaded_is_brought_back_to_its_handover(rows: Rows) -> None:
    case = loaded(rows)
    early = rows.part(
        "registry.consent", case, purpose="TRACING", state="GIVEN", recipients=[], stated_at=T0
    )
    late = [
        rows.part(
            "registry.consent",
            case,
            purpose="TRACING",
            state="WITHDRAWN",
            recipients=[],
            stated_at=after(9),
        ),
        rows.part("registry.follow_up", case, month=1),
        rows.part("registry.legal_request", case, agency_code="TH-ATPD", received_on="2026-04-01"),
    ]
    assert rows.run("select 1 from registry.frozen where case_id = %s", case) == []
    assert assignments(rows, case) == []
    rows.run("select registry.freeze(%s)", case)
    rows.run("select registry.freeze(%s)", case)
    shell = copy(rows, case, case)
    kept = ("state", "main_rank", "holder", "outcome", "closing_reason", "reintegration_plan")
    assert [shell[name] for name in kept] == ["HANDED_OVER", 9, "TH-DATIP", None, None, None]
    assert dt.datetime.fromisoformat(shell["state_since"]) == after(8)
    states = rows.run(
        "select row ->> 'state' from registry.frozen where case_id = %s"
        " and record_type = 'Transition' order by row ->> 'at'",
        case,
    )
    assert [state for (state,) in states] == [*BEFORE, "HANDED_OVER"]
    assert copy(rows, case, early)["state"] == "GIVEN"
    assert all(rows.run(COPIED, case, record) == [] for record in late)
    assert assignments(rows, case) == [("TH-DATIP", None, after(8), None)]


def test_frozen_anew_it_is_as_the_registry_knew_it_then(rows: Rows) -> None:
    """The owner's copy of a case that the registry saw handed over is that of the trigger."""
    case = rows.case()
    report = rows.part("registry.assessment", case, report="of the host")
    walk(rows, case)
    at_once = rows.run(
        "select record_id, row, state_since from registry.frozen where case_id = %s order by 1",
        case,
    )
    rows.run("update registry.assessment set report = 'of the origin' where id = %s", report)
    rows.run("update registry.return_case set holder = 'KH-MOSVY' where id = %s", case)
    rows.run("update registry.victim set family_name = 'Corrected'")
    rows.transition(case, "IN_RECEPTION", 9, from_state="HANDED_OVER")
    rows.part("registry.assessment", case, report="another one")
    rows.run("select registry.freeze(%s)", case)
    anew = rows.run(
        "select record_id, row, state_since from registry.frozen where case_id = %s order by 1",
        case,
    )
    assert anew == at_once
    assert [row[0] for row in assignments(rows, case)] == ["TH-DATIP"]


def test_what_was_not_handed_over_is_not_frozen(rows: Rows) -> None:
    case = rows.case()
    walk(rows, case, until="TRACING")
    rows.run("select registry.freeze(%s)", case)
    assert rows.run("select 1 from registry.frozen") == []


def test_the_past_knows_no_copy_before_it_was_made(rows: Rows) -> None:
    case = rows.case()
    walk(rows, case, until="DOCUMENTS_READY")
    before = rows.one("select clock_timestamp()")
    rows.transition(case, "HANDED_OVER", 8, from_state="DOCUMENTS_READY")
    for at, seen in ((before, 0), (rows.one("select clock_timestamp()"), 11)):
        rows.run("select set_config('saphan.as_of', %s, true)", str(at))
        assert rows.run("select count(*) from past.frozen where case_id = %s", case) == [(seen,)]


def test_a_case_handed_over_before_there_were_copies_gets_its_own(empty_dsn: str) -> None:
    migrate.upgrade(empty_dsn)
    migrate.downgrade(empty_dsn, "0005")
    with psycopg.connect(empty_dsn) as connection:
        rows = Rows.in_transaction(connection)
        walked, open_ = rows.case(shelter_name="a house"), rows.case()
        report = rows.part("registry.assessment", walked, report="of the host")
        walk(rows, walked)
        walk(rows, open_, until="TRACING")
        rows.run("update registry.return_case set holder = 'KH-MOSVY' where id = %s", walked)
        rows.run("update registry.assessment set report = 'of the origin' where id = %s", report)
        old = loaded(rows)
        connection.commit()
    migrate.upgrade(empty_dsn)
    with psycopg.connect(empty_dsn) as connection:
        rows = Rows.in_transaction(connection)
        assert copy(rows, walked, report)["report"] == "of the host"
        assert copy(rows, walked, walked)["holder"] == "TH-DATIP"
        assert copy(rows, old, old)["state"] == "HANDED_OVER"
        assert rows.run("select 1 from registry.frozen where case_id = %s", open_) == []
        for case in (walked, old):
            assert [row[0] for row in assignments(rows, case)] == ["TH-DATIP"]


def test_the_types_of_a_copys_columns_are_those_of_its_table(rows: Rows) -> None:
    """A copy is JSON: how its columns are read again is said by the fields that show them."""
    for entity in catalog().entities.values():
        if entity.binding not in ("CASE", "PART", "PERSON"):
            continue
        stored = dict(
            rows.run(
                "select attname, format_type(atttypid, atttypmod) from pg_attribute"
                " where attrelid = %s::regclass and attnum > 0",
                entity.table,
            )
        )
        for name, said in column_types(entity).items():
            if name in stored or name not in OF_NO_FIELD:
                full = said.replace("timestamptz", "timestamp with time zone")
                assert stored[name] == full, (entity.name, name)
