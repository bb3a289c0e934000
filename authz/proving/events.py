"""What may happen to a case or to a token between two requests.

Takes a row, gives what must be true of the event and the row after it: one
statement more that closes a consent, or a restriction of the sender; a claim
more, or fewer cases in it. Promises that nothing else of the row changes.
"""

from __future__ import annotations

from dataclasses import replace

import z3

from authz.proving.symbols import Times, Unknowns


def later_and_closed(row: Unknowns) -> tuple[z3.BoolRef, Unknowns]:
    """The row after a REFUSED or WITHDRAWN later than all statements, or after a restriction."""
    restriction, now = z3.Bool("event.restriction"), z3.Int("event.now")
    purpose = {word: z3.Bool(f"event.{word}") for word in row.times}
    agency, country, everybody, elsewhere = (
        z3.Bool(f"event.{word}") for word in ("agency", "country", "all", "elsewhere")
    )

    def newest(closing: z3.BoolRef, time: z3.ArithRef) -> z3.ArithRef:
        return z3.If(closing, now, time)

    def closed(word: str, t: Times) -> Times:
        to = z3.And(z3.Not(restriction), purpose[word])
        return replace(
            t,
            closed_agency=newest(z3.And(to, agency), t.closed_agency),
            closed_country=newest(z3.And(to, country), t.closed_country),
            closed_all=newest(z3.And(to, everybody), t.closed_all),
            closed_elsewhere=newest(z3.And(to, elsewhere), t.closed_elsewhere),
        )

    event = z3.And(
        z3.PbEq([(chosen, 1) for chosen in purpose.values()], 1),
        z3.Or(agency, country, everybody, elsewhere),
        z3.Implies(everybody, z3.Not(z3.Or(agency, country, elsewhere))),
        *(now > time for t in row.times.values() for time in t.all()),
    )
    after = replace(
        row,
        restricted=z3.Or(row.restricted, restriction),
        times={word: closed(word, t) for word, t in row.times.items()},
    )
    return event, after


def narrower(row: Unknowns) -> tuple[z3.BoolRef, Unknowns, Unknowns]:
    """The row as a token reads it, and as one reads it that carries a claim more.

    Either `unit` or `cases` is added, or both, or `cases` loses some: a case that stands in the
    second list stands in the first, where there is a first.
    """
    narrowed, listed = z3.Bool("claim.narrowed"), z3.Bool("claim.listed")
    with_unit = z3.Bool("claim.unit")
    before = replace(row, unit=z3.If(with_unit, z3.IntVal(0), row.unit))
    after = replace(row, narrowed=narrowed, listed=listed)
    less = z3.And(
        z3.Implies(with_unit, row.unit != 0),
        z3.Implies(row.narrowed, z3.And(narrowed, z3.Implies(listed, row.listed))),
    )
    return less, before, after
