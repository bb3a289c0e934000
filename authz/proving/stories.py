"""Counterexamples in plain words.

Takes a case, the grant that opens it and the classes in question, gives a few
sentences that a lawyer can act out on paper. Facts that play no part are left
out: what is not said is not so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from authz.grants import Grant
    from authz.proving.cases import Case, Statement
    from schema.classes import DataClass


def story(grant: Grant, classes: Iterable[DataClass], case: Case, after: Case | None) -> str:
    """The case, what happened to it, who asks, and what is read under which clause."""
    told = [f"A case: {', '.join(_facts(case))}."]
    told += [_said(statement) for statement in case.statements]
    if after is not None:
        told.append(f"Then {', and '.join(_changes(case, after))}.")
    read = f"{', '.join(sorted(classes))} of {grant.entity}"
    told.append(f"{_asker(after or case)} reads {read} under {grant.clause}.")
    if after is not None:
        told.append("Before, it did not.")
    return " ".join(told)


def dead_story(parts: list[str]) -> str:
    """Which conditions of a clause can never hold together."""
    written = [f"`{part}`" for part in parts]
    if len(written) == 1:
        return f"No row satisfies it: {written[0]} never holds."
    return f"No row satisfies it: {', '.join(written[:-1])} and {written[-1]} never hold together."


def contained_story(grant: Grant, other: Grant) -> str:
    """That one grant adds nothing to another."""
    same = grant.clause.agreement == other.clause.agreement
    begin = "Whatever" if same else "While both are in force, whatever"
    return (
        f"{begin} this grant opens ({', '.join(sorted(grant.classes))} of {grant.entity}),"
        f" {other.clause} opens as well: on every row, to every caller and for every purpose of it."
    )


def _facts(case: Case) -> Iterator[str]:
    yield f"host {case.host}"
    yield f"origin {case.origin}"
    yield f"state {case.state}"
    if case.state in _SIDE:
        yield f"rank {case.main_rank}"
    yield f"held by {case.holder} ({case.holder_country or 'of no country'})"
    if case.agreement:
        yield f"lodged under {case.agreement}"
    if case.not_a_national:
        yield "found not to be a national"
    if case.handover_in is not None:
        yield _handover(case.handover_in)
    if case.minor:
        yield _minor(case)
        missing = [
            name
            for name, there in (
                ("best-interests entry", case.best_interests),
                ("named case worker", case.case_worker),
                ("guardian's consent", any(s.guarded for s in case.statements)),
            )
            if not there
        ]
        if missing:
            yield f"without {' or '.join(missing)}"
    if case.home_province:
        yield f"home {case.home_province}"


_SIDE = ("NOT_A_VICTIM", "ON_HOLD", "ALTERNATIVE", "CANCELLED")


def _minor(case: Case) -> str:
    if case.age is None:
        return "a person whose age is unknown"
    if case.age_disputed:
        return f"a person whose age of {case.age} is disputed"
    return f"a person aged {case.age}"


def _handover(days: int) -> str:
    if days == 0:
        return "handover planned for today"
    when = f"in {days} days" if days > 0 else f"{-days} days ago"
    return f"handover planned {when}"


def _said(statement: Statement) -> str:
    return f"On day {statement.at} {_statement(statement)}."


def _statement(statement: Statement) -> str:
    everybody = "nobody in particular" if statement.state == "GIVEN" else "everybody"
    named = " and ".join(statement.recipients) or everybody
    guarded = " with guardian and assent" if statement.guarded else ""
    return f"{statement.purpose} is {statement.state}{guarded}, to {named}"


def _asker(case: Case) -> str:
    of = f"of {case.country}" if case.country else "of no country"
    parts = [f"{case.agency} ({of})", f"role {case.role}", f"purpose {case.purpose}"]
    if case.unit:
        parts.append(f"unit {case.unit}")
    if case.narrowed:
        listed = "among them this one" if case.listed else "this one not among them"
        parts.append(f"narrowed to some cases, {listed}")
    for holds, words in (
        (case.assigned, "to which the case is assigned"),
        (case.assigned_to_unit, "by that unit"),
        (case.referred, "to which it was referred"),
        (case.asked, "which the referral asks"),
        (case.requested, "with a formal request on file"),
        (case.restricted, "although the sender restricts it"),
        (case.frozen, "of which a copy was kept at the handover"),
        (case.emergency, "who opened it as an emergency"),
    ):
        if holds:
            parts.append(words)
    return ", ".join(parts)


def _changes(case: Case, after: Case) -> Iterator[str]:
    for statement in after.statements:
        if statement not in case.statements:
            yield f"on day {statement.at} {_statement(statement)}"
    if after.restricted and not case.restricted:
        yield "the sender sets a restriction"
    if after.unit and not case.unit:
        yield f"the token also says unit {after.unit}"
    if after.narrowed and not case.narrowed:
        yield "the token also lists cases"
    if after.listed != case.listed:
        yield "the token lists other cases"
    if after == case:
        yield "nothing changes that is told here"
