"""The drawn machine: `docs/return-case.md` is what the command prints, and acts keep its guards."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from resolvers.casework.registered import ACTS
from schema.machine import EDGES, Actor, guards_of
from service.cli_machine import machine

PAGE = Path(__file__).parents[2] / "docs" / "return-case.md"


def test_the_page_is_what_the_command_draws() -> None:
    result = CliRunner().invoke(machine, [])
    assert result.exit_code == 0
    assert result.output == PAGE.read_text(encoding="utf-8")


def test_every_edge_is_in_the_page_with_its_act() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for edge in EDGES:
        assert f"`{edge.act}`" in page
        for guard in edge.guards:
            assert guard.value in page


def test_every_edge_has_an_act_that_asks_its_guards_from_where_it_begins() -> None:
    for edge in EDGES:
        act = ACTS[edge.act]
        assert set(guards_of(edge.act)) <= set(act.guards), edge.act
        if edge.source is not None and act.source is not None:
            assert edge.source in act.source


def test_an_edge_of_both_sides_is_one_that_both_can_sign() -> None:
    assert {edge.act for edge in EDGES if edge.side is Actor.BOTH} == {
        "signReturnPlan",
        "recordTravelDocument",
        "signHandover",
    }
