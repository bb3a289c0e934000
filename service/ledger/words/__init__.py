"""What the pages say, in four languages: one file each, the same keys in all of them.

Takes a language, gives `Words`. Every text is plain, never markup: what is put
into a page is escaped there.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "th", "km", "lo")
ZONE: Final = dt.timezone(dt.timedelta(hours=7))
"""The clock of Thailand, Cambodia and Laos."""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language by `section.key`."""

    language: str
    texts: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key`, its `{places}` filled in. Raises KeyError where there is none."""
        return self.texts[key].format(**values) if values else self.texts[key]

    def of(self, section: str, code: str, otherwise: str | None = None) -> str:
        """The word for a code of a closed list; for one that is not in it the word for `otherwise`
        (none at all for ''), else the code itself.
        """
        found = self.texts.get(f"{section}.{code}")
        if found is None and otherwise is not None:
            found = self.texts[f"{section}.{otherwise}"] if otherwise else ""
        return code if found is None else found

    def moment(self, at: dt.datetime) -> str:
        """Day and minute as they are said here."""
        return self._dated("date.moment", at)

    def day(self, at: dt.datetime) -> str:
        """The day alone."""
        return self._dated("date.day", at)

    def _dated(self, key: str, at: dt.datetime) -> str:
        here = at.astimezone(ZONE)
        return self(
            key,
            day=here.day,
            month=self(f"date.m{here.month}"),
            year=here.year + int(self("date.era")),
            time=f"{here:%H:%M}",
        )


@cache
def words(language: str) -> Words:
    """The texts of one of `LANGUAGES`."""
    if language not in LANGUAGES:
        raise ValueError("a language is one of " + ", ".join(LANGUAGES))
    file = Path(__file__).with_name(f"{language}.toml")
    sections = tomllib.loads(file.read_text(encoding="utf-8"))
    texts = {f"{s}.{key}": str(text) for s, keys in sections.items() for key, text in keys.items()}
    return Words(language, texts)
