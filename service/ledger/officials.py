"""May a person learn the names of the officials who were shown something about her?

Takes the countries that hold her cases, gives yes or no from the table
`officials.toml`: yes only where the law of every one of them says so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any


@cache
def table() -> Mapping[str, Mapping[str, Any]]:
    """What is known of each country's law."""
    return tomllib.loads(Path(__file__).with_name("officials.toml").read_text(encoding="utf-8"))


def may_be_named(countries: Iterable[str]) -> bool:
    """Whether every country's law lets the person know; of no country at all, no."""
    known = [table().get(country, {}).get("named") is True for country in set(countries)]
    return bool(known) and all(known)
