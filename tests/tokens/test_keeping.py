"""Key sets kept fresh: how often an issuer is asked, what waits, and what ends when."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from authz.discovery import Discovery, KeySet
from authz.issuerkeys import Algorithm, IssuerKey
from authz.issuers import Issuer, IssuerSet
from authz.strictjwt import Cause
from authz.tokens import KeyUnknown, TokenRefused, TokenVerifier
from service.keysets.fetching import NotFetched
from service.keysets.keeping import MAX_WAITING, KeySets, Pace
from service.keysets.once import published
from tests.tokens import forge as f

KH_SOURCE = Discovery("https://id.gov.example/kh", (Algorithm.ES256,), max_key_age=900)
TH_SOURCE = Discovery("https://id.gov.example/th", (Algorithm.ES256,), max_key_age=900)
FIRST = f.pinned(f.KH_KID, Algorithm.ES256, f.KH_KEY)
SECOND = f.pinned("next", Algorithm.ES256, f.STRANGER)
SLOW = Pace(refresh=1_000, cooldown=30, retry=1_000, wait=1)
OLD, NEW = f.forge(f.claims()), f.forge(f.claims(), f.header(kid="next"), key=f.STRANGER)


def issuers() -> IssuerSet:
    """Cambodia's publishes its keys, Thailand's stand in the file."""
    both = f.issuers()
    kh, th = both.get(f.KH), both.get(f.TH)
    assert kh is not None
    assert th is not None
    return IssuerSet({f.KH: replace(kh, keys={}, discovery=KH_SOURCE), f.TH: th})


@dataclass
class Publisher:
    """What issuers publish now; None is an issuer that is away, `held` one that does not answer."""

    keys: dict[str, list[IssuerKey] | None] = field(default_factory=lambda: {f.KH: [FIRST]})
    fetches: list[str] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, issuer: Issuer) -> KeySet:
        self.fetches.append(issuer.iss)
        if issuer.iss in self.held:
            await self.let_go.wait()
        await asyncio.sleep(0)
        keys = self.keys.get(issuer.iss)
        if keys is None:
            raise NotFetched("it cannot be reached")
        return KeySet({key.kid: key for key in keys})


class Ground:
    """A verifier, the key sets that feed it, and clocks that stand still."""

    def __init__(self, pace: Pace) -> None:
        self.publisher = Publisher()
        self.clock, self.monotonic = f.Clock(), f.Clock(50)
        self.verifier = TokenVerifier(IssuerSet({}), f.AGENCIES, self.clock)
        self.sets = KeySets(self.verifier, self.publisher, pace, self.clock, self.monotonic)
        self.sets.replace_issuers(issuers())

    def pass_(self, seconds: float) -> None:
        self.clock.now += seconds
        self.monotonic.now += seconds

    async def admitted(self, token: str) -> bool:
        """As the door does it."""
        try:
            self.verifier.verify(token)
        except KeyUnknown as unknown:
            if not await self.sets.learn(unknown.issuer):
                return False
            try:
                self.verifier.verify(token)
            except TokenRefused:
                return False
        except TokenRefused:
            return False
        return True


def run(scene: Callable[[Ground], Awaitable[None]], pace: Pace = SLOW) -> Ground:
    """Plays a scene over running key sets, of which the first fetch has ended."""

    async def play() -> Ground:
        made = Ground(pace)
        async with made.sets.running():
            await settled()
            await scene(made)
        return made

    return asyncio.run(play())


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_published_key_is_believed_and_a_static_one_still() -> None:
    async def scene(g: Ground) -> None:
        assert g.verifier.verify(OLD).issuer == f.KH
        thai = f.forge(f.claims(iss=f.TH, agency="TH-DATIP"), key=f.TH_KEY)
        assert g.verifier.verify(thai).issuer == f.TH

    assert run(scene).publisher.fetches == [f.KH]


def test_a_new_key_is_learnt_at_its_first_use() -> None:
    async def scene(g: Ground) -> None:
        g.publisher.keys[f.KH] = [FIRST, SECOND]
        assert await g.admitted(NEW)
        assert await g.admitted(OLD)

    assert len(run(scene).publisher.fetches) == 2


def test_j03_a_flood_causes_one_fetch_in_thirty_seconds() -> None:
    async def scene(g: Ground) -> None:
        tokens = [f.forge(f.claims(), f.header(kid=f"random-{n}")) for n in range(200)]
        for minute_half in range(1, 4):
            for token in tokens:
                assert not await g.admitted(token)
                g.verifier.verify(OLD)
                g.pass_(29 / len(tokens))
            assert len(g.publisher.fetches) == 1 + minute_half
            g.pass_(1.001)

    run(scene)


def test_j03_a_thousand_at_once_cause_one_fetch() -> None:
    async def scene(g: Ground) -> None:
        tokens = [f.forge(f.claims(), f.header(kid=f"random-{n}")) for n in range(1_000)]
        assert not any(await asyncio.gather(*(g.admitted(token) for token in tokens)))
        assert len(g.publisher.fetches) == 2

    run(scene)


def test_j03_a_good_token_never_waits_for_a_fetch() -> None:
    async def scene(g: Ground) -> None:
        g.publisher.held.add(f.KH)
        waiting = asyncio.create_task(g.admitted(NEW))
        await settled()
        assert len(g.publisher.fetches) == 2
        for _ in range(100):
            g.verifier.verify(OLD)
        assert not waiting.done()
        g.publisher.keys[f.KH] = [FIRST, SECOND]
        g.publisher.let_go.set()
        assert await waiting

    run(scene)


def test_j03_few_requests_wait_and_none_for_long() -> None:
    async def scene(g: Ground) -> None:
        g.publisher.held.add(f.KH)
        waiting = [asyncio.create_task(g.sets.learn(f.KH)) for _ in range(MAX_WAITING)]
        await settled()
        assert not any(task.done() for task in waiting)
        assert not await g.sets.learn(f.KH)
        assert await asyncio.gather(*waiting) == [False] * MAX_WAITING
        g.publisher.let_go.set()

    run(scene, replace(SLOW, wait=0.05))


def test_j03_a_dead_issuer_does_not_stop_the_others() -> None:
    async def scene(g: Ground) -> None:
        both = issuers()
        th = both.get(f.TH)
        assert th is not None
        g.publisher.keys[f.TH] = [f.pinned(f.KH_KID, Algorithm.ES256, f.TH_KEY)]
        g.publisher.held.add(f.KH)
        g.sets.replace_issuers(
            IssuerSet({**both.issuers, f.TH: replace(th, keys={}, discovery=TH_SOURCE)})
        )
        await settled()
        thai = f.forge(f.claims(iss=f.TH, agency="TH-DATIP"), key=f.TH_KEY)
        asking = asyncio.create_task(g.admitted(NEW))
        assert g.verifier.verify(thai).agency == "TH-DATIP"
        assert not await asking

    run(scene, replace(SLOW, wait=0.05))


def test_an_unknown_issuer_is_never_asked() -> None:
    async def scene(g: Ground) -> None:
        assert not await g.sets.learn("https://evil.example")
        assert not await g.sets.learn(f.TH)

    assert run(scene).publisher.fetches == [f.KH]


def test_a_fetch_under_way_is_shared() -> None:
    """At the start as well: a first token waits for the first fetch."""

    async def play() -> None:
        g = Ground(SLOW)
        async with g.sets.running():
            assert all(await asyncio.gather(*(g.admitted(OLD) for _ in range(10))))
        assert g.publisher.fetches == [f.KH]

    asyncio.run(play())


def test_j12_a_key_taken_out_takes_its_kept_tokens_with_it() -> None:
    async def scene(g: Ground) -> None:
        g.verifier.verify(OLD)
        thai = f.forge(f.claims(iss=f.TH, agency="TH-DATIP"), key=f.TH_KEY)
        g.verifier.verify(thai)
        g.publisher.keys[f.KH] = [SECOND]
        await asyncio.sleep(0.05)
        with pytest.raises(KeyUnknown):
            g.verifier.verify(OLD)
        g.verifier.verify(NEW)
        # the other issuer's token was not verified anew
        assert g.verifier.kept == 2

    run(scene, Pace(refresh=0.01))


def test_an_empty_set_takes_all_keys_out() -> None:
    async def scene(g: Ground) -> None:
        g.verifier.verify(OLD)
        g.publisher.keys[f.KH] = []
        await asyncio.sleep(0.05)
        with pytest.raises(TokenRefused):
            g.verifier.verify(OLD)

    run(scene, Pace(refresh=0.01))


def test_tokens_stay_kept_over_fetches_that_change_nothing() -> None:
    async def scene(g: Ground) -> None:
        first = g.verifier.verify(OLD)
        await asyncio.sleep(0.05)
        assert len(g.publisher.fetches) > 2
        assert g.verifier.kept == 1
        assert g.verifier.verify(OLD) is first

    run(scene, Pace(refresh=0.01))


def test_an_issuer_that_is_away_is_believed_until_its_keys_are_too_old() -> None:
    async def scene(g: Ground) -> None:
        fresh = f.forge(f.claims(jti="not kept"))
        g.verifier.verify(OLD)
        g.publisher.keys[f.KH] = None
        g.pass_(899)
        g.verifier.verify(OLD)
        g.pass_(1)
        for token in (OLD, fresh):
            with pytest.raises(KeyUnknown) as refused:
                g.verifier.verify(token)
            assert refused.value.cause is Cause.KEY
        assert not await g.admitted(OLD)
        # a file that is read again brings nothing back
        g.sets.replace_issuers(issuers())
        assert not await g.admitted(OLD)
        g.publisher.keys[f.KH] = [FIRST]
        g.pass_(31)
        assert await g.admitted(OLD)

    run(scene)


def test_the_age_holds_although_nothing_follows_the_issuer_any_more() -> None:
    async def scene(g: Ground) -> None:
        g.verifier.verify(OLD)

    g = run(scene)
    g.pass_(899)
    g.verifier.verify(OLD)
    g.pass_(1)
    with pytest.raises(KeyUnknown):
        g.verifier.verify(OLD)


def test_a_clock_that_is_set_back_makes_no_key_younger_for_long() -> None:
    """Each fetch and each reading of the file reckons the end anew, by a clock that only grows."""

    async def scene(g: Ground) -> None:
        g.pass_(900)
        g.clock.now -= 500
        g.publisher.keys[f.KH] = None
        g.sets.replace_issuers(issuers())
        with pytest.raises(KeyUnknown):
            g.verifier.verify(OLD)

    run(scene)


@pytest.mark.parametrize(
    "changed",
    [
        replace(KH_SOURCE, address="https://elsewhere.example/kh"),
        replace(KH_SOURCE, algorithms=(Algorithm.EDDSA,)),
        None,
    ],
    ids=["address", "algorithms", "static"],
)
def test_other_words_in_the_file_end_what_was_fetched(changed: Discovery | None) -> None:
    async def scene(g: Ground) -> None:
        g.verifier.verify(OLD)
        kh = issuers().get(f.KH)
        assert kh is not None
        g.publisher.keys[f.KH] = None
        g.sets.replace_issuers(IssuerSet({f.KH: replace(kh, discovery=changed)}))
        with pytest.raises(TokenRefused):
            g.verifier.verify(OLD)

    run(scene)


def test_an_issuer_taken_out_of_the_file_is_asked_no_more() -> None:
    async def scene(g: Ground) -> None:
        g.verifier.verify(OLD)
        g.sets.replace_issuers(IssuerSet({}))
        with pytest.raises(TokenRefused) as refused:
            g.verifier.verify(OLD)
        assert refused.value.cause is Cause.ISSUER
        await settled()
        asked = len(g.publisher.fetches)
        await asyncio.sleep(0.05)
        assert len(g.publisher.fetches) == asked

    run(scene, Pace(refresh=0.01))


def test_the_file_may_be_read_by_another_thread() -> None:
    async def scene(g: Ground) -> None:
        thread = threading.Thread(target=g.sets.replace_issuers, args=(issuers(),))
        thread.start()
        await asyncio.to_thread(thread.join)
        await settled()
        g.verifier.verify(OLD)

    run(scene)


def test_a_fetch_that_fails_is_tried_again_ever_less_often() -> None:
    async def scene(g: Ground) -> None:
        g.publisher.keys[f.KH] = None
        begun = len(g.publisher.fetches)
        await asyncio.sleep(0.35)
        assert 3 <= len(g.publisher.fetches) - begun <= 6

    run(scene, Pace(refresh=0.1, retry=0.01))


def test_whatever_goes_wrong_the_issuer_is_followed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(g: Ground) -> None:
        g.publisher.keys[f.KH] = [None]  # type: ignore[list-item]  # a fault of ours
        await asyncio.sleep(0.05)
        g.publisher.keys[f.KH] = [SECOND]
        await asyncio.sleep(0.1)
        g.verifier.verify(NEW)

    run(scene, Pace(refresh=0.01))


def test_a_command_fetches_once_and_an_issuer_that_is_away_has_no_keys() -> None:
    publisher = Publisher()
    found = published(issuers(), publisher).get(f.KH)
    assert found is not None
    assert found.keys == {f.KH_KID: FIRST}
    publisher.keys[f.KH] = None
    found = published(issuers(), publisher).get(f.KH)
    assert found is not None
    assert found.keys == {}
    assert published(f.issuers(), publisher) == f.issuers()
    assert publisher.fetches == [f.KH] * 2


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said of an issuer goes to the operator, not into the output of tests."""
    monkeypatch.setattr("service.keysets.keeping._say", lambda *_: None)
