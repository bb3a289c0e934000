"""The table at the end of `make test-attacks`: attack, test, result.

Takes the reports of a run, gives lines. A test with parameters is one line that counts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.attacks.register import IDS, LATER, REST, proofs_of


class Table:
    """A plugin that keeps what became of each test."""

    def __init__(self) -> None:
        self._results: dict[str, Counter[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test. What went well counts once, what did not in every phase."""
        if report.when == "call" or report.outcome != "passed":
            test = report.nodeid.partition("[")[0]
            self._results.setdefault(test, Counter())[_result(report)] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print it."""
        terminalreporter.section("attacks")
        for line in self.lines():
            terminalreporter.write_line(line)

    def lines(self) -> Iterator[str]:
        """One for each attack and test, in the order of the list."""
        for attack in IDS:
            if attack in LATER:
                yield f"{attack}  later: {LATER[attack]}"
            for test in proofs_of(attack):
                yield f"{attack}  {test.removeprefix('tests/')}  {self._told(test)}"
            if attack in REST:
                yield f"{attack}  rest later: {REST[attack]}"

    def _told(self, test: str) -> str:
        results = self._results.get(test)
        if not results:
            return "NOT RUN"
        return ", ".join(
            word if number == 1 else f"{word} {number}" for word, number in sorted(results.items())
        )


def _result(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "HOLE" if report.skipped else "CLOSED HOLE"
    return {"passed": "passed", "failed": "FAILED", "skipped": "SKIPPED"}[report.outcome]
