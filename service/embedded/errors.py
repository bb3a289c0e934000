"""Why an embedded server cannot be had: one error with a sentence that says what would help."""

from __future__ import annotations


class EmbeddedError(Exception):
    """The server cannot be placed, started or reached. The message is fit for a terminal."""
