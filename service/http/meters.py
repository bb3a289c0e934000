"""Counts for `/metrics`: what an operator needs and nothing about who asks or what is held.

Takes one call per answer, gives Prometheus text (exposition format 0.0.4).
The only label is the class of the status, and all its values are printed from
the first scrape on, so that the set of series never tells of a request.
"""

from __future__ import annotations

from typing import Final

_CLASSES: Final = ("2xx", "4xx", "5xx")


class Meters:
    """Counters of one process. The event loop's thread alone writes them."""

    __slots__ = ("answers", "bytes", "gone", "seconds")

    def __init__(self) -> None:
        self.answers = dict.fromkeys(_CLASSES, 0)
        self.seconds = 0.0
        self.bytes = 0
        self.gone = 0

    def answered(self, status: int, seconds: float, size: int) -> None:
        """One answer to POST /graphql was handed to the connection."""
        self.answers[_CLASSES[0 if status < 400 else 1 if status < 500 else 2]] += 1
        self.seconds += seconds
        self.bytes += size

    def exposition(self, *, ready: bool) -> str:
        """The text of one scrape."""
        counts = "".join(
            f'saphan_answers_total{{status="{name}"}} {count}\n'
            for name, count in self.answers.items()
        )
        return (
            "# HELP saphan_answers_total Answers of the GraphQL endpoint.\n"
            "# TYPE saphan_answers_total counter\n"
            f"{counts}"
            "# HELP saphan_answer_seconds_total Seconds spent on them.\n"
            "# TYPE saphan_answer_seconds_total counter\n"
            f"saphan_answer_seconds_total {self.seconds:.6f}\n"
            "# HELP saphan_answer_bytes_total Bytes of their bodies.\n"
            "# TYPE saphan_answer_bytes_total counter\n"
            f"saphan_answer_bytes_total {self.bytes}\n"
            "# HELP saphan_clients_gone_total Requests given up because the client hung up.\n"
            "# TYPE saphan_clients_gone_total counter\n"
            f"saphan_clients_gone_total {self.gone}\n"
            "# HELP saphan_ready Whether requests can be answered.\n"
            "# TYPE saphan_ready gauge\n"
            f"saphan_ready {int(ready)}\n"
        )
