"""One concrete case and the request that is made of it: what a failed proof shows.

Takes nothing, gives `Case` and `Statement`: every fact that a condition of a
grant may ask, as words and numbers, and none of a person. Promises that a
decision over a `Case` needs nothing else, so that a counterexample can be
judged again by whoever does not trust the prover.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """What the person said about one purpose of consent, at day `at`; a later day is newer.

    `recipients` are agencies and countries by code; empty names everybody where the statement
    closes, and nobody where it opens. `guarded`: the guardian consented and the child assented.
    """

    purpose: str
    state: str
    recipients: tuple[str, ...]
    at: int
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A return case, and who asks of it. Words are codes; None and "" mean that there is none."""

    host: str
    origin: str
    state: str
    main_rank: int
    not_a_national: bool
    holder: str
    holder_country: str
    agreement: str | None
    """Under which it was lodged."""
    handover_in: int | None
    """Days from today to the planned handover; negative where that day is past."""
    age: int | None
    age_disputed: bool
    home_province: str | None
    best_interests: bool
    case_worker: bool
    statements: tuple[Statement, ...]
    row_purpose: str
    """Of the row that is read, where that is a consent."""

    agency: str
    country: str
    role: str
    purpose: str
    unit: str | None
    narrowed: bool
    """The caller's token carries the claim `cases`."""
    listed: bool
    """This case stands in that claim."""
    assigned: bool
    """An open assignment to the caller's agency."""
    assigned_to_unit: bool
    """One that names the caller's unit."""
    referred: bool
    """A referral to the caller's agency, accepted."""
    asked: bool
    """What is read is a referral that asks the caller's agency and is not answered."""
    requested: bool
    """A legal request of the caller's agency with a number, not expired."""
    restricted: bool
    """The sender restricts what is read here, for this caller."""
    frozen: bool
    """A copy of the record was kept when the person was handed over."""
    emergency: bool
    """The caller opened this case as an emergency within the hour."""

    @property
    def minor(self) -> bool:
        """Unknown or disputed age counts as minor."""
        return self.age is None or self.age_disputed or self.age < 18
