"""What time alone opens, closes or changes, found by the moments that were passed.

Takes the moment up to which a stream was judged ($1), gives SELECTs of what
must be judged again now. Each says which conditions of grants and which fields
it stands for; a test holds the list against every condition and field whose
SQL reads the clock. Days are those of UTC, as in every statement.

Columns of each: the person (null where the record is of nobody), the record
and its type where it is known which, and the fields whose value is another one
now (null: none, only who may see it).
"""

from __future__ import annotations

from dataclasses import dataclass

from schema.catalog import catalog
from schema.codes import AgeBand

_BEFORE = "($1::timestamptz at time zone 'UTC')::date"
_TODAY = "current_date"
_NO_FIELD = "null::uuid, null::text, null::text[]"
_OF_CASE = "join registry.return_case c on c.id = x.case_id"


@dataclass(frozen=True, slots=True)
class Clock:
    """One kind of moment. `daily`: it comes with a day, never within one."""

    conditions: frozenset[str]
    fields: frozenset[str]
    daily: bool
    sql: str


def _passed(column: str) -> str:
    return f"{column} > $1::timestamptz and {column} <= now()"


def _begun(column: str, shift: str = "") -> str:
    """The day of `column` (plus `shift`) came."""
    return f"{column} > ({_BEFORE}{shift})::date and {column} <= ({_TODAY}{shift})::date"


def _over(column: str, shift: str = "") -> str:
    """The day of `column` (plus `shift`) was the last one, and is over."""
    return f"{column} >= ({_BEFORE}{shift})::date and {column} < ({_TODAY}{shift})::date"


def _either(select: str, *tests: str) -> str:
    return " union ".join(f"({select} where {test})" for test in tests)


def _birthday(years: int) -> str:
    fields = "'{ageBand,isMinor}'" if years == ADULT else "'{ageBand}'"
    return (
        f"(select v.id, v.id, 'Victim', {fields}::text[] from registry.victim v"
        f" where {_begun('v.birth_latest', f' - interval {chr(39)}{years} years{chr(39)}')})"
    )


ADULT = 18
_AGES = sorted({ADULT, *(band.youngest for band in AgeBand if band.youngest > 0)})
_DUE = catalog().entities["ReturnCase"].fields["dueAt"].sql.format(t="c")
_RESTRICTED = (
    "select coalesce(x.victim_id, c.victim_id), x.record_id, null::text, null::text[]"
    " from registry.restriction x left join registry.emergency_opening o on o.id = x.record_id"
    " left join registry.return_case c on c.id = coalesce(x.case_id, o.case_id)"
)
CLOCKS: tuple[Clock, ...] = (
    Clock(
        frozenset({"assigned"}),
        frozenset(),
        daily=False,
        sql=_either(
            f"select c.victim_id, {_NO_FIELD} from registry.assignment x {_OF_CASE}",
            _passed("x.from_at"),
            _passed("x.until_at"),
        ),
    ),
    Clock(
        frozenset({"not_restricted"}),
        frozenset(),
        daily=False,
        sql=_either(_RESTRICTED, _passed("x.from_at"), _passed("x.until_at")),
    ),
    Clock(
        frozenset(),
        frozenset({"EmergencyOpening.overdue"}),
        daily=False,
        sql=(
            "select c.victim_id, x.id, 'EmergencyOpening', '{overdue}'::text[]"
            f" from registry.emergency_opening x {_OF_CASE}"
            " where x.opened_at >= $1::timestamptz - interval '72 hours'"
            " and x.opened_at < now() - interval '72 hours'"
        ),
    ),
    Clock(
        frozenset(),
        frozenset({"ReturnCase.overdue"}),
        daily=False,
        # few lengths, each a narrow span of an index
        sql=(
            "select c.victim_id, c.id, 'ReturnCase', '{overdue}'::text[] from (select distinct"
            " make_interval(days => coalesce(l.days, e.limit_days)) as long"
            " from registry.state_edge e left join registry.time_limit l on l.edge = e.number"
            " where coalesce(l.days, e.limit_days) is not null) w join registry.return_case c"
            " on c.state_since >= $1::timestamptz - w.long and c.state_since < now() - w.long"
            f" where {_DUE} = c.state_since + w.long"
        ),
    ),
    Clock(
        frozenset(),
        frozenset({"Agreement.state", "Agreement.version"}),
        daily=True,
        sql=_either(
            "select null::uuid, x.id, 'Agreement', '{state}'::text[] from registry.agreement x",
            f"x.state = 'IN_FORCE' and {_begun('x.until_on')}",
            f"x.state = 'IN_FORCE' and {_begun('x.in_force_from')}",
        )
        + " union all select null::uuid, a.id, 'Agreement', '{version}'::text[]"
        " from registry.agreement_version x join registry.agreement a on a.code = x.agreement_code"
        f" where {_begun('x.in_force_from')}",
    ),
    Clock(
        frozenset({"formal_request"}),
        frozenset(),
        daily=True,
        sql=_either(
            f"select c.victim_id, {_NO_FIELD} from registry.legal_request x {_OF_CASE}",
            _begun("x.received_on"),
            _over("x.expires_on"),
        ),
    ),
    Clock(
        frozenset({"arrivals_window", "travel_window"}),
        frozenset(),
        daily=True,
        sql=_either(
            f"select c.victim_id, {_NO_FIELD} from registry.return_case c",
            _begun("c.planned_handover_on", " + interval '7 days'"),
            _over("c.planned_handover_on"),
            _over("c.planned_handover_on", " - interval '7 days'"),
        ),
    ),
    Clock(
        frozenset({"adult", "minor_needs_guardian"}),
        frozenset({"Victim.ageBand", "Victim.isMinor"}),
        daily=True,
        sql=" union all ".join(_birthday(age) for age in _AGES),
    ),
)
NEVER_IN_A_FEED = frozenset({"emergency_open"})
"""Conditions with a clock whose grants no stream has."""


def passed_sql(*, daily: bool) -> str:
    """One SELECT of all that was passed; with `daily` also what comes with a day."""
    return " union all ".join(
        f"select * from ({clock.sql}) k{n}(person, record_id, record_type, fields)"
        for n, clock in enumerate(CLOCKS)
        if daily or not clock.daily
    )
