"""`saphan ledger trace`: who was shown one record, or anything about one person.

Takes a record's or a person's id and a token, prints a timeline or writes a
page that needs nothing but itself. It asks `accessRecords` like any caller,
decided and recorded. Exit codes: 0 answered, also where nothing is on record;
1 refused; 2 usage.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from service.asking import Asking
from service.ledger.accesses import Access, Asks, NotAnswered, accesses
from service.ledger.officials import may_be_named
from service.ledger.pages.personal import Told, personal_page
from service.ledger.pages.plainly import country_of
from service.ledger.pages.timeline import Traced, timeline_page
from service.ledger.questions import shown
from service.ledger.telling import answered, plural, print_accesses, write_page
from service.ledger.words import LANGUAGES
from service.options import format_option, purpose_option, token_option

_PERSON = """query Person($id: ID!) { victim(id: $id) { id
  returnCases(first: 100) { edges { node { id holder } } } } }"""
_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("trace")
@click.option("--record", type=click.UUID, help="Accesses to this record.")
@click.option("--victim", type=click.UUID, help="Accesses to anything of this person.")
@click.option(
    "--field", help="Of the record, only this field: shown, or searched by an access to it."
)
@click.option("--html", type=_FILE, help="Write a page with the timeline of the record.")
@click.option("--report", type=_FILE, help="Write the person's own report, to hand to her.")
@click.option(
    "--language",
    "languages",
    type=click.Choice(LANGUAGES),
    multiple=True,
    help="Of the page; left out, English for --html and all four for --report.",
)
@token_option
@purpose_option
@format_option
def trace(
    record: object | None,
    victim: object | None,
    field: str | None,
    html: Path | None,
    report: Path | None,
    languages: tuple[str, ...],
    token: str | None,
    purpose: str | None,
    form: str,
) -> None:
    """Who was shown a record, when, why and under which clause.

    As far as the token's holder may read the ledger: an auditor the accesses of
    its country's actors and those to its country's cases, whoever holds a case
    those to it.
    """
    if (record is None) == (victim is None):
        raise click.UsageError("give one of --record and --victim")
    if victim is not None and (field or html):
        raise click.UsageError("--field and --html go with --record")
    if record is not None and report:
        raise click.UsageError("--report goes with --victim")
    chosen = tuple(dict.fromkeys(languages))
    if victim is not None:
        _person(str(victim), report, chosen or LANGUAGES, token, purpose, form)
        return
    _record(str(record), field, html, chosen or LANGUAGES[:1], token, purpose, form)


def _record(
    record: str,
    field: str | None,
    html: Path | None,
    languages: tuple[str, ...],
    token: str | None,
    purpose: str | None,
    form: str,
) -> None:
    async def ask(asking: Asking) -> Traced:
        found = await traced(asking, purpose, record, field)
        return Traced(record, field, asking.caller.agency, dt.datetime.now(dt.UTC), found)

    told = answered(token, ask)
    if html is not None:
        write_page(html, timeline_page(told, languages))
    _print(told.accesses, form, html)


def _person(
    person: str,
    report: Path | None,
    languages: tuple[str, ...],
    token: str | None,
    purpose: str | None,
    form: str,
) -> None:
    async def ask(asking: Asking) -> Told:
        return await told_of(asking, purpose, person, asking.caller.agency)

    told = answered(token, ask)
    if report is not None:
        write_page(report, personal_page(told, languages))
    _print(told.accesses, form, report, with_records=True)


async def traced(
    asking: Asks, purpose: str | None, record: str, field: str | None
) -> tuple[Access, ...]:
    """The accesses to a record; with a field those that showed it, or searched by it and found the
    record. `field` may be named with its type or without.
    """
    found = await accesses(asking, purpose, shown({"recordId": record}, "recordId"))
    if field is None:
        return tuple(found)
    return tuple(a for a in found if _names(field, a.fields) or _names(field, a.searched))


async def told_of(asking: Asks, purpose: str | None, person: str, agency: str) -> Told:
    """Everything shown about a person. Raises NotAnswered where she may not be seen."""
    answer = await asking.answer(_PERSON, purpose, id=person)
    victim = answer["data"]["victim"]
    if victim is None:
        raise NotAnswered("there is no such person, or you may not see her")
    nodes = [edge["node"] for edge in victim["returnCases"]["edges"]]
    holders = tuple(sorted({node["holder"] for node in nodes if node["holder"]}))
    found = await accesses(asking, purpose, shown({"personId": person}, "personId"))
    # that she was looked up for this very report stands in the next one
    own = answer.get("extensions", {}).get("accessRecord")
    found = [access for access in found if access.id != own]
    named = may_be_named(country_of(holder) for holder in holders)
    return Told(person, holders, agency, dt.datetime.now(dt.UTC), named, tuple(found))


def _names(field: str, names: tuple[str, ...]) -> bool:
    return any(field in (name, name.partition(".")[2]) for name in names)


def _print(
    accesses: tuple[Access, ...], form: str, page: Path | None, *, with_records: bool = False
) -> None:
    if page is not None and form == "text":
        click.echo(f"{plural(len(accesses), 'access')}, in {page}")
        return
    print_accesses(accesses, form, with_records=with_records)
