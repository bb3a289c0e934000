"""`saphan ledger ask`: auditors' questions, each a GraphQL query that anybody may ask the same way.

Takes a question's name, what it is about and a token, prints the answer. It
asks as the token's holder, decided and recorded. `--show-query` prints the
query and asks nothing. Exit codes: 0 answered, also where nothing was found;
1 refused; 2 usage.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import click
from graphql import parse, print_ast

from schema.classes import DataClass
from schema.codes import DenialReason
from service.instants import Instant
from service.ledger.accesses import Asks, accesses, activity, instant, nodes, refusals, rows
from service.ledger.answers import (
    Answer,
    of_accesses,
    of_cells,
    of_departures,
    of_openings,
    of_refusals,
    of_withdrawals,
)
from service.ledger.questions import Question, activity_of, openings, refused, shown, unacknowledged
from service.ledger.tallies import by_reason, small_cells
from service.ledger.telling import answered, print_json
from service.ledger.unusual import judge
from service.options import format_option, purpose_option, token_option

Work = Callable[[Asks, str | None], Awaitable[Answer]]
_SMALL = 11
"""CTDC's bar: no figure on fewer people (domain model, C9)."""
_EXAMINED = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Span:
    """From when, where it was said, to when; to the moment of asking where it was not: the answer
    does not grow by the accesses that it makes itself.
    """

    begin: dt.datetime | None
    end: dt.datetime

    def filter(self, **wanted: object) -> dict[str, object]:
        """A filter of accesses in it; what is None is left out."""
        times = {"from": instant(self.begin) if self.begin else None, "to": instant(self.end)}
        return {name: value for name, value in {**wanted, **times}.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Prepared:
    """The query that will be asked, and how its answer is made."""

    question: Question
    work: Work


@click.group("ask")
def ask() -> None:
    """Auditors' questions, each with its answer, as far as the token's holder may read the ledger.

    An auditor reads the accesses of its country's actors and those to its country's cases; a
    focal point and a case worker those to the cases they have in hand.
    """


def _asks(
    name: str, *options: Callable[[Any], Any]
) -> Callable[[Callable[..., Prepared]], click.Command]:
    """Make a question a command: `options` are its own, the others are those of every question."""

    def made(prepare: Callable[..., Prepared]) -> click.Command:
        def command(
            begin: dt.datetime | None,
            end: dt.datetime | None,
            show_query: bool,
            token: str | None,
            purpose: str | None,
            form: str,
            **own: object,
        ) -> None:
            prepared = prepare(Span(begin, end or dt.datetime.now(dt.UTC)), **own)
            if show_query:
                _show(prepared.question, form)
                return
            found = answered(token, lambda asking: prepared.work(asking, purpose))
            if form == "json":
                print_json(found.rows)
                return
            for line in found.lines:
                click.echo(line)

        command.__doc__ = prepare.__doc__
        for option in reversed((*options, *_COMMON)):
            command = option(command)
        return ask.command(name)(command)

    return made


_COMMON = (
    click.option("--from", "begin", type=Instant(), help="From this instant on."),
    click.option("--to", "end", type=Instant(), help="Before this instant; left out: now."),
    click.option("--show-query", is_flag=True, help="Print the GraphQL query; ask nothing."),
    token_option,
    purpose_option,
    format_option,
)
_agency = click.option("--agency", help="Only accesses of this agency, by its code.")
_data_class = click.option(
    "--class",
    "data_class",
    type=click.Choice([each.value for each in DataClass]),
    help="Only what was shown of this data class.",
)


def _accesses_of(question: Question) -> Prepared:
    async def work(asking: Asks, purpose: str | None) -> Answer:
        return of_accesses(await accesses(asking, purpose, question))

    return Prepared(question, work)


@_asks(
    "identity",
    click.option("--victim", type=click.UUID, required=True, help="The person's id."),
    _agency,
)
def identity(span: Span, victim: object, agency: str | None) -> Prepared:
    """Who was shown this person's identity, when, under which clause, for which purpose."""
    wanted = span.filter(recordId=str(victim), dataClass="IDENTITY", agency=agency)
    return _accesses_of(shown(wanted, "recordId", "dataClass"))


@_asks(
    "province",
    click.option("--agency", required=True, help="The agency, by its code."),
    click.option("--province", required=True, help="The province of the persons' home."),
    _data_class,
)
def province(span: Span, agency: str, province: str, data_class: str | None) -> Prepared:
    """What an agency was shown of people whose home is in a province.

    For whoever may read their home province: their focal point and case worker. To others the
    question is refused, since its answer would tell where a person is from.
    """
    wanted = span.filter(agency=agency, province=province, dataClass=data_class)
    narrowed = ("province", "dataClass") if data_class else ("province",)
    return _accesses_of(shown(wanted, *narrowed))


@_asks("after-withdrawal", _agency)
def after_withdrawal(span: Span, agency: str | None) -> Prepared:
    """What was shown to whom after the person had withdrawn a consent that reached them.

    As far as the token's holder may read the consents: an auditor those of cases put before it.
    """
    wanted = span.filter(afterWithdrawal=True, agency=agency)
    return _accesses_of(shown(wanted, "afterWithdrawal"))


@_asks("after-objection", _agency)
def after_objection(span: Span, agency: str | None) -> Prepared:
    """What was shown abroad although the person had objected to their being told.

    As far as the token's holder may read the consents: an auditor those of cases put before it.
    """
    wanted = span.filter(afterObjection=True, agency=agency)
    return _accesses_of(shown(wanted, "afterObjection"))


@_asks("emergencies")
def emergencies(span: Span) -> Prepared:
    """Emergency openings that nobody has reviewed; a review is due within 72 hours."""
    question = openings(instant(span.begin) if span.begin else None, instant(span.end))

    async def work(asking: Asks, purpose: str | None) -> Answer:
        return of_openings([node async for node in nodes(asking, purpose, question)])

    return Prepared(question, work)


@_asks(
    "unusual",
    _agency,
    click.option("--subject", help="Only this caller, as her issuer names her."),
    click.option(
        "--past",
        type=click.IntRange(7, 366),
        default=60,
        show_default=True,
        help="Days before each day that say what is usual.",
    ),
)
def unusual(span: Span, agency: str | None, subject: str | None, past: int) -> Prepared:
    """Days and hours of a caller that depart from her own past, each with the figures.

    A day stands out where accesses, or records shown, exceed the median of her earlier days by
    more than 5 median deviations, by more than the median itself, and by more than 10. An hour
    stands out where she asked in it on none of them. Five earlier days are needed. Without --from
    the last seven days are judged.
    """
    begin, days = span.begin or span.end - _EXAMINED, dt.timedelta(days=past)
    # whole days, by whatever clock they are told
    read = Span(begin - days - dt.timedelta(days=1), span.end)
    question = activity_of(read.filter(agency=agency, subject=subject, kind="ACCESS"))

    async def work(asking: Asks, purpose: str | None) -> Answer:
        found = [access async for access in activity(asking, purpose, question)]
        return of_departures(judge(found, begin, days))

    return Prepared(question, work)


@_asks(
    "small-cells",
    click.option(
        "--below",
        type=click.IntRange(2),
        default=_SMALL,
        show_default=True,
        help="Fewer records than this are few.",
    ),
    _agency,
)
def cells(span: Span, below: int, agency: str | None) -> Prepared:
    """Operations for STATISTICS that stand on few records."""
    question = activity_of(span.filter(purpose="STATISTICS", agency=agency, kind="ACCESS"))

    async def work(asking: Asks, purpose: str | None) -> Answer:
        return of_cells(await small_cells(activity(asking, purpose, question), below))

    return Prepared(question, work)


@_asks(
    "refusals",
    click.option(
        "--reason",
        type=click.Choice([each.value for each in DenialReason]),
        help="Only what was refused for this reason.",
    ),
    _agency,
)
def refusals_by_reason(span: Span, reason: str | None, agency: str | None) -> Prepared:
    """What was refused and withheld, by reason and agency, with counts."""
    question = refused(span.filter(reason=reason, agency=agency, kind="ACCESS"))

    async def work(asking: Asks, purpose: str | None) -> Answer:
        return of_refusals(await by_reason(refusals(asking, purpose, question), reason))

    return Prepared(question, work)


@_asks("withdrawals", click.option("--agency", help="Only this agency's pullers, by its code."))
def withdrawals(span: Span, agency: str | None) -> Prepared:
    """What pullers were told to erase and have not acknowledged, and since when.

    On the cases that the auditor's country holds, and of its country's own pullers.
    """
    question = unacknowledged()
    begin, end = (instant(each) if each else None for each in (span.begin, span.end))

    async def work(asking: Asks, purpose: str | None) -> Answer:
        found = [
            each
            for each in await rows(asking, purpose, question)
            if agency in (None, each["agency"])
            and (begin is None or each["oldest"] >= begin)
            and (end is None or each["oldest"] < end)
        ]
        return of_withdrawals(found)

    return Prepared(question, work)


def _show(question: Question, form: str) -> None:
    if form == "json":
        print_json(question.as_request())
        return
    variables = json.dumps(question.variables, ensure_ascii=False)
    click.echo(f"{print_ast(parse(question.document))}\n\nvariables: {variables}")
