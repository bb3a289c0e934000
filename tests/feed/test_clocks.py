"""Everything that reads the clock has a moment at which a feed looks again."""

from __future__ import annotations

import re

from authz.conditions import CONDITIONS
from authz.grants import ClauseRef, Condition, Corridor, Grant, Grantee, Side
from resolvers.decision import Decision
from resolvers.feeding.clocks import CLOCKS, NEVER_IN_A_FEED
from resolvers.feeding.legend import BITS, KINDS, TYPES
from resolvers.parameters import Parameters
from resolvers.predicates import Where, predicate
from resolvers.sender import restricted
from schema.catalog import catalog
from schema.classes import DataClass

READS_THE_CLOCK = re.compile(r"now\(\)|current_date|current_timestamp|localtime|clock_timestamp")
ENTITY = {"party": "Agreement", "participant": "BilateralContact", "consent_is": "Consent"}


def grant_with(condition: Condition) -> Grant:
    return Grant(
        ClauseRef("TH-KH-2014", 3, "art. 1"),
        Grantee(agencies=frozenset({"KH-MOSVY"}), side=Side.ORIGIN),
        frozenset({"TRACING"}),
        ENTITY.get(condition.name, "Victim"),
        frozenset({DataClass.IDENTITY}),
        (condition, Condition("consent", ("TRACING",))),
        corridors=(Corridor("TH", "KH", ("ACTIP",)),),
    )


def arguments(name: str) -> tuple[str, ...]:
    samples = {"stage_from": ("TRACING",), "stage_between": ("TRACING", "ASSESSED")}
    return samples.get(name, ("TRACING",) if name in ("consent", "consent_is") else ())


def test_no_condition_with_a_clock_is_forgotten() -> None:
    found = set()
    for name in CONDITIONS:
        if name == "not_restricted":
            where = Where("Victim", "t", "c", Parameters(), has_unit=False)
            sql = restricted("t", where, None)
        else:
            condition = Condition(name, arguments(name))
            where = Where(ENTITY.get(name, "Victim"), "t", "c", Parameters(), has_unit=True)
            sql = predicate(condition, grant_with(condition), where)
        if READS_THE_CLOCK.search(sql):
            found.add(name)
    watched = {name for clock in CLOCKS for name in clock.conditions}
    assert found == watched | NEVER_IN_A_FEED
    assert {"assigned", "adult", "travel_window", "not_restricted"} <= found


def test_what_is_implicit_in_a_grant_reads_no_other_clock() -> None:
    for entity in catalog().entities.values():
        if entity.name not in KINDS:
            continue
        plain = grant_with(Condition("before_handover"))
        decision = Decision(entity, (plain,), (), {str(plain.clause): 1})
        where = Where(entity.name, "t", "c", Parameters(), has_unit=True)
        assert not any(READS_THE_CLOCK.search(part) for part in decision.holds(plain, where))
        assert not READS_THE_CLOCK.search(entity.public_where or "")


def test_no_field_with_a_clock_is_forgotten() -> None:
    found = {
        f"{entity.name}.{source.name}"
        for entity in catalog().entities.values()
        for source in entity.fields.values()
        if READS_THE_CLOCK.search(source.sql)
    }
    assert found == {name for clock in CLOCKS for name in clock.fields}


def test_every_type_and_class_has_its_number_once_and_for_all() -> None:
    """They are stored with every stream: a new one is added, none is ever changed."""
    entities = {e.name for e in catalog().entities.values() if e.binding != "INHERITED"}
    assert set(KINDS) == entities - {"AccessRecord"}
    assert len(TYPES) == len(KINDS)
    assert set(BITS) == set(DataClass) - {DataClass.ACCESS}
    assert sorted(BITS.values()) == list(range(len(BITS)))
    assert (BITS[DataClass.SHELL], BITS[DataClass.IDENTITY], BITS[DataClass.MINUTES]) == (0, 2, 29)
    assert KINDS["Victim"] == 60
