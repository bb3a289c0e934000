"""Addresses at which operations are asked for."""

from __future__ import annotations

from typing import Final

PATH: Final = "/graphql"
STREAM_PATH: Final = "/graphql/stream"
