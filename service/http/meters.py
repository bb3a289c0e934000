"""Counts for `/metrics`: what an operator needs and nothing about who asks or what is held.

Takes one call per answer and how the ledger stands, gives Prometheus text
(exposition format 0.0.4). The only label is the class of the status, and all its
values are printed from the first scrape on, so that the set of series never
tells of a request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_CLASSES: Final = ("2xx", "4xx", "5xx")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the ledger stands; None is not known here. `lag` is seconds, the rest are counts: leaves
    of the newest checkpoint, witnesses that are configured, those of them that are behind.
    """

    leaves: int | None = None
    lag: float | None = None
    witnesses: int | None = None
    behind: int | None = None

    @property
    def line(self) -> str:
        """What `/readyz` adds, empty without a witness. No name stands in it."""
        return f"witnesses {self.witnesses}, behind {self.behind}\n" if self.witnesses else ""

    def exposition(self) -> str:
        """The text of one scrape."""
        gauges = (
            ("leaves", "Leaves under the newest checkpoint.", self.leaves),
            ("lag_seconds", "Age of the oldest leaf outside the tree.", self.lag),
            ("witnesses", "Witnesses that are asked to cosign.", self.witnesses),
            ("witnesses_behind", "Those that have not for too long.", self.behind),
        )
        return "".join(
            f"# HELP saphan_ledger_{name} {said}\n"
            f"# TYPE saphan_ledger_{name} gauge\n"
            f"saphan_ledger_{name} {_number(value)}\n"
            for name, said, value in gauges
        )


class Meters:
    """Counters of one process. The event loop's thread alone writes them."""

    __slots__ = ("answers", "bytes", "events", "gone", "seconds", "sockets", "subscriptions")

    def __init__(self) -> None:
        self.answers = dict.fromkeys(_CLASSES, 0)
        self.seconds = 0.0
        self.bytes = 0
        self.gone = 0
        self.sockets = 0
        self.subscriptions = 0
        self.events = 0

    def answered(self, status: int, seconds: float, size: int) -> None:
        """One answer to POST /graphql was handed to the connection."""
        self.answers[_CLASSES[0 if status < 400 else 1 if status < 500 else 2]] += 1
        self.seconds += seconds
        self.bytes += size

    def exposition(self, *, ready: bool, standing: Standing | None = None) -> str:
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
            "# HELP saphan_sockets Sockets and streams that are open.\n"
            "# TYPE saphan_sockets gauge\n"
            f"saphan_sockets {self.sockets}\n"
            "# HELP saphan_subscriptions Subscriptions under way on them.\n"
            "# TYPE saphan_subscriptions gauge\n"
            f"saphan_subscriptions {self.subscriptions}\n"
            "# HELP saphan_events_total Events of subscriptions that were sent.\n"
            "# TYPE saphan_events_total counter\n"
            f"saphan_events_total {self.events}\n"
            "# HELP saphan_ready Whether requests can be answered.\n"
            "# TYPE saphan_ready gauge\n"
            f"saphan_ready {int(ready)}\n"
        ) + ("" if standing is None else standing.exposition())


def _number(value: float | None) -> str:
    return "NaN" if value is None else str(round(value, 3))
