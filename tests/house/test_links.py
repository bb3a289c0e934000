"""Links and paths in the pages lead to something that is there."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.house.rooms import ROOT, files, text

PAGES = files(".md")
FENCED = re.compile(r"(?ms)^```.*?^```")
LINK = re.compile(r"\[[^\]]*\]\(<?([^)<>\s]+)>?(?:\s+\"[^\"]*\")?\)")
TOP = {path.parts[0] for path in files() if len(path.parts) > 1}
# Made at run time or by hand; a page may speak of them.
NOT_KEPT = {".venv", ".saphan"}


def anchors(page: Path) -> set[str]:
    """The headings of a page, as a forge makes links of them."""
    headings = re.findall(r"(?m)^#{1,6} (.+)$", FENCED.sub("", text(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def relative() -> list[tuple[str, str]]:
    """Each link of each page that leads into the repository."""
    return sorted(
        {
            (page.as_posix(), target)
            for page in PAGES
            for target in LINK.findall(FENCED.sub("", text(page)))
            if not re.match(r"[a-z][a-z0-9+.-]*:", target)
        }
    )


@pytest.mark.parametrize(("page", "target"), relative())
def test_a_link_leads_to_a_file_and_a_heading(page: str, target: str) -> None:
    place, _, heading = unquote(target).partition("#")
    assert not place.startswith("/"), "a link from the root leads out of the repository"
    led = ROOT / page if not place else ROOT / Path(page).parent / place
    assert led.resolve().is_relative_to(ROOT)
    assert led.exists()
    if heading:
        assert heading in anchors(led.resolve().relative_to(ROOT))


@pytest.mark.parametrize("page", [page.as_posix() for page in PAGES])
def test_a_path_between_backticks_is_there(page: str) -> None:
    missing = []
    for span in re.findall(r"`([^`\s]+)`", FENCED.sub("", text(page))):
        first, slash, _ = span.partition("/")
        if not slash or first not in TOP or "<" in span or first in NOT_KEPT:
            continue
        if not any(ROOT.glob(span.rstrip("/"))):
            missing.append(span)
    assert not missing


def test_pages_lead_from_the_readme_to_every_document() -> None:
    """A page that no other page names is not found by a newcomer."""
    reached, left = set[str](), ["README.md"]
    folders = set[str]()
    while left:
        page = left.pop()
        if page in reached:
            continue
        reached.add(page)
        for target in LINK.findall(FENCED.sub("", text(page))):
            place = (ROOT / Path(page).parent / target.partition("#")[0]).resolve()
            if not place.is_relative_to(ROOT) or not place.exists():
                continue
            name = place.relative_to(ROOT).as_posix()
            if place.is_dir():
                folders.add(name)
            elif place.suffix == ".md":
                left.append(name)
    documents = {page.as_posix() for page in PAGES if page.parts[0] == "docs"}
    assert not {page for page in documents - reached if Path(page).parent.as_posix() not in folders}
