"""One run: a verified caller, a file and options become a `Report` and stored rows.

All or nothing, unless told to keep the good rows. A dry run does everything,
the writing included, and takes it back, so that it answers what the real run
would. Nothing is read of the file before the caller and the options stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from authz.caller import Caller
from schema.codes import Role
from schema.isocodes import COUNTRIES
from service.context import work_for
from service.htcds import store
from service.htcds.drafts import RowDraft
from service.htcds.faults import CellFault, ImportRefused, WorkbookRefused
from service.htcds.reading import Finding
from service.htcds.report import Outcome, Report, RowOutcome
from service.htcds.rows import read_row
from service.htcds.sheet import Sheet, read_sheet
from service.htcds.store import Connection

# Who may enter a case: the actors of the first edge, and the desk that acts for its agency.
ENTERING_ROLES: frozenset[str] = frozenset({Role.CASE_WORKER, Role.INVESTIGATOR, Role.FOCAL_POINT})
Progress = Callable[[int, int], None]


def silent(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. `agency` and `country_of_finding` `""` mean the caller's own."""

    agency: str = ""
    country_of_finding: str = ""
    dry_run: bool = False
    keep_good: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A report and, for the workbook of refused rows, the sheet it is about, if readable."""

    report: Report
    sheet: Sheet | None = None


def import_rows(
    conn: Connection,
    caller: Caller,
    path: Path,
    options: Options,
    progress: Progress = silent,
) -> Report:
    """Import the workbook at `path` for `caller`; the rows are committed when this returns.

    `conn` must not be in a transaction and may be of the role saphan_service.
    `progress` is told (rows done, rows in all). ImportRefused where the caller
    or an option does not fit; a bad file is a Report, not an exception.
    """
    return run_import(conn, caller, path, options, progress).report


def run_import(
    conn: Connection,
    caller: Caller,
    path: Path,
    options: Options,
    progress: Progress = silent,
) -> Run:
    """As `import_rows`, with the sheet that was read."""
    with conn.transaction():
        agency, finding = _setting(conn, caller, options)
    blank = Report(_printable(path.name), agency.code, finding.host, options.dry_run, stored=False)
    try:
        sheet = read_sheet(path)
    except WorkbookRefused as fault:
        return Run(replace(blank, refusal=str(fault)))
    drafts: dict[int, RowDraft] = {}
    outcomes: dict[int, RowOutcome] = {}
    for index in sheet.filled():
        read = read_row(sheet, index, finding)
        if isinstance(read, RowDraft):
            drafts[read.row] = read
        else:
            outcomes[index + 1] = RowOutcome(index + 1, Outcome.REFUSED, tuple(read))
    stored = False
    with conn.transaction() as transaction:
        work_for(conn, agency.code, agency.country)
        writing = _Writing(conn, agency.code, caller.unit or None, finding.host)
        written = writing.write(drafts, progress)
        outcomes.update({row.row: row for row in written})
        refused = any(row.outcome is Outcome.REFUSED for row in outcomes.values())
        made = any(row.outcome is Outcome.MADE for row in outcomes.values())
        stored = made and not options.dry_run and (options.keep_good or not refused)
        if not stored:
            outcomes = {row: _not_stored(outcome) for row, outcome in outcomes.items()}
            raise psycopg.Rollback(transaction)
    return Run(
        replace(
            blank,
            stored=stored,
            rows=tuple(outcomes[row] for row in sorted(outcomes)),
            notes=(*sheet.notes, *unstored_columns(sheet)),
        ),
        sheet,
    )


def _printable(name: str) -> str:
    """A file's name without what would steer a terminal."""
    return "".join(c if c.isprintable() else "?" for c in name)


def _not_stored(outcome: RowOutcome) -> RowOutcome:
    if outcome.outcome is not Outcome.MADE:
        return outcome
    return replace(outcome, outcome=Outcome.GOOD, victim_id=None, case_id=None)


def _setting(
    conn: Connection, caller: Caller, options: Options
) -> tuple[store.EnteringAgency, Finding]:
    """The entering agency and what holds for every row; ImportRefused where it may not be."""
    if options.agency and options.agency != caller.agency:
        raise ImportRefused("the token speaks for another agency than the one named")
    if not ENTERING_ROLES.intersection(caller.roles):
        raise ImportRefused("a token of this role enters no cases")
    if caller.cases is not None:
        raise ImportRefused("a token that is narrowed to certain cases enters no new ones")
    agency = store.entering_agency(conn, caller.agency)
    host = options.country_of_finding or agency.country
    seats = store.seats(conn)
    if not host:
        raise ImportRefused("the agency has no country: the country of finding must be named")
    if host not in COUNTRIES or host not in seats:
        raise ImportRefused("the country of finding is not a country code of ISO 3166")
    if seats[host] and agency.country not in ("", host):
        raise ImportRefused(
            "the country of finding has a seat: an agency of its own enters the case"
        )
    return agency, Finding(
        host, seats[host], agency.country, store.today(conn), store.provinces(conn)
    )


@dataclass(frozen=True, slots=True)
class _Writing:
    """The rows of one file against the registry, in the order of the file."""

    conn: Connection
    agency: str
    unit: str | None
    host: str

    def write(self, drafts: dict[int, RowDraft], progress: Progress) -> list[RowOutcome]:
        """Match or store each draft. The caller commits or takes back."""
        store.lock(self.conn, self.agency)
        people = [draft.victim for draft in drafts.values()]
        known, numbers = store.known_people(self.conn, self.agency, people)
        agreements = store.newest_agreements(self.conn, self.host)
        organisations = store.known_organisations(self.conn)
        in_file: dict[store.PersonKey, int] = {}
        outcomes: list[RowOutcome] = []
        for done, draft in enumerate(drafts.values(), 1):
            key = store.person_key(draft.victim)
            if key in known or key in in_file:
                outcomes.append(
                    RowOutcome(draft.row, Outcome.MATCHED, matched_row=in_file.get(key, 0))
                )
            elif draft.victim.identity_number in numbers:
                outcomes.append(_taken_number(draft.row))
            else:
                outcome = self._store(draft, agreements, organisations)
                outcomes.append(outcome)
                if outcome.outcome is Outcome.MADE:
                    in_file[key] = draft.row
                    if draft.victim.identity_number:
                        numbers.add(draft.victim.identity_number)
            progress(done, len(drafts))
        return outcomes

    def _store(
        self, draft: RowDraft, agreements: dict[str, str], organisations: dict[str, str]
    ) -> RowOutcome:
        """Store one draft under a savepoint: what the registry refuses is that row's fault."""
        try:
            with self.conn.transaction():
                stored = store.store_row(
                    self.conn, draft, self.agency, self.unit, agreements, organisations
                )
        except (psycopg.IntegrityError, psycopg.DataError) as fault:
            rule = fault.diag.constraint_name
            reason = (
                f"the registry's rule `{rule}` does not hold" if rule else "a value is not taken"
            )
            return RowOutcome(draft.row, Outcome.REFUSED, (CellFault(draft.row, "", "", reason),))
        return RowOutcome(
            draft.row,
            Outcome.MADE,
            notes=(*draft.notes, *stored.notes),
            victim_id=str(stored.victim_id),
            case_id=str(stored.case_id),
            agreement=stored.agreement,
        )


def _taken_number(row: int) -> RowOutcome:
    reason = "this agency has entered the number for somebody else"
    return RowOutcome(row, Outcome.REFUSED, (CellFault(row, "", "prs_IdentityNumber", reason),))


def unstored_columns(sheet: Sheet) -> list[str]:
    """A note for each column that has no place in the registry and holds anything."""
    notes = []
    for name, column in sheet.unplaced().items():
        count = sum(sheet.cell(row, column) != "" for row in range(2, len(sheet.rows)))
        if count:
            notes.append(f"{name} has no place in the registry: {count} cells were not stored")
    return notes
