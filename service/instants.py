"""An instant on the command line: RFC 3339 with its offset; a bare time means many moments."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click


class Instant(click.ParamType[dt.datetime]):
    """An instant with its offset."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.datetime:
        """The instant, or a usage error."""
        try:
            found = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            self.fail("give a time with its offset, such as 2026-11-24T18:00:00+07:00", param, ctx)
        return found
