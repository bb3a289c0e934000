"""The meaning of each condition, as the solver has it, beside a plain reading of the same case."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.conditions import CASE_BOUND, CONDITIONS
from authz.document_register import SAPHAN
from authz.grants import Corridor, Grant, Purpose, Side
from authz.proving import Case, Statement
from authz.proving.meanings import MEANINGS, World
from authz.proving.opening import opens
from authz.proving.reading import ELSEWHERE
from authz.proving.symbols import Times, Unknowns, unknowns
from authz.proving.words import CONSENTS, PURPOSES, ROLES, STATES, Words, number, words_of
from schema.codes import CaseState, ConsentState, Role
from schema.machine import ranks_of
from tests.proofs import plain
from tests.proofs.making import grant, shipped

COUNTRIES = ("TH", "KH", "LA", "VN", "JP")
AGENCIES = sorted(SAPHAN.agencies)


@cache
def world() -> World:
    return World(unknowns(), words_of(shipped(), SAPHAN))


RARE = (
    grant("lodged_under", "arrivals_window", "adult"),
    grant("lodged_under", "travel_window", side=Side.ANY),
    grant("lodged_under", "emergency_open", side=Side.HOST),
    grant("lodged_under", "minor_needs_guardian", side=None),
    grant("lodged_under", "aggregate_only", side=None),
    grant("covers_corridor", "no_objection", corridors=(Corridor("*", "KH", ("TH-KH-2014",)),)),
)
"""What no shipped document says yet."""


def grants() -> list[Grant]:
    shipped_ones = [g for d in shipped() for g in d.grants if g.entity in CASE_BOUND]
    return [*RARE * 10, *shipped_ones]


@st.composite
def statements(draw: st.DrawFn, agency: str, country: str, most: int) -> list[Statement]:
    recipients = [(agency,), (), (ELSEWHERE,), (agency, ELSEWHERE)]
    if country:
        recipients += [(country,), (agency, country)]
    said = st.builds(
        Statement,
        purpose=st.sampled_from(("TRACING", "RETURN", "NOTIFICATION", "PHOTO")),
        state=st.sampled_from(tuple(map(str, ConsentState))),
        recipients=st.sampled_from(recipients),
        at=st.integers(1, 4),
        guarded=st.booleans(),
    )
    found = draw(st.lists(said, max_size=most))
    return [replace(s, guarded=s.guarded and s.state == "GIVEN") for s in found]


@st.composite
def asked(draw: st.DrawFn) -> tuple[Grant, Case]:
    """A shipped grant and a case near enough to it that either answer is likely."""
    to = draw(st.sampled_from(grants()))
    likely = sorted(to.grantee.agencies) or AGENCIES
    agency = draw(st.sampled_from(likely) | st.sampled_from(AGENCIES))
    country = SAPHAN.agencies[agency] or ""
    host = draw(st.sampled_from(COUNTRIES))
    origin = draw(st.sampled_from([c for c in COUNTRIES if c != host]))
    holder = draw(st.sampled_from(AGENCIES) | st.just(agency))
    state = draw(st.sampled_from(CaseState))
    place = st.sampled_from((None, "province 1", "province 2"))
    flag = st.booleans()
    case = Case(
        host=host,
        origin=origin,
        state=str(state),
        main_rank=draw(st.sampled_from(ranks_of(state))),
        not_a_national=draw(flag),
        holder=holder,
        holder_country=SAPHAN.agencies[holder] or "",
        agreement=draw(st.sampled_from((None, "TH-KH-2014", to.clause.agreement))),
        handover_in=draw(st.none() | st.integers(-9, 9)),
        age=draw(st.none() | st.sampled_from((3, 17, 18, 40))),
        age_disputed=draw(flag),
        home_province=draw(place),
        best_interests=draw(flag),
        case_worker=draw(flag),
        statements=tuple(draw(statements(agency, country, 6))),
        row_purpose=draw(st.sampled_from(CONSENTS)),
        agency=agency,
        country=country,
        role=draw(st.sampled_from(sorted(to.grantee.roles) or tuple(map(str, Role)))),
        purpose=draw(st.sampled_from(sorted(to.purposes) + [str(p) for p in Purpose])),
        unit=draw(place),
        narrowed=draw(flag),
        listed=draw(flag),
        assigned=draw(flag),
        assigned_to_unit=False,
        referred=draw(flag),
        asked=draw(flag),
        requested=draw(flag),
        restricted=draw(flag),
        frozen=draw(flag),
        emergency=draw(flag),
    )
    by_unit = case.assigned and case.unit is not None and draw(flag)
    return to, replace(case, assigned_to_unit=by_unit)


def newest(case: Case, purpose: str, row: Times) -> list[tuple[Any, Any]]:
    """The times that the solver is given, from the statements themselves."""

    def last(*kinds: bool) -> int:
        said = [s for s in case.statements if s.purpose == purpose]
        given, asked, closed, to_agency, to_country, whole, guarded = kinds
        return max(
            (
                s.at
                for s in said
                if (s.state == "GIVEN" or not given)
                and (s.state == "NOT_ASKED" or not asked)
                and (s.state in plain.CLOSING or not closed)
                and (case.agency in s.recipients or not to_agency)
                and ((case.country and case.country in s.recipients) or not to_country)
                and (not s.recipients or not whole)
                and (s.guarded or not guarded)
            ),
            default=0,
        )

    T, F = True, False  # noqa: N806  # a table
    others = [
        s.at
        for s in case.statements
        if s.purpose == purpose and s.state in plain.CLOSING and ELSEWHERE in s.recipients
    ]
    times = (
        (row.given_agency, last(T, F, F, T, F, F, F)),
        (row.given_country, last(T, F, F, F, T, F, F)),
        (row.asked_agency, last(F, T, F, T, F, F, F)),
        (row.asked_country, last(F, T, F, F, T, F, F)),
        (row.closed_agency, last(F, F, T, T, F, F, F)),
        (row.closed_country, last(F, F, T, F, T, F, F)),
        (row.closed_all, last(F, F, T, F, F, T, F)),
        (row.closed_elsewhere, max(others, default=0)),
        (row.guarded, last(T, F, F, F, F, F, T)),
    )
    return [(term, z3.IntVal(time)) for term, time in times]


def values(case: Case, row: Unknowns, words: Words) -> list[tuple[Any, Any]]:
    places = {None: 0, "province 1": 1, "province 2": 2}
    whole = {
        row.host: number(words.countries, case.host),
        row.origin: number(words.countries, case.origin),
        row.state: number(STATES, case.state),
        row.main_rank: case.main_rank,
        row.holder: number(words.agencies, case.holder),
        row.holder_country: number(words.countries, case.holder_country),
        row.agreement: number(words.agreements, case.agreement or ""),
        row.handover_in: case.handover_in or 0,
        row.age: case.age or 0,
        row.home_province: places[case.home_province],
        row.row_purpose: number(CONSENTS, case.row_purpose),
        row.agency: number(words.agencies, case.agency),
        row.country: number(words.countries, case.country),
        row.role: number(ROLES, case.role),
        row.purpose: number(PURPOSES, case.purpose),
        row.unit: places[case.unit],
    }
    flags = {
        row.not_a_national: case.not_a_national,
        row.planned: case.handover_in is not None,
        row.age_known: case.age is not None,
        row.age_disputed: case.age_disputed,
        row.best_interests: case.best_interests,
        row.case_worker: case.case_worker,
        row.narrowed: case.narrowed,
        row.listed: case.listed,
        row.assigned: case.assigned,
        row.assigned_to_unit: case.assigned_to_unit,
        row.referred: case.referred,
        row.asked: case.asked,
        row.requested: case.requested,
        row.restricted: case.restricted,
        row.frozen: case.frozen,
        row.emergency: case.emergency,
        row.statistics: False,
    }
    said = [pair for p, times in row.times.items() for pair in newest(case, p, times)]
    pairs = [(term, z3.IntVal(value)) for term, value in whole.items()]
    return pairs + [(term, z3.BoolVal(value)) for term, value in flags.items()] + said


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked())
def test_the_solver_reads_a_grant_as_a_person_does(drawn: tuple[Grant, Case]) -> None:
    to, case = drawn
    row, words = world().row, world().words
    # each condition by itself: a whole grant is refused too easily to tell much
    for condition in to.when:
        formula = MEANINGS[condition.name](condition, to, world())
        decided = z3.simplify(z3.substitute(formula, *values(case, row, words)))
        assert z3.is_true(decided) or z3.is_false(decided)
        assert z3.is_true(decided) is plain.holds(condition, to, case), str(condition)
    decided = z3.simplify(z3.substitute(opens(to, world()), *values(case, row, words)))
    assert z3.is_true(decided) is plain.opens(to, case)


def test_every_condition_has_a_meaning() -> None:
    assert list(MEANINGS) == list(CONDITIONS)
