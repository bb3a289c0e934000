"""The table of conditions is the settled one, and one entry of `when` has one reading."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.conditions import ANCHORS, CASE_BOUND, CONDITIONS, ArgKind, sentence
from authz.document_conditions import FaultyCondition, parse
from authz.reasons import TESTED, DenialReason
from schema.classes import DataClass
from schema.codes import MAIN_STATES, ConsentPurpose, RecordType

SETTLED = """
assigned             NOT_ASSIGNED          SHELL
referred_to          NOT_ASSIGNED          SHELL
home_province        NOT_ASSIGNED          PERSON
formal_request       REQUEST               LEGAL
stage_from           STAGE                 SHELL
stage_between        STAGE                 SHELL
arrivals_window      STAGE                 SHELL
travel_window        STAGE                 SHELL
before_handover      STAGE                 SHELL
host_part_frozen     STAGE                 SHELL
no_objection         OBJECTION             CONSENT
consent              CONSENT               CONSENT
consent_is           CLASS                 -
minor_needs_guardian MINOR                 PERSON
adult                MINOR                 PERSON
not_restricted       RESTRICTED_BY_SENDER  SHELL
emergency_open       -                     -
aggregate_only       CLASS                 -
party                NO_PROTOCOL           AGREEMENT
participant          NO_PROTOCOL           AGREEMENT
shares_corridor      NO_PROTOCOL           AGREEMENT
own_actor            NO_PROTOCOL           -
own_country_case     NO_PROTOCOL           -
"""


def test_names_order_reasons_and_readability_are_the_settled_ones() -> None:
    rows = [
        f"{c.name} {c.reason if c.competes else '-'} {c.readable_with or '-'}"
        for c in CONDITIONS.values()
        if not c.is_anchor
    ]
    assert rows == [" ".join(line.split()) for line in SETTLED.strip().splitlines()]


def test_ranks_rise_with_the_order_of_testing() -> None:
    ranks = [c.rank for c in CONDITIONS.values()]
    assert ranks == sorted(ranks)
    by_rank: dict[int, set[DenialReason]] = {}
    for c in CONDITIONS.values():
        by_rank.setdefault(c.rank, set()).add(c.reason)
    assert all(len(reasons) == 1 for reasons in by_rank.values())


def test_conditions_of_a_case_fail_in_the_order_of_the_reasons() -> None:
    told = [
        TESTED[c.reason]
        for c in CONDITIONS.values()
        if c.competes and "Victim" in c.entities and c.reason is not DenialReason.CLASS
    ]
    assert told == sorted(told)
    assert DenialReason.WITHHELD not in TESTED


def test_there_are_three_anchors_all_on_cases() -> None:
    assert {"lodged_under", "covers_corridor", "held_by_party"} == ANCHORS
    assert all(CONDITIONS[a].entities == CASE_BOUND for a in ANCHORS)
    assert len(CASE_BOUND) == 10
    assert RecordType.ACCESS_RECORD not in CASE_BOUND


def test_arguments_are_the_codes_of_the_registry() -> None:
    assert ArgKind.STATE.values == tuple(MAIN_STATES)
    assert ArgKind.CONSENT_PURPOSE.values == tuple(ConsentPurpose)
    assert "ON_HOLD" not in ArgKind.STATE.values


@pytest.mark.parametrize("name", [c for c in CONDITIONS if not CONDITIONS[c].implicit])
def test_every_condition_is_written_read_and_said(name: str) -> None:
    kinds = CONDITIONS[name].args
    args = [kind.values[at] for at, kind in enumerate(kinds)]
    text = f"{name}({', '.join(args)})" if args else name
    condition = parse(text)
    assert str(condition) == text
    said = sentence(condition)
    assert all(arg in said for arg in args)
    assert "{" not in said
    assert parse(text.replace(", ", ",")) == condition


@given(st.text(alphabet=string.ascii_letters + "_(), =\n;'\x00é", max_size=40))
def test_any_text_is_a_condition_or_refused_with_a_remedy(text: str) -> None:
    refused = None
    try:
        condition = parse(text)
    except FaultyCondition as fault:
        refused = fault
    if refused is None:
        assert condition.name in CONDITIONS
    else:
        assert refused.remedy
        assert refused.code


def test_readable_classes_are_of_the_lower_kinds() -> None:
    classes = {c.readable_with for c in CONDITIONS.values() if c.readable_with}
    assert classes == {
        DataClass.SHELL,
        DataClass.PERSON,
        DataClass.LEGAL,
        DataClass.CONSENT,
        DataClass.AGREEMENT,
    }
