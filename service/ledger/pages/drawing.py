"""The drawn timeline: one row for each agency, one mark for each access.

Takes accesses and words, gives an SVG element without script or style. Marks
are dots, or thin bars where a row has many, so that busy times stay visible.
Colour tells the purpose, and so does the mark's own text; nothing is told by
colour alone, because the table below holds it all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.ledger.accesses import Access
from service.ledger.pages.markup import Markup, el
from service.ledger.words import Words

WIDTH: Final = 960
_LEFT, _RIGHT, _TOP, _ROW, _FOOT = 150, 60, 24, 30, 48
_MONDAY: Final = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_MINUTE, _DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
_STEPS: Final = (
    *(_MINUTE * n for n in (1, 2, 5, 10, 30, 60, 180, 360, 720)),
    *(_DAY * n for n in (1, 2, 7, 14, 28, 91, 182, 364, 1820)),
)
"""Between two ticks."""
_MOST_STEPS: Final = 8
_CROWDED: Final = 40
"""Marks of a row from which on they are bars."""
_COLOURS: Final = {
    "IDENTIFICATION": "#8c510a",
    "TRACING": "#0b57a4",
    "RETURN": "#1b7f5c",
    "REINTEGRATION": "#7a4fb5",
    "PROSECUTION": "#b3261e",
    "STATISTICS": "#8a6d00",
    "AUDIT": "#4a5560",
    "COORDINATION": "#00778a",
}
_OTHER: Final = "#4a5560"
_SHORT: Final = 18


@dataclass(frozen=True, slots=True)
class Axis:
    """Time from left to right: whole steps from `begin` to `end`."""

    begin: dt.datetime
    end: dt.datetime
    step: dt.timedelta

    def place(self, at: dt.datetime) -> float:
        """Where an instant stands."""
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * ((at - self.begin) / (self.end - self.begin))

    def ticks(self) -> Iterator[dt.datetime]:
        """From begin to end."""
        at = self.begin
        while at <= self.end:
            yield at
            at += self.step


def axis(accesses: Sequence[Access]) -> Axis:
    """The axis for at least one access; of a single instant its day."""
    first, last = (pick(access.at for access in accesses) for pick in (min, max))
    if first == last:
        day = first.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return Axis(day, day + _DAY, _DAY / 4)
    for step in _STEPS:
        begin = first - (first - _MONDAY) % step
        end = last + -(last - _MONDAY) % step
        if (end - begin) / step <= _MOST_STEPS:
            break
    return Axis(begin, max(end, begin + step), step)


def drawing(accesses: Sequence[Access], words: Words) -> Markup:
    """The timeline of at least one access."""
    rows: dict[str, list[Access]] = {}
    for access in accesses:
        rows.setdefault(access.agency, []).append(access)
    along = axis(accesses)
    foot = _TOP + _ROW * len(rows)
    purposes = list(dict.fromkeys(access.purpose for access in accesses))
    parts = [el("title", words("trace.timeline")), el("desc", words("trace.reading"))]
    parts += _ticks(along, foot)
    for number, (agency, found) in enumerate(rows.items()):
        y = _TOP + _ROW * number + _ROW // 2
        parts.append(_line(_LEFT, y, WIDTH - _RIGHT, y, "#e3e8ed"))
        parts.append(el("text", el("title", agency), _cut(agency), x="0", y=str(y + 4)))
        count = str(len(found))
        parts.append(el("text", count, x=str(WIDTH), y=str(y + 4), text_anchor="end"))
        crowded = len(found) >= _CROWDED
        parts += [_mark(a, along.place(a.at), y, words, crowded=crowded) for a in found]
    parts += _legend(purposes, foot + _FOOT, words)
    height = foot + _FOOT + 12 + 22 * -(-len(purposes) // 4)
    return el(
        "svg",
        *parts,
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
        aria_label=words("trace.timeline"),
    )


def _ticks(along: Axis, foot: int) -> list[Markup]:
    """A line for each tick and what it stands for; the day where it changes."""
    parts, day = [], ""
    for at in along.ticks():
        x, here = along.place(at), at.astimezone(dt.UTC)
        parts.append(_line(x, _TOP - 8, x, foot, "#cfd6de"))
        labels = [f"{here:%Y-%m-%d}"]
        if along.step < _DAY:
            labels = [f"{here:%H:%M}", *(labels if labels[0] != day else ())]
        day = f"{here:%Y-%m-%d}"
        for line, label in enumerate(labels):
            y = str(foot + 18 + 15 * line)
            parts.append(el("text", label, x=f"{x:.1f}", y=y, text_anchor="middle"))
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> Markup:
    return el("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", stroke=colour)


def _mark(access: Access, x: float, y: int, words: Words, *, crowded: bool) -> Markup:
    said = f"{access.at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} {access.agency}, " + words.of(
        "aim", access.purpose
    )
    colour = _COLOURS.get(access.purpose, _OTHER)
    if crowded:
        return el(
            "rect",
            el("title", said),
            x=f"{x - 1.25:.1f}",
            y=str(y - 9),
            width="2.5",
            height="18",
            fill=colour,
            fill_opacity="0.55",
        )
    return el(
        "circle",
        el("title", said),
        cx=f"{x:.1f}",
        cy=str(y),
        r="6",
        fill=colour,
        fill_opacity="0.75",
        stroke="#ffffff",
    )


def _legend(purposes: Sequence[str], top: int, words: Words) -> list[Markup]:
    parts = []
    for number, purpose in enumerate(purposes):
        x, y = _LEFT + 200 * (number % 4), top + 12 + 22 * (number // 4)
        colour = _COLOURS.get(purpose, _OTHER)
        parts.append(el("circle", cx=str(x + 10), cy=str(y - 4), r="6", fill=colour))
        parts.append(el("text", words.of("aim", purpose), x=str(x + 22), y=str(y)))
    return parts


def _cut(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
