"""The frame of a page: one file that carries everything, runs nothing and fetches nothing.

Takes parts in one or several languages, gives the whole page. Its policy allows
one style sheet, by its hash, and nothing else: no script, no picture, no
connection, no form.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Final

from service.ledger.pages.markup import Markup, el, join
from service.ledger.words import Words

STYLE: Final = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; color: #1b1f24; background: #fff;
  font: 16px/1.6 "Noto Sans", "Noto Sans Thai", "Noto Sans Khmer", "Noto Sans Lao",
    "Leelawadee UI", "Khmer UI", "Lao UI", "Thonburi", "Khmer Sangam MN", "Lao Sangam MN",
    system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.4; margin: 1rem 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #cfd6de; }
p { max-width: 46rem; }
nav a { display: inline-block; margin-right: 1.25rem; color: #0b57a4; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
dt { color: #566270; } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92em; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
  border-bottom: 1px solid #e3e8ed; }
th { color: #566270; font-weight: 600; }
td ul { margin: 0; padding-left: 1.1rem; }
code { font: .86em/1.5 "Noto Sans Mono", ui-monospace, Consolas, monospace;
  overflow-wrap: anywhere; }
time { display: inline-block; white-space: nowrap; }
code.id { white-space: nowrap; overflow-wrap: normal; }
small { color: #566270; display: block; max-width: 18rem; }
.note { background: #f3f6f9; border-left: 4px solid #0b57a4; padding: .5rem 1rem; }
section + section { border-top: 3px solid #1b1f24; margin-top: 3rem; }
svg { width: 100%; height: auto; min-width: 40rem; }
svg text { font-size: 12px; fill: #39434e; }
@page { size: A4; margin: 14mm; }
@page broad { size: A4 landscape; margin: 12mm; }
@media print { nav { display: none; } section + section { break-before: page; border: 0; }
  body { max-width: none; padding: 0; font-size: 10pt; } .broad { page: broad; font-size: 9pt; }
  .wide { overflow: visible; } svg { min-width: 0; max-width: 21cm; }
  tr, li { break-inside: avoid; } h2 { break-after: avoid; }
  td, th { padding: .2rem .5rem .2rem 0; } }
"""
_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
)


def sheet(title: str, parts: Sequence[tuple[Words, Markup]], *, broad: bool = False) -> str:
    """A page with a part for each language, and links to them where there are several; `broad`
    where its tables are printed across the sheet.
    """
    links = [el("a", w("page.name"), href=f"#{w.language}", lang=w.language) for w, _ in parts]
    nav = el("nav", *links, aria_label=parts[0][0]("page.contents")) if len(parts) > 1 else ""
    form = "broad" if broad else None
    sections = [
        el("section", part, id=w.language, lang=w.language, class_=form) for w, part in parts
    ]
    head = join(
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", name="robots", content="noindex"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", title),
        el("style", Markup(STYLE)),
    )
    page = el("html", el("head", head), el("body", nav, *sections), lang=parts[0][0].language)
    return f"<!doctype html>\n{page}\n"


def facts(rows: Sequence[tuple[str, str]]) -> Markup:
    """A list of names and what they are."""
    return el("dl", *(join(el("dt", name), el("dd", value)) for name, value in rows))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table with one line of heads."""
    head = el("thead", el("tr", *(el("th", text, scope="col") for text in heads)))
    body = el("tbody", *(el("tr", *(el("td", cell) for cell in row)) for row in rows))
    return el("div", el("table", head, body), class_="wide")


def listed(items: Sequence[str]) -> Markup:
    """A list; a single item stands alone."""
    if len(items) == 1:
        return join(items[0])
    return el("ul", *(el("li", item) for item in items))
