"""What became of each row, for people and for programs.

Takes outcomes, gives lines of text or one JSON object. Neither repeats the
content of a cell; registry ids appear for rows that this run stored and for no
others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from service.htcds.faults import CellFault


class Outcome(StrEnum):
    """What became of one row. GOOD is MADE that was not stored."""

    MADE = "made"
    GOOD = "good"
    MATCHED = "matched"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """One row. `matched_row` is 0 where the person matched is in the registry, not in the file."""

    row: int
    outcome: Outcome
    faults: tuple[CellFault, ...] = ()
    notes: tuple[str, ...] = ()
    matched_row: int | None = None
    victim_id: str | None = None
    case_id: str | None = None
    agreement: str | None = None

    def as_dict(self) -> dict[str, object]:
        """The row in the JSON report; keys without a value are left out."""
        entry: dict[str, object] = {"row": self.row, "outcome": self.outcome.value}
        if self.faults:
            entry["faults"] = [
                {"column": fault.column, "name": fault.name, "reason": fault.reason}
                for fault in self.faults
            ]
        if self.notes:
            entry["notes"] = list(self.notes)
        if self.outcome is Outcome.MATCHED:
            entry["matched"] = f"row {self.matched_row}" if self.matched_row else "registry"
        if self.victim_id is not None:
            entry |= {"victim": self.victim_id, "case": self.case_id, "agreement": self.agreement}
        return entry


@dataclass(frozen=True, slots=True)
class Report:
    """One run over one file. `refusal` is the reason where the file as a whole was refused."""

    file: str
    agency: str
    host: str
    dry_run: bool
    stored: bool
    rows: tuple[RowOutcome, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: str = ""

    def count(self, outcome: Outcome) -> int:
        """How many rows came out so."""
        return sum(row.outcome is outcome for row in self.rows)

    @property
    def exit_code(self) -> int:
        """1 if anything was refused and nothing stored, else 0."""
        refused = bool(self.refusal) or self.count(Outcome.REFUSED) > 0
        return 1 if refused and not self.stored else 0

    def as_dict(self) -> dict[str, object]:
        """The JSON report."""
        return {
            "file": self.file,
            "agency": self.agency,
            "host": self.host,
            "dryRun": self.dry_run,
            "stored": self.stored,
            "refusal": self.refusal or None,
            "counts": {outcome.value: self.count(outcome) for outcome in Outcome},
            "notes": list(self.notes),
            "rows": [row.as_dict() for row in self.rows],
        }

    def lines(self) -> list[str]:
        """The report for a person: notes, then rows that are not simply made, then one summary."""
        if self.refusal:
            return [f"refused: {self.file}: {self.refusal}", "nothing was stored"]
        lines = [f"note: {note}" for note in self.notes]
        for row in self.rows:
            lines += [f"refused: {fault}" for fault in row.faults]
            if row.outcome is Outcome.MATCHED:
                whom = (
                    f"the person of row {row.matched_row}"
                    if row.matched_row
                    else ("a person this agency has entered")
                )
                lines.append(f"matched: row {row.row} is {whom}: nothing is made of it")
            lines += [f"note: row {row.row}: {note}" for note in row.notes]
        return [*lines, self._summary()]

    def _summary(self) -> str:
        new = self.count(Outcome.MADE) + self.count(Outcome.GOOD)
        counts = (
            f"{self.file}: {new} {'made' if self.stored else 'good'},"
            f" {self.count(Outcome.MATCHED)} matched, {self.count(Outcome.REFUSED)} refused"
        )
        if self.dry_run:
            return f"{counts}; a dry run: nothing was stored"
        if not self.rows:
            return f"{counts}; no people in it"
        return counts if self.stored else f"{counts}; nothing was stored"
