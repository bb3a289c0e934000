"""A judge that never disagrees proves nothing: mistakes put into the compiler are found, each
within 300 cases, and the trials reach what they are said to reach.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from authz.grants import Grant
from resolvers import decision, filtering, freezing, history, predicates, rows, sender
from tests.judges.asking import ask
from tests.judges.rules import Judge
from tests.judges.test_judges import CASES
from tests.judges.trial import Court, trials
from tests.judges.values import class_of

pytestmark = pytest.mark.deep  # each mistake is looked for in many worlds

Patch = pytest.MonkeyPatch


def _reworded(patch: Patch, condition: str, wrong: Callable[[str], str]) -> None:
    """Let a condition's predicate say something else."""
    read = predicates._PREDICATES[condition]

    def planted(*given: Any) -> str:
        return wrong(read(*given))

    patch.setitem(predicates._PREDICATES, condition, planted)


def _country_withdrawals(patch: Patch) -> None:
    """What was closed for the country does not close what was given to the agency."""
    both = re.compile(r"\((\S+ = any\(s\.recipients\)) or \S+ = any\(s\.recipients\) or ")
    _reworded(patch, "consent", lambda sql: both.sub(r"(\1 or ", sql))


def _withdrawals_from_everybody(patch: Patch) -> None:
    """A withdrawal that names nobody closes nothing."""
    _reworded(patch, "consent", lambda sql: sql.replace(" or s.recipients = '{}'", ""))


def _objections(patch: Patch) -> None:
    _reworded(patch, "no_objection", lambda _: "true")


def _ended_assignments(patch: Patch) -> None:
    ended = " and (a.until_at is null or a.until_at > now())"
    _reworded(patch, "assigned", lambda sql: sql.replace(ended, ""))


def _requests_without_number(patch: Patch) -> None:
    _reworded(patch, "formal_request", lambda sql: sql.replace(" and q.number is not null", ""))


def _colleagues_openings(patch: Patch) -> None:
    mine = re.compile(r" and o\.subject = \S+")
    _reworded(patch, "emergency_open", lambda sql: mine.sub("", sql))


def _sides(patch: Patch) -> None:
    patch.setattr(predicates, "_side", lambda *_: [])


def _restrictions(patch: Patch) -> None:
    patch.setattr(sender, "_applies", lambda *_: "false")


def _disputed_age(patch: Patch) -> None:
    told = predicates._ADULT.replace("not {v}.age_disputed and ", "")
    assert told != predicates._ADULT
    patch.setattr(predicates, "_ADULT", told)


def _narrowing_claim(patch: Patch) -> None:
    """The claim `cases` narrows nothing."""
    read = predicates.anchors

    def planted(grant: Grant, where: Any) -> list[str]:
        parts = read(grant, where)
        return [f"({part} or true)" if ".id = any(" in part else part for part in parts]

    patch.setattr(predicates, "anchors", planted)
    patch.setattr(decision, "anchors", planted)


def _before_notice(patch: Patch) -> None:
    """Origin sees what was not notified, and what is no national's."""
    patch.setattr(decision, "origin_may_see", lambda *_: "true")


def _classes_of_other_grants(patch: Patch) -> None:
    """Whatever shows the row shows every class that some grant carries."""
    read = decision._open

    def planted(made: decision.Decision, m: str, _: int) -> str:
        return "(" + " or ".join(read(made, m, i) for i in range(len(made.grants))) + ")"

    patch.setattr(decision, "_open", planted)


def _later_versions(patch: Patch) -> None:
    """The host is shown what stands there now."""
    patch.setattr(freezing, "openers", lambda *_: None)


def _records_of_the_origin(patch: Patch) -> None:
    """What came after the handover is seen as well."""
    _reworded(patch, "host_part_frozen", lambda _: "true")


def _feedback_as_it_was(patch: Patch) -> None:
    patch.setattr(freezing, "NEVER_FROZEN", frozenset())


def _filters_on_what_is_now(patch: Patch) -> None:
    """A filter compares what stands there now, though another value is shown."""
    patch.setattr(filtering, "frozen", lambda *_: None)


def _replaced(patch: Patch, *pairs: tuple[str, str]) -> None:
    """Let the history of a record be made of other text."""
    made = history.history_sql

    def planted(*given: Any) -> str:
        sql = made(*given)
        for right, wrong in pairs:
            assert right in sql
            sql = sql.replace(right, wrong)
        return sql

    patch.setattr(rows, "history_sql", planted)


def _history_of_what_is_closed(patch: Patch) -> None:
    """A line says that something was changed, though nothing of it is open."""
    _replaced(patch, (" or g.fields <> '{}')", " or true)"))


def _history_before_the_notice(patch: Patch) -> None:
    _replaced(patch, (" and c.notified_at <= g.at", ""))


def _whoever_did_it(patch: Patch) -> None:
    """The other country is told who did it."""
    _replaced(patch, ("case when (d.agency_code = ", "case when (true or d.agency_code = "))


def _history_after_the_handover(patch: Patch) -> None:
    """The host learns of changes to what it is shown as it was."""
    made = history.history_sql
    patch.setattr(rows, "history_sql", lambda e, a, s, _, p: made(e, a, s, {}, p))


FOUND_ALWAYS = (
    _history_of_what_is_closed,
    _history_before_the_notice,
    _whoever_did_it,
    _later_versions,
    _country_withdrawals,
    _sides,
    _restrictions,
    _disputed_age,
    _narrowing_claim,
    _classes_of_other_grants,
)
FOUND_IN_MINUTES = (
    _records_of_the_origin,
    _feedback_as_it_was,
    _filters_on_what_is_now,
    _history_after_the_handover,
    _withdrawals_from_everybody,
    _objections,
    _ended_assignments,
    _requests_without_number,
    _colleagues_openings,
    _before_notice,
)
PLANTED = (
    *FOUND_ALWAYS,
    *(pytest.param(plant, marks=pytest.mark.deep) for plant in FOUND_IN_MINUTES),
)


@pytest.mark.parametrize("plant", PLANTED, ids=lambda each: each.__name__.strip("_"))
def test_a_planted_mistake_is_found(
    court: Court, monkeypatch: Patch, plant: Callable[[Patch], None]
) -> None:
    plant(monkeypatch)
    asked = 0
    for seed in range(CASES):
        for case in trials(court.shipped, Random(seed), 1, 3):
            asked += 1
            if court.differences(case):
                print(f"\n{plant.__name__} found by case {asked}", flush=True)  # noqa: T201
                return
            if asked == CASES:
                pytest.fail(f"not found by {asked} cases")


def test_the_trials_reach_what_they_are_said_to_reach(court: Court) -> None:
    seen: Counter[str] = Counter()
    for seed in range(90):
        for case in trials(court.shipped, Random(seed), 3, 4):
            now = dt.datetime.now(dt.UTC)
            judge = Judge(case.world, case.policy, case.caller, case.purpose, now)
            said = ask(judge, case.query)
            seen["refused whole"] += said.data is None
            seen["shown"] += bool(said.disclosures)
            seen["as it was"] += any(
                _is_old(judge, name, record) for _, name, record in said.disclosures
            )
            seen["by two clauses"] += len({clause for clause, _, _ in said.disclosures}) > 1
            seen["searched"] += bool(said.searched and said.disclosures)
            seen.update(reason for reasons in said.withheld.values() for reason in reasons)
            seen.update(f"refused {reason}" for _, _, reason in said.errors)
    rare = {name: seen[name] for name in REACHED if seen[name] < 3}
    assert not rare
    assert seen["shown"] > 300, seen


def _is_old(judge: Judge, name: str, record: str) -> bool:
    entity, field = name.split(".")
    data_class = class_of(entity, field)
    return judge.shown_as(judge.world.records()[record], data_class)[1] is not None


REACHED = (
    "refused whole",
    "as it was",
    "by two clauses",
    "searched",
    "refused CLASS",
    "refused PURPOSE",
    "NO_PROTOCOL",
    "NOT_ASSIGNED",
    "STAGE",
    "CONSENT",
    "MINOR",
    "RESTRICTED_BY_SENDER",
    "WITHHELD",
)
