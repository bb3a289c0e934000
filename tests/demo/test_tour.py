"""The tour of `make demo`, walked on imported workbooks with a real engine."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from service.tour import TourFailed
from tests import templates
from tests.demo.showing import Shown, load


def _named(shown: Shown) -> list[str]:
    """The people whose cases move, in the order in which they are moved."""
    with psycopg.connect(shown.owner) as connection:
        rows = connection.execute(
            "select v.given_name, v.family_name, c.state from registry.return_case c"
            " join registry.victim v on v.id = c.victim_id where c.host = 'TH'"
            " and c.agreement_code is not null order by c.state_since, v.given_name"
        ).fetchall()
    return [" ".join(map(str, row)) for row in rows if row[2] != "SCREENED"]


def test_three_answers_stand_side_by_side_each_with_clause_or_reason(shown: Shown) -> None:
    text = shown.walk()
    assert shown.counted[0] == 60
    assert "TH-KH-2014@3#art. 5(1)" in text
    assert "TH-LA-2017@1#art. 5(1)" in text
    assert "TH-LAW@1#rule 3" in text
    assert {"CONSENT", "MINOR", "STAGE"} <= set(text.replace(":", " ").split())
    assert "KH-AUDIT asks" in text
    assert "Each answer equals the disclosures of its access record" in text


def test_the_eleventh_tour_found_no_access_because_it_read_one_page(shown: Shown) -> None:
    text = shown.walk(times=21)
    assert "The latest 10 of 42 accesses" in text


def test_one_fresh_start_in_thirty_showed_no_name_because_ids_ordered_the_cases(
    shown: Shown,
) -> None:
    """Ids are random; which person's case moves where must not be."""
    with templates.copied(templates.ratified(), "demo") as owner:
        again = load(owner, make_conninfo(owner, user="saphan_service"))
        assert _named(again) == _named(shown)
        assert len(_named(shown)) > 20


def test_a_second_load_moves_nothing(shown: Shown) -> None:
    again = load(shown.owner, shown.service)
    assert again.counted == (60, 0)
    assert _named(again) == _named(shown)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        pytest.param("Victim.familyName", "Victim.givenName", id="another-field"),
        pytest.param("ReturnCase.state", "ReturnCase.host", id="another-field-of-the-case"),
    ],
)
def test_the_tour_fails_where_the_record_says_something_else(
    shown: Shown, was: str, becomes: str
) -> None:
    """The check of the tour can fail: records are falsified as they are written."""
    server = make_conninfo(shown.owner, user="postgres")
    with psycopg.connect(server) as connection:
        connection.execute(
            "create function public.falsify() returns trigger language plpgsql as $$ begin"
            f" new.body := replace(new.body, '{was}', '{becomes}'); return new; end $$"
        )
        connection.execute(
            "create trigger falsify before insert on ledger.access_leaf"
            " for each row execute function public.falsify()"
        )
    with pytest.raises(TourFailed, match="differ"):
        shown.walk()
