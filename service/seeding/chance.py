"""Decisions drawn from a seed, the same on every machine and Python version.

Only `random()` and `getrandbits()` of the standard generator are used: those
two are promised to stay, `choice` and `shuffle` are not. Seeding from text
goes through SHA-512, which is the same everywhere too.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """One stream; `name` tells it from every other stream of the same seed."""

    def __init__(self, seed: int, name: str) -> None:
        self._random = random.Random(f"{seed}/{name}")  # noqa: S311  # invented data, no secret

    def real(self) -> float:
        """From 0 inclusive to 1 exclusive."""
        return self._random.random()

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1."""
        return int(self._random.random() * limit)

    def true(self, share: float) -> bool:
        """True in this share of cases."""
        return self._random.random() < share

    def pick(self, items: Sequence[T]) -> T:
        """One of them, each as likely."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[tuple[float, T]]) -> T:
        """One of them, as likely as its weight says."""
        point = self.real() * sum(weight for weight, _ in items)
        for weight, item in items:
            point -= weight
            if point < 0:
                return item
        return items[-1][1]

    def some(self, items: Sequence[T], most: int) -> list[T]:
        """From one to `most` of them, in their order, none twice."""
        wanted = {self.below(len(items)) for _ in range(1 + self.below(most))}
        return [items[place] for place in sorted(wanted)]

    def id(self) -> uuid.UUID:
        """An id of the form of UUID version 4."""
        return uuid.UUID(int=self._random.getrandbits(128), version=4)

    def id_of(self, day: dt.date) -> uuid.UUID:
        """An id of the form of UUID version 7 (RFC 9562, section 5.7), made on that day."""
        since = (day - dt.date(1970, 1, 1)).days * 86_400_000
        bits = (since << 80) | self._random.getrandbits(80)
        return uuid.UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62))

    def span(self, low: float, high: float) -> dt.timedelta:
        """From `low` to `high` days, to the second; the shorter the likelier."""
        return dt.timedelta(seconds=int((low + (high - low) * self.real() ** 2) * 86_400) + 1)
