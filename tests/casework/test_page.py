"""docs/casework.md names every act on a case, its guards, and the clauses that permit it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from authz.grants import Grant
from resolvers.casework.registered import ACTS
from tests.protocols.matrix import packaged

PAGE = (Path(__file__).parents[2] / "docs" / "casework.md").read_text("utf-8")
TABLE = PAGE.partition("## Who may do what")[2].partition("\n## ")[0]
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", TABLE, re.MULTILINE))
MINE = sorted(
    name for name, act in ACTS.items() if act.authority in ("ReturnCase", "Victim", "Referral")
)


def _digits(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", text)]


def under(name: str) -> str:
    """The clauses that name an act, as the page writes them: the three laws as one."""
    grants: list[Grant] = [g for d in packaged().values() for g in d.grants]
    found: dict[str, set[str]] = {}
    for grant in grants:
        if name in grant.operations:
            code = grant.clause.agreement
            found.setdefault("law" if code.endswith("-LAW") else code, set()).add(
                grant.clause.article
            )
    return "; ".join(
        f"{code} {', '.join(sorted(articles, key=_digits))}"
        for code, articles in sorted(found.items(), key=lambda item: (item[0] != "law", item[0]))
    )


@pytest.mark.parametrize("name", MINE)
def test_the_page_says_who_may_and_what_must_be_true(name: str) -> None:
    what, clauses, guards = ROWS[name].split(" | ")
    assert what
    assert clauses == under(name)
    assert guards.split() == ([g.value for g in ACTS[name].guards] or ["-"])


def test_the_page_names_no_act_that_is_not_there() -> None:
    assert set(ROWS) <= set(ACTS)
