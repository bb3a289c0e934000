"""What the year came to: numbers that anybody can ask the registry for again.

Takes a connection of the owner's role, gives a count or counts by label for
each question, with the very query that found them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

import psycopg


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's name, its query, and what it found: (label, number) each."""

    name: str
    query: str
    found: tuple[tuple[str, int], ...]


QUESTIONS: tuple[tuple[str, LiteralString], ...] = (
    (
        "cases by state",
        "select state, count(*) from registry.return_case group by 1 order by 2 desc, 1",
    ),
    (
        "cases by closing reason",
        (
            "select closing_reason, count(*) from registry.return_case"
            " where closing_reason is not null group by 1 order by 2 desc, 1"
        ),
    ),
    (
        "steps by edge",
        (
            "select concat(from_state, ' -> ', state), count(*) from registry.transition"
            " group by 1 order by 2 desc, 1"
        ),
    ),
    (
        "consents by state",
        "select state, count(*) from registry.consent group by 1 order by 2 desc, 1",
    ),
    (
        "objections to the notice",
        (
            "select 'cases', count(distinct case_id) from registry.consent"
            " where purpose = 'NOTIFICATION' and state = 'REFUSED'"
        ),
    ),
    (
        "referrals by state",
        "select state, count(*) from registry.referral group by 1 order by 2 desc, 1",
    ),
    (
        "holds by reason",
        (
            "select hold_reason, count(distinct id) from (select id, hold_reason from"
            " history.return_case union all select id, hold_reason from registry.return_case) v"
            " where hold_reason is not null group by 1 order by 2 desc, 1"
        ),
    ),
    (
        "assessed more than once",
        (
            "select 'cases', count(*) from (select from registry.assessment group by case_id"
            " having count(*) > 1) a"
        ),
    ),
    (
        "people who were corrected",
        (
            "select 'people', count(distinct h.id) from history.victim h"
            " join registry.victim v using (id) where (h.given_name, h.birth_date, h.age_disputed,"
            " h.identity_number, h.home_village, h.phone, h.family_contacts) is distinct from"
            " (v.given_name, v.birth_date, v.age_disputed, v.identity_number,"
            " v.home_village, v.phone, v.family_contacts)"
        ),
    ),
    (
        "twins: same family name and birth date, found together, two people",
        (
            "select 'pairs', count(*) from registry.victim a join registry.victim b"
            " on (a.family_name, a.birth_date, a.home_village, a.home_district, a.home_province)"
            " = (b.family_name, b.birth_date, b.home_village, b.home_district, b.home_province)"
            " and a.id < b.id and a.given_name <> b.given_name"
            " where (select min(opened_on) from registry.return_case where victim_id = a.id)"
            " = (select min(opened_on) from registry.return_case where victim_id = b.id)"
        ),
    ),
    (
        "entered twice, and found out",
        "select 'cases', count(*) from registry.return_case where closing_reason = 'DUPLICATE'",
    ),
    (
        "trafficked again: a closed case, and another after it",
        (
            "select 'people', count(distinct c.victim_id) from registry.return_case c"
            " join registry.return_case d on d.victim_id = c.victim_id"
            " where d.opened_on > c.opened_on"
            " and c.closing_reason in ('RE_TRAFFICKED', 'REINTEGRATED')"
        ),
    ),
    (
        "handed over, with the host's part as it stood then",
        "select 'cases', count(distinct case_id) from registry.frozen",
    ),
    (
        "contacts by area of cooperation",
        "select area, count(*) from registry.bilateral_contact group by 1 order by 2 desc, 1",
    ),
    (
        "people who took part, by area",
        (
            "select b.area, sum(a.people) from registry.contact_attendance a"
            " join registry.bilateral_contact b on b.id = a.contact_id"
            " group by 1 order by 2 desc, 1"
        ),
    ),
    (
        "decisions of contacts",
        (
            "select case when done_on is not null then 'done' when due_on < current_date"
            " then 'overdue' else 'to do' end, count(*) from registry.contact_decision"
            " group by 1 order by 2 desc, 1"
        ),
    ),
    (
        "invented instruments by state",
        (
            "select state, count(*) from registry.agreement where title like '%(invented)'"
            " group by 1 order by 2 desc, 1"
        ),
    ),
    (
        "offices handed over",
        (
            "select 'times', count(*) from registry.focal_point p join registry.focal_point n"
            " on n.agency_code = p.agency_code and n.since_on = p.until_on"
            " and n.agreement_code is not distinct from p.agreement_code"
        ),
    ),
)
"""Each with a query of two columns: a label and a number."""


def report(connection: psycopg.Connection[tuple[object, ...]]) -> tuple[Answer, ...]:
    """Ask every question."""
    answers = []
    for name, query in QUESTIONS:
        rows = connection.execute(query).fetchall()
        found = tuple((str(label), int(str(number))) for label, number in rows)
        answers.append(Answer(name, query, found))
    return tuple(answers)
