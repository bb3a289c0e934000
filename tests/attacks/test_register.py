"""The register is complete and true: every attack has its tests or its reason, every test is there."""

from __future__ import annotations

import pytest

from tests.attacks.register import (
    ELSEWHERE,
    FOLDER,
    IDS,
    LATER,
    NAMED,
    REST,
    ROOT,
    functions_of,
    here,
)


def test_every_attack_is_tested_or_belongs_to_a_later_part() -> None:
    assert len(IDS) == len(set(IDS)) == 82
    tested = set(here()) | set(ELSEWHERE)
    assert tested | set(LATER) == set(IDS)
    assert tested.isdisjoint(LATER)
    assert set(REST) <= tested


@pytest.mark.parametrize("attack", sorted(ELSEWHERE))
def test_a_test_elsewhere_is_where_the_register_says(attack: str) -> None:
    for node in ELSEWHERE[attack]:
        file, _, name = node.partition("::")
        assert name in set(functions_of(ROOT / file)), node


def test_every_test_of_an_attack_is_named_by_its_id() -> None:
    for file in FOLDER.glob("test_*.py"):
        if file.name != "test_register.py":
            unnamed = [name for name in functions_of(file) if NAMED.match(name) is None]
            assert unnamed == [], file
