"""The drawn timeline: one row for each agency, one mark for each access.

Takes accesses and words, gives an SVG element without script or style. Colour
tells the purpose, and so does the mark's own text; nothing is told by colour
alone, because the table below holds it all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from service.ledger.accesses import Access
from service.ledger.pages.markup import Markup, el
from service.ledger.words import Words

WIDTH: Final = 960
_LEFT, _RIGHT, _TOP, _ROW, _FOOT = 150, 20, 30, 30, 34
_TICKS: Final = 5
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


def drawing(accesses: Sequence[Access], words: Words) -> Markup:
    """The timeline of at least one access."""
    rows = list(dict.fromkeys(access.agency for access in accesses))
    begin, end = _frame(accesses)
    foot = _TOP + _ROW * len(rows)
    purposes = list(dict.fromkeys(access.purpose for access in accesses))
    parts = [el("title", words("trace.timeline")), el("desc", words("trace.reading"))]
    parts += [_tick(begin, end, i, foot) for i in range(_TICKS)]
    for number, agency in enumerate(rows):
        y = _TOP + _ROW * number + _ROW // 2
        parts.append(_line(_LEFT, y, WIDTH - _RIGHT, y, "#e3e8ed"))
        parts.append(el("text", _cut(agency), x="0", y=str(y + 4)))
    for access in accesses:
        y = _TOP + _ROW * rows.index(access.agency) + _ROW // 2
        parts.append(_mark(access, _place(access.at, begin, end), y, words))
    parts += _legend(purposes, foot + _FOOT, words)
    height = foot + _FOOT + 12 + 22 * -(-len(purposes) // 4)
    return el(
        "svg",
        *parts,
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
        aria_label=words("trace.timeline"),
    )


def _frame(accesses: Sequence[Access]) -> tuple[dt.datetime, dt.datetime]:
    """First and last instant, at least a minute apart."""
    begin = min(access.at for access in accesses)
    return begin, max(*(access.at for access in accesses), begin + dt.timedelta(minutes=1))


def _place(at: dt.datetime, begin: dt.datetime, end: dt.datetime) -> float:
    return _LEFT + 10 + (WIDTH - _LEFT - _RIGHT - 20) * ((at - begin) / (end - begin))


def _tick(begin: dt.datetime, end: dt.datetime, i: int, foot: int) -> Markup:
    at = begin + (end - begin) * i / (_TICKS - 1)
    x = _place(at, begin, end)
    form = "%Y-%m-%d" if end - begin > dt.timedelta(days=_TICKS) else "%m-%d %H:%M:%S"
    anchor = "end" if i == _TICKS - 1 else "start" if i == 0 else "middle"
    label = el(
        "text",
        at.astimezone(dt.UTC).strftime(form),
        x=f"{x:.1f}",
        y=str(foot + 18),
        text_anchor=anchor,
    )
    return el("g", _line(x, _TOP - 8, x, foot, "#cfd6de"), label)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> Markup:
    return el("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", stroke=colour)


def _mark(access: Access, x: float, y: int, words: Words) -> Markup:
    said = f"{access.at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} {access.agency}, " + words.of(
        "aim", access.purpose
    )
    colour = _COLOURS.get(access.purpose, _OTHER)
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
