"""Code lists: their sizes as the domain model counts them."""

from __future__ import annotations

import pytest

from schema import codes


@pytest.mark.parametrize(
    ("listed", "size"),
    [
        (codes.TraffickingStatus, 3),
        (codes.StatusDecidedBy, 5),
        (codes.Gender, 6),
        (codes.ExploitationType, 11),
        (codes.SexExploitationType, 4),
        (codes.Industry, 21),
        (codes.MeansOfControl, 16),
        (codes.Recruitment, 10),
        (codes.RelationToTrafficker, 3),
        (codes.PerpetratorRole, 15),
        (codes.EventType, 3),
        (codes.HtcdsCaseStatus, 4),
        (codes.ReferralReason, 3),
        (codes.SupportType, 9),
        (codes.OrganisationType, 9),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_htcds_lists_have_the_standards_number_of_values(listed: type, size: int) -> None:
    assert len(list(listed)) == size  # type: ignore[call-overload]


def test_main_states_rank_from_screened_to_closed() -> None:
    assert codes.MAIN_RANK[codes.CaseState.SCREENED] == 1
    assert codes.MAIN_RANK[codes.CaseState.HANDED_OVER] == 9
    assert codes.MAIN_RANK[codes.CaseState.CLOSED] == 13
    assert not codes.SIDE_STATES & set(codes.MAIN_RANK)


def test_age_bands_never_hide_who_is_a_minor() -> None:
    assert 18 in {band.youngest for band in codes.AgeBand}
    assert [band.youngest for band in codes.AgeBand] == [0, 9, 18, 21, 24, 27, 30, 39, 48]
