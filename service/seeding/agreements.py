"""Instruments of the region: drafts under negotiation, one amended, one on paper, one given up.

Takes a seed and the last day, gives rows and the changes they were. They lie in
the year before that day. Their titles say that they are invented; none is of
the reference data, though they carry out or are to replace some of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from schema.codes import AgreementKind, CooperationArea, RoundOutcome
from service.seeding.chance import Chance
from service.seeding.instruments import TABLES, Instrument, NotThen, Subject
from service.seeding.keeping import Rows
from service.seeding.rows import Told

_A, _K, _R = CooperationArea, AgreementKind, RoundOutcome
Ago = Callable[[int], dt.date]
"""So many days before the last one."""


def agreements(seed: int, until: dt.date) -> Told:
    """Rows by table; an instrument that no clause would have permitted is left out."""
    told = Told({table: [] for table in TABLES}, [])
    for name, story in STORIES.items():
        chance = Chance(seed, f"agreement/{name}")
        shift = chance.below(15)

        def ago(days: int, shift: int = shift) -> dt.date:
            return until - dt.timedelta(days=days + shift)

        try:
            made = story(chance, name, ago)
        except NotThen:
            continue
        _merge(told.rows, made.rows)
        told.edits.extend(made.edits)
    return told


def _merge(rows: Rows, more: Rows) -> None:
    for table, found in more.items():
        rows[table] += found


def _transit(chance: Chance, name: str, ago: Ago) -> Instrument:
    """Agreed in the second round, signed by one side, waiting for the other."""
    subject = Subject(
        _K.SOP,
        "Operational standards for the first week after a handover",
        (_A.CARE, _A.AGREEMENTS),
        under="TH-KH-2014",
    )
    of = Instrument(chance, ("TH", "KH"), name, subject, ago(190))
    first = "Whoever is received rests for one day before anybody asks her anything."
    of.propose(ago(190), "TH", "the first draft", first)
    second = f"{first} An interpreter is present from the first hour."
    of.negotiate(ago(140), "KH", _R.CONTINUED, "Phnom Penh", text=("interpreters as well", second))
    third = f"{second} Her medicine for two weeks comes with her."
    of.negotiate(ago(75), "TH", _R.AGREED, "Bangkok", text=("medicine as well", third))
    of.sign(ago(40), "TH")
    return of


def _renewal(chance: Chance, name: str, ago: Ago) -> Instrument:
    """A memorandum that is to replace another, adjourned with a second text on the table."""
    subject = Subject(
        _K.MOU,
        "Third memorandum on trafficking in persons",
        (_A.CARE, _A.RETURN, _A.AGREEMENTS),
        supersedes="TH-LA-2017",
    )
    of = Instrument(chance, ("TH", "LA"), name, subject, ago(150))
    first = "Each side answers a tracing request within thirty days."
    of.propose(ago(150), "LA", "the first draft", first)
    of.negotiate(ago(110), "TH", _R.CONTINUED, "Mukdahan")
    second = f"{first} Where it cannot, it says so after fifteen."
    of.negotiate(ago(30), "LA", _R.ADJOURNED, "Vientiane", text=("what if it is late", second))
    return of


def _interpreters(chance: Chance, name: str, ago: Ago) -> Instrument:
    """In force since last winter; its amendment is signed by both and waits for a day."""
    subject = Subject(
        _K.SOP, "Procedures on interpreters at handovers", (_A.CARE, _A.RETURN), under="TH-LA-2017"
    )
    of = Instrument(chance, ("TH", "LA"), name, subject, ago(345))
    first = "At each handover there is an interpreter whom both desks know."
    of.propose(ago(345), "TH", "the first draft", first)
    second = f"{first} No relative of the person interprets."
    of.negotiate(ago(320), "LA", _R.AGREED, "Vientiane", text=("no relatives", second))
    of.sign(ago(310), "TH")
    of.sign(ago(303), "LA")
    for on, party in ((300, "TH"), (296, "LA")):
        of.enter(ago(on), party, ago(280))
    third = f"{second} A woman interprets for a woman who asks for it."
    of.propose(ago(120), "LA", "the person's choice", third)
    of.negotiate(ago(90), "TH", _R.AGREED, "Bangkok")
    of.sign(ago(60), "LA")
    of.sign(ago(52), "TH")
    of.enter(ago(20), "LA", ago(-45))
    return of


def _schools(chance: Chance, name: str, ago: Ago) -> Instrument:
    """A draft with an organisation, given up."""
    subject = Subject(
        _K.SOP, "Awareness lessons in border schools", (_A.PREVENTION,), under="IOM-MSDHS-2007"
    )
    of = Instrument(chance, ("INT-IOM", "TH"), name, subject, ago(260))
    text = "One lesson in each border school in each term."
    of.propose(ago(260), "INT-IOM", "the first draft", text)
    of.negotiate(ago(210), "INT-IOM", _R.ADJOURNED, "Bangkok")
    of.give_up(ago(130), "TH")
    return of


def _trainers(chance: Chance, name: str, ago: Ago) -> Instrument:
    """With a country that has no seat: its word is on paper, recorded with the other's."""
    subject = Subject(_K.SOP, "Exchange of trainers", (_A.TRAINING,), under="TH-VN-2008")
    of = Instrument(chance, ("TH", "VN"), name, subject, ago(230))
    text = "Each year each side sends two trainers to the other."
    of.propose(ago(230), "TH", "the text as it was agreed by letter", text)
    of.negotiate(ago(180), "TH", _R.AGREED, "Bangkok")
    of.sign(ago(100), "TH")
    return of


STORIES: Final[dict[str, Callable[[Chance, str, Ago], Instrument]]] = {
    "TRANSIT": _transit,
    "RENEWAL": _renewal,
    "INTERPRETERS": _interpreters,
    "SCHOOLS": _schools,
    "TRAINERS": _trainers,
}
"""By the word in their code."""
