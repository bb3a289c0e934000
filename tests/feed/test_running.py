"""One process of all follows every stream while nobody asks, and another takes its place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from service.feeding import running
from service.feeding.running import Following
from tests.feed.asking import Puller, consent
from tests.feed.test_following import one
from tests.refusals.facts import Facts
from tests.tracing.house import PHNOM_PENH, House

SECONDS = 60


async def becomes(true: Callable[[], bool]) -> bool:
    for _ in range(SECONDS * 50):
        if true():
            return True
        await asyncio.sleep(0.02)
    return False


def test_one_of_all_follows_and_another_takes_its_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LOOK", 0.05)
    made, puller = house.settle(Facts()), Puller(house, one(PHNOM_PENH))
    puller.run()
    consent(house, made.case, "TRACING", "WITHDRAWN", "KH")

    def due() -> bool:
        row = house.owner.execute(
            "select count(*) from feed.withdrawal w join feed.stream s on s.id = w.stream"
            " where s.client = %s and w.seq is not null",
            (puller.who.client,),
        ).fetchone()
        return row == (1,)

    first, second = (
        Following(house.engine, lambda: house.registry.service, pause=0.05) for _ in range(2)
    )

    async def play() -> None:
        async with first.running():
            assert await becomes(lambda: first.leads)
            async with second.running():
                assert await becomes(due), "known although the puller never asks"
                rounds = first.rounds
                assert await becomes(lambda: first.rounds > rounds + 1)
                assert not second.leads
                # its line is cut: the lock is free, and whoever comes first leads
                house.owner.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'saphan feed' and datname = current_database()"
                )
                before = first.rounds + second.rounds
                assert await becomes(lambda: first.rounds + second.rounds > before + 1)
                assert await becomes(lambda: first.leads != second.leads)
        assert not first.leads

    house.loop.run(play())
