"""Where nobody asks why something is closed, the compiler computes less: and opens the same."""

from __future__ import annotations

from random import Random
from typing import Any

import psycopg
import pytest

from authz.profile import profile_of
from resolvers.decision import Decision, state_columns
from resolvers.execution import bind_all
from resolvers.feeding.legend import KINDS, classes_of
from resolvers.filtering import case_alias, case_join
from resolvers.parameters import Parameters
from resolvers.predicates import Where
from schema.catalog import EntitySource, catalog
from schema.classes import DataClass
from tests.judges.trial import Case, Court, trials

ALL = "t1"


def decided(
    court: Court, case: Case, decision: Decision, reasons: frozenset[DataClass] | None
) -> list[tuple[Any, ...]]:
    """Of each row: its id, the clause that shows it, the pairs, and what each class says."""
    entity, caller = decision.entity, case.caller
    params = Parameters(has_cases=caller.cases is not None)
    base = Where("", "", "", params, bool(caller.unit))
    alias = case_alias(entity, ALL) if entity.binding != "CASE" else ALL
    classes = classes_of(entity)
    states = state_columns(decision, classes, base, ALL, alias, "1", reasons)
    columns = [f"{states.of_class[each]}" for each in classes]
    columns += [f"{states.frozen[each]}::text" for each in classes if each in states.frozen]
    last = states.last
    sql = (
        f"select {ALL}.id::text, {last}.vis, {last}.pairs, {', '.join(columns)} from {entity.table}"
        f" {ALL}{case_join(entity, ALL)}{states.joins} order by 1"
    )
    told = {
        "agency": caller.agency,
        "country": caller.country,
        "unit": caller.unit,
        "cases": None if caller.cases is None else list(caller.cases),
        "issuer": caller.issuer,
        "subject": caller.subject,
        "client": caller.client,
    }
    values = bind_all(tuple(params.binds), {}, told)
    texts = [value if value is None else value.decode() for value in values]
    with psycopg.RawCursor(court.connection) as cursor:
        return cursor.execute(sql, texts).fetchall()


def decisions(case: Case) -> list[Decision]:
    profile = profile_of(case.policy, case.caller, case.purpose, ())
    refs = {g.clause for grants in profile.grants.values() for g in grants}
    numbers = {str(ref): n for n, ref in enumerate(sorted(refs, key=lambda r: r.order), 1)}
    shells = profile.carrying("ReturnCase", DataClass.SHELL)
    entities: list[EntitySource] = [catalog().entities[name] for name in KINDS]
    return [Decision(e, profile.grants.get(e.name, ()), shells, numbers) for e in entities]


@pytest.mark.parametrize("seed", range(6))
def test_the_same_is_open_whether_or_not_it_is_told_why_the_rest_is_closed(
    court: Court, seed: int
) -> None:
    opened = 0
    for case in trials(court.shipped, Random(seed), 2, 4):
        court.seat(case.world, case.policy)
        for decision in decisions(case):
            classes = classes_of(decision.entity)
            some = frozenset(classes[::2])
            full = decided(court, case, decision, None)
            for reasons in (frozenset[DataClass](), some):
                found = decided(court, case, decision, reasons)
                assert len(found) == len(full)
                for told, quiet in zip(full, found, strict=True):
                    assert told[:3] == quiet[:3]
                    end = 3 + len(classes)
                    assert told[end:] == quiet[end:]
                    for each, why, what in zip(classes, told[3:end], quiet[3:end], strict=True):
                        opened += why >= 0
                        expected = why if why >= 0 or each in reasons else -1
                        assert what == expected, (decision.entity.name, each)
    assert opened > 100
