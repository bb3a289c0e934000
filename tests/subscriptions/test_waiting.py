"""The small stand-ins for a queue and an event of asyncio do what uvicorn asks of those."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.sockets.waiting import Gate, Messages


@given(st.lists(st.sampled_from(["put", "get", "turn"]), max_size=40))
def test_messages_come_as_from_a_queue(steps: list[str]) -> None:
    async def run(line: Any) -> list[Any]:
        told: list[Any] = []
        receiving: list[asyncio.Task[Any]] = []
        for number, step in enumerate(steps):
            if step == "put":
                line.put_nowait(number)
            elif step == "get" and not (receiving and not receiving[-1].done()):
                receiving.append(asyncio.create_task(line.get()))
            else:
                await asyncio.sleep(0)
            await asyncio.sleep(0)
            told.append(line.empty())
        for task in receiving:
            if task.done():
                told.append(task.result())
            else:
                task.cancel()
        return told

    assert asyncio.run(run(Messages())) == asyncio.run(run(asyncio.Queue()))


def test_a_receiver_that_was_cancelled_loses_nothing() -> None:
    async def run() -> list[int]:
        line: Messages[int] = Messages()
        gone = asyncio.create_task(line.get())
        await asyncio.sleep(0)
        line.put_nowait(1)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        line.put_nowait(2)
        return [await line.get(), await line.get()]

    assert asyncio.run(run()) == [1, 2]


def test_all_go_on_when_the_gate_opens_and_nobody_waits_while_it_is_open() -> None:
    async def run() -> None:
        gate = Gate()
        assert await gate.wait()
        assert gate.is_set()
        gate.clear()
        waiting = [asyncio.create_task(gate.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting[1:])
        gate.set()
        assert await asyncio.gather(*waiting[1:]) == [True, True]
        # closed again before they went on: they were let through
        gate.clear()
        late = asyncio.create_task(gate.wait())
        await asyncio.sleep(0)
        gate.set()
        gate.clear()
        assert await late

    asyncio.run(run())
