"""A model of the solver read as a concrete case.

Takes a model and the unknowns, gives a `Case`. What the solver left open is
read as nothing: 0, no, nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import z3

from authz.proving.cases import Case, Statement
from authz.proving.words import CONSENTS, PURPOSES, ROLES, STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from authz.proving.symbols import Times, Unknowns
    from authz.proving.words import Words

ELSEWHERE = "ANOTHER-AGENCY"
"""The recipient of a statement that names neither the caller's agency nor its country."""


def case_of(model: z3.ModelRef, row: Unknowns, words: Words) -> Case:
    """The case that `model` gives for `row`."""

    def whole(term: z3.ArithRef) -> int:
        return int(model.eval(term, model_completion=True).as_long())

    def holds(term: z3.BoolRef) -> bool:
        return bool(z3.is_true(model.eval(term, model_completion=True)))

    def word(listed: tuple[str, ...], term: z3.ArithRef) -> str:
        place = whole(term)
        return listed[place - 1] if place else ""

    def agency(term: z3.ArithRef) -> str:
        place = whole(term)
        known = len(words.agencies)
        return words.agencies[place - 1] if place <= known else f"UNKNOWN-AGENCY-{place - known}"

    def place_name(term: z3.ArithRef) -> str | None:
        return f"province {whole(term)}" if whole(term) else None

    asks, country = agency(row.agency), word(words.countries, row.country)
    statements = [
        statement
        for purpose, times in row.times.items()
        for statement in _statements(purpose, times, whole, (asks, country))
    ]
    return Case(
        host=word(words.countries, row.host),
        origin=word(words.countries, row.origin),
        state=word(STATES, row.state),
        main_rank=whole(row.main_rank),
        not_a_national=holds(row.not_a_national),
        holder=agency(row.holder),
        holder_country=word(words.countries, row.holder_country),
        agreement=word(words.agreements, row.agreement) or None,
        handover_in=whole(row.handover_in) if holds(row.planned) else None,
        age=whole(row.age) if holds(row.age_known) else None,
        age_disputed=holds(row.age_disputed),
        home_province=place_name(row.home_province),
        best_interests=holds(row.best_interests),
        case_worker=holds(row.case_worker),
        statements=tuple(sorted(statements, key=lambda s: (s.at, s.purpose, s.state))),
        row_purpose=word(CONSENTS, row.row_purpose),
        agency=asks,
        country=country,
        role=word(ROLES, row.role),
        purpose=word(PURPOSES, row.purpose),
        unit=place_name(row.unit),
        narrowed=holds(row.narrowed),
        listed=holds(row.listed),
        assigned=holds(row.assigned),
        assigned_to_unit=holds(row.assigned_to_unit),
        referred=holds(row.referred),
        asked=holds(row.asked),
        requested=holds(row.requested),
        restricted=holds(row.restricted),
        frozen=holds(row.frozen),
        emergency=holds(row.emergency),
    )


def _statements(
    purpose: str, times: Times, whole: Callable[[z3.ArithRef], int], caller: tuple[str, str]
) -> Iterator[Statement]:
    agency, country = caller
    for state, recipients, time, guarded in (
        ("GIVEN", (agency,), times.given_agency, False),
        ("GIVEN", (country,), times.given_country, False),
        ("NOT_ASKED", (agency,), times.asked_agency, False),
        ("NOT_ASKED", (country,), times.asked_country, False),
        ("WITHDRAWN", (agency,), times.closed_agency, False),
        ("WITHDRAWN", (country,), times.closed_country, False),
        ("WITHDRAWN", (), times.closed_all, False),
        ("WITHDRAWN", (ELSEWHERE,), times.closed_elsewhere, False),
        ("GIVEN", (), times.guarded, True),
    ):
        if at := whole(time):
            yield Statement(purpose, state, recipients, at, guarded)
