"""Every message between service and PostgreSQL: cut before, cut inside, held, swallowed, replaced.

However the line breaks, and also where nobody can know whether the commit
happened, the answer is whole and on record, or an error that discloses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from resolvers.wire import CANCEL_SECONDS
from tests.durability.evidence import Verdict, judge
from tests.durability.ground import Ground
from tests.durability.inside import Inside, Sent, inside, run
from tests.durability.proxy import Act, Decide, Message, Proxy, Side, passing, proxied, refusal

Place = tuple[Side, int]
PATIENCE = 0.4
BEAT = 0.02
VALUE = "~alias.000~ select psycopg /srv/x.py"


def at(place: Place, act: Act | bytes) -> Decide:
    async def decide(message: Message) -> Act | bytes:
        return act if message.place == place else Act.PASS

    return decide


async def learnt(proxy: Proxy, inner: Inside, *, warm: bool) -> list[Message]:
    """The messages of one request, on a connection that is there already or on none."""
    if warm:
        assert (await inner.ask()).status == 200
    proxy.arm(passing)
    assert (await inner.ask()).status == 200
    return list(proxy.passed)


async def disturbed(proxy: Proxy, inner: Inside, decide: Decide) -> Sent:
    """One request while `decide` rules, then one that must succeed: the only connection of the pool
    is not lost, and needs nobody's help.
    """
    proxy.arm(decide)
    sent = await asyncio.wait_for(inner.ask(), 10)
    await proxy.heal()
    await asyncio.sleep(0.02)
    after = await asyncio.wait_for(inner.ask(), 10)
    assert after.status == 200, after.raw[:400]
    return sent


async def unlucky(ground: Ground, act: Act, *, warm: bool) -> list[tuple[Message, Sent]]:
    """The same act at each message in turn."""
    async with proxied(ground.service) as proxy:
        async with inside(proxy.dsn) as inner:
            route = await learnt(proxy, inner, warm=warm)
            if warm:
                return [(m, await disturbed(proxy, inner, at(m.place, act))) for m in route]
        found = []
        for message in telling(route):
            async with inside(proxy.dsn) as inner:
                found.append((message, await disturbed(proxy, inner, at(message.place, act))))
        return found


def telling(route: Sequence[Message]) -> list[Message]:
    """Without repetitions: PostgreSQL tells fifteen settings at the start of each connection."""
    return [
        message
        for number, message in enumerate(route)
        if number < 2 or (message.kind, message.side) != (route[number - 1].kind, message.side)
    ]


def verdict_of(found: Sequence[tuple[Message, Sent]], ground: Ground) -> Verdict:
    """Of all of them; an offence names the message."""
    verdict = judge([sent.receipt for _, sent in found], ground)
    where = {sent.name: f"{message.side.name} {message.kind}" for message, sent in found}
    verdict.offences = [
        f"{where[line.partition(':')[0]]} {message_of(line)}" for line in verdict.offences
    ]
    return verdict


def message_of(offence: str) -> str:
    return offence.partition(": ")[2]


@pytest.mark.parametrize("act", [Act.CUT, Act.RESET, Act.CUT_INSIDE])
def test_a_line_cut_at_every_message_of_a_request(ground: Ground, act: Act) -> None:
    found = run(unlucky(ground, act, warm=True))
    verdict = verdict_of(found, ground)
    assert not verdict.offences, verdict.offences
    assert verdict.whole + verdict.refused == len(found) >= 26
    recorded = ground.written(sent.name for _, sent in found)
    # a commit that was sent and not answered: on record, and still nothing is disclosed
    unknown = [sent for _, sent in found if sent.status == 503 and sent.name in recorded]
    assert unknown
    sync = max(m.number for m, _ in found if m.side is Side.SERVICE)
    before = [sent for m, sent in found if m.side is Side.SERVICE and m.number < sync]
    assert not any(sent.name in recorded for sent in before)


@pytest.mark.parametrize(
    "act",
    [
        Act.CUT,
        pytest.param(Act.RESET, marks=pytest.mark.deep),
        pytest.param(Act.CUT_INSIDE, marks=pytest.mark.deep),
    ],
)
def test_a_line_cut_at_every_message_of_a_first_request(ground: Ground, act: Act) -> None:
    """Opening connections, reading the policy, preparing the statement."""
    found = run(unlucky(ground, act, warm=False))
    verdict = verdict_of(found, ground)
    assert not verdict.offences, verdict.offences
    assert len([message for message, _ in found if message.kind == "^"]) == 2
    assert verdict.refused > 30


def test_a_line_that_falls_silent_at_every_message(ground: Ground) -> None:
    """Nothing comes and nobody hangs up: the time of an answer ends it, a cancel that cannot be
    delivered does not keep it.
    """
    beats = 0

    async def pulse() -> None:
        """Seconds of a loop that gets on: a machine that stands still makes none of them pass."""
        nonlocal beats
        while True:
            await asyncio.sleep(BEAT)
            beats += 1

    async def one(message: Message, warm: asyncio.Barrier) -> tuple[Message, Sent, float]:
        async with proxied(ground.service) as proxy, inside(proxy.dsn) as inner:
            async with in_turn:
                assert (await inner.within(20).ask()).status == 200
            await warm.wait()
            proxy.arm(at(message.place, Act.SWALLOW))
            began = beats
            sent = await asyncio.wait_for(inner.within(PATIENCE).ask(), 60)
            seconds = (beats - began) * BEAT
            await proxy.heal()
            await asyncio.sleep(0.02)
            async with in_turn:
                assert (await inner.within(20).ask()).status == 200
            return message, sent, seconds

    async def each() -> list[tuple[Message, Sent, float]]:
        async with proxied(ground.service) as proxy, inside(proxy.dsn) as inner:
            route = await learnt(proxy, inner, warm=True)
        warm = asyncio.Barrier(len(route))
        heart = asyncio.create_task(pulse())
        try:
            return await asyncio.gather(*(one(message, warm) for message in route))
        finally:
            heart.cancel()

    in_turn = asyncio.Semaphore(2)
    found = run(each())
    verdict = verdict_of([(message, sent) for message, sent, _ in found], ground)
    assert not verdict.offences, verdict.offences
    assert verdict.refused >= 25
    longest = max(seconds for *_, seconds in found)
    assert PATIENCE / 2 < longest < PATIENCE + CANCEL_SECONDS + 1, longest


def test_nothing_leaves_while_the_commit_is_not_confirmed(ground: Ground) -> None:
    """Each message is held for a while: until the server has said COMMIT not one byte leaves."""

    async def holding() -> dict[tuple[Place, bool], int]:
        left: dict[tuple[Place, bool], int] = {}
        async with proxied(ground.service) as proxy, inside(proxy.dsn) as inner:
            route = await learnt(proxy, inner, warm=True)
            for place in [message.place for message in route]:
                sent = Sent("")

                async def decide(message: Message, place: Place = place, sent: Sent = sent) -> Act:
                    if message.place == place:
                        await asyncio.sleep(0.1)
                        done = any(m.is_done(b"COMMIT") for m in proxy.passed)
                        left[place, done] = len(sent.raw)
                    return Act.PASS

                proxy.arm(decide)
                sent.name = f"H{place[0].name}{place[1]}"
                assert (await inner.ask(sent)).status == 200
        return left

    left = run(holding())
    assert len(left) >= 26
    assert {size for (_, done), size in left.items() if not done} == {0}


def test_a_commit_that_the_server_turned_into_a_rollback_is_no_answer(ground: Ground) -> None:
    async def lied_to() -> Sent:
        async with proxied(ground.service) as proxy, inside(proxy.dsn) as inner:
            route = await learnt(proxy, inner, warm=True)
            (commit,) = [message for message in route if message.is_done(b"COMMIT")]
            tag = b"ROLLBACK\0"
            said = b"C" + (len(tag) + 4).to_bytes(4, "big") + tag
            return await disturbed(proxy, inner, at(commit.place, said))

    sent = run(lied_to())
    assert not judge([sent.receipt], ground).offences
    assert sent.status == 503


STATES = {
    "53100": "UNAVAILABLE",
    "53200": "UNAVAILABLE",
    "53300": "UNAVAILABLE",
    "57P01": "UNAVAILABLE",
    "57P02": "UNAVAILABLE",
    "57P03": "UNAVAILABLE",
    "25006": "UNAVAILABLE",
    "25P03": "UNAVAILABLE",
    "55P03": "UNAVAILABLE",
    "58030": "UNAVAILABLE",
    "08006": "UNAVAILABLE",
    "57014": "TIMEOUT",
    "40001": "INTERNAL",
    "40P01": "INTERNAL",
    "42501": "INTERNAL",
    "23505": "INTERNAL",
    "P0001": "INTERNAL",
    "XX000": "INTERNAL",
    "XX001": "INTERNAL",
}


@pytest.mark.parametrize("moment", ["statement", "row", "commit"])
def test_what_the_server_refuses_is_told_by_its_code_alone(ground: Ground, moment: str) -> None:
    """PostgreSQL's texts repeat values; none of them leaves."""

    async def each() -> dict[str, Sent]:
        found = {}
        async with proxied(ground.service) as proxy, inside(proxy.dsn) as inner:
            route = await learnt(proxy, inner, warm=True)
            (commit,) = [m for m in route if m.is_done(b"COMMIT")]
            # the first row is the context that was set, the second the answer
            _, row = [m for m in route if m.kind == "D" and m.side is Side.SERVER]
            (statement,) = [m for m in route if m.kind == "2" and m.number == row.number - 2]
            place = {"statement": statement, "row": row, "commit": commit}[moment].place
            for sqlstate in STATES:
                said = at(place, refusal(sqlstate, VALUE))
                found[sqlstate] = await disturbed(proxy, inner, said)
        return found

    found = run(each())
    for sqlstate, sent in found.items():
        code = STATES[sqlstate]
        verdict = judge([sent.receipt], ground, codes=[code])
        assert not verdict.offences, (sqlstate, verdict.offences, sent.raw)
        assert sent.status == (500 if code == "INTERNAL" else 503), sqlstate


def test_the_harness_notices_a_byte_that_leaves_before_the_commit(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, over an engine that does not wait."""
    from resolvers.wire import Wire

    async def hasty(self: Wire) -> None:
        self._late = asyncio.create_task(real(self))  # type: ignore[attr-defined]  # keeps it alive

    real = Wire.commit
    monkeypatch.setattr(Wire, "commit", hasty)
    with pytest.raises(AssertionError):
        test_nothing_leaves_while_the_commit_is_not_confirmed(ground)
