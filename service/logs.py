"""Log lines: JSON on standard error, one event a line, from an allow-list of fields.

Takes events by structlog, gives lines that hold only `FIELDS`; any other key
is dropped before rendering, so that a careless call cannot log a value, a
query or a claim. Texts are cut and control characters escaped: a line break
in a field stays inside its line. Records of other libraries keep logger,
level and the exception's type: their texts may quote data.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import TextIO, cast

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

FIELDS = frozenset(
    {
        "event",  # a constant text of ours
        "level",
        "time",
        "trace",  # id of the trace, 32 hex digits
        "error",  # name of an exception's type
        "at",  # module and line of ours in which it arose
        "route",  # a constant name of ours, never the path that was asked for
        "status",
        "seconds",
        "host",  # the address we listen on
        "port",
        "setting",
        "reason",  # a constant text of ours
        "witness",  # a name of `SAPHAN_WITNESSES`
        "issuer",  # an `iss` of issuers.toml, never one that a token named
        "logger",
    }
)
"""Every field a log line may have. A test feeds others and finds none of them."""

_LONGEST = 300


def allow(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Keeps the listed fields, numbers as they are, everything else as a cut text."""
    return {key: _plain(value) for key, value in event.items() if key in FIELDS}


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    cut = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    # Controls, other line ends (U+2028) and lone surrogates: a reader of lines must not see them.
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)


def _render(_logger: object, _method: str, event: EventDict) -> str:
    return orjson.dumps(event).decode()


class _OtherLibraries(logging.Handler):
    """Records of the standard library's logging, reduced to what cannot hold a value."""

    def __init__(self, logger: FilteringBoundLogger) -> None:
        super().__init__()
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        fields: MutableMapping[str, object] = {"logger": record.name}
        if record.exc_info and record.exc_info[0] is not None:
            fields["error"] = record.exc_info[0].__name__
        self._logger.log(record.levelno, "message of a library", **fields)


def configure(level: str = "info", out: TextIO | None = None) -> None:
    """Sends all logging of this process through the allow-list."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    processors: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        allow,
        _render,
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr if out is None else out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_OtherLibraries(logger())]
    root.setLevel(max(threshold, logging.WARNING))


def logger() -> FilteringBoundLogger:
    """The logger of this process."""
    return cast("FilteringBoundLogger", structlog.get_logger())


def origin(error: BaseException) -> str:
    """Module and line of the innermost frame that raised `error`: no text of the error itself."""
    trace = error.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}"
