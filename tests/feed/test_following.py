"""What enters, changes in and leaves a puller's view: every cause, and nothing beside it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import replace

import pytest

from authz.caller import Caller
from tests.feed.asking import Puller, consent
from tests.refusals.facts import NOW, Facts
from tests.tracing.house import (
    AUDITORS,
    HOLDER,
    PHNOM_PENH,
    RETURNING,
    VIENTIANE,
    House,
    person,
)
from tests.tracing.typing_at import Prompt

BORDER = person("TH-IMM", "BORDER_OFFICER", "RETURN")
SHELTER = person("TH-SHELTER", "CASE_WORKER", "RETURN")
POLICE = person("TH-ATPD", "INVESTIGATOR", "PROSECUTION")
REASON = "She is in hospital and her family must be found tonight"


def one(who: Caller) -> Caller:
    """The same desk with a client, and so a stream, of its own."""
    return replace(who, client=uuid.uuid4().hex)


def fields(news: list[tuple[str, str, tuple[str, ...]]], action: str, record: str) -> set[str]:
    """Of all entries of this action on this record."""
    return {name for kind, key, names in news if (kind, key) == (action, record) for name in names}


def test_a_puller_begins_with_what_the_connections_list(house: House) -> None:
    puller = Puller(house, one(PHNOM_PENH), first=7)
    seen = [(e["recordType"], e["recordId"]) for e in puller.run()]
    assert len(seen) == len(set(seen))
    for root, kind in (("victims", "Victim"), ("returnCases", "ReturnCase")):
        query = f"{{ {root}(first: 100) {{ edges {{ node {{ id }} }} }} }}"
        listed = house.ask(PHNOM_PENH, query)["data"][root]["edges"]
        assert {e["node"]["id"] for e in listed} == {key for k, key in seen if k == kind}
    assert puller.news() == []


def test_looking_through_everything_in_pieces_misses_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the wall shows the parts of a case and not the case."""
    monkeypatch.setattr("resolvers.feeding.advancing.ROWS", 5)
    half = house.settle(Facts(origin="LA", agreement="TH-LA-2017"))
    house.owner.execute(
        "insert into registry.case_party (case_id, party) values (%s, 'KH')", (half.case,)
    )
    pieces = Puller(house, one(PHNOM_PENH), first=9)
    found = sorted((e["recordType"], e["recordId"]) for e in pieces.run())
    monkeypatch.undo()
    whole = Puller(house, one(PHNOM_PENH))
    assert found == sorted((e["recordType"], e["recordId"]) for e in whole.run())
    assert len(found) == len(set(found)) > 50
    house.owner.execute("update registry.victim set children_count = 7")
    told = {e["recordId"] for e in pieces.run()} - {key for _, key in found}
    assert told == set(), "what was visible all the time comes into view no more"


def test_a_change_is_told_to_whom_it_is_open_and_to_nobody_else(house: House) -> None:
    made = house.settle(Facts())
    pullers = {who: Puller(house, one(who)) for who in (PHNOM_PENH, VIENTIANE, HOLDER)}
    for puller in pullers.values():
        puller.run()
    house.owner.execute(
        "update registry.victim set family_name = 'New', diagnosis = 'more' where id = %s",
        (made.victim,),
    )
    assert pullers[PHNOM_PENH].news() == [("LOOK_AGAIN", made.victim, ("familyName",))]
    assert pullers[VIENTIANE].news() == []
    assert fields(pullers[HOLDER].news(), "LOOK_AGAIN", made.victim) == {"familyName"}
    house.owner.execute("update registry.victim set diagnosis = '' where id = %s", (made.victim,))
    assert pullers[PHNOM_PENH].news() == []


def test_entries_come_in_the_order_of_commits(house: House) -> None:
    puller = Puller(house, one(PHNOM_PENH))
    puller.run()
    order = [house.settle(Facts()).case for _ in range(4)]
    found = [e["recordId"] for e in puller.run() if e["recordType"] == "ReturnCase"]
    assert found == order


def test_a_consent_withdrawn_takes_back_what_was_delivered(house: House) -> None:
    made, puller = house.settle(Facts()), Puller(house, one(PHNOM_PENH))
    puller.run()
    consent(house, made.case, "TRACING", "WITHDRAWN", "KH")
    first = puller.news()
    # of what the question of these tests selects
    assert fields(first, "WITHDRAWN", made.victim) == {"givenName", "familyName", "homeVillage"}
    again = puller.news()
    assert [e for e in first if e[0] == "WITHDRAWN"] == again, "until it is acknowledged"
    stranger = str(uuid.uuid4())
    assert puller.erased(house.laotian.victim, stranger)["acknowledged"] == 0
    assert puller.erased(made.victim)["acknowledged"] == 1
    assert puller.news() == []
    consent(house, made.case, "TRACING", "GIVEN", "KH")
    assert "familyName" in fields(puller.news(), "LOOK_AGAIN", made.victim)


def unread(house: House, who: Caller) -> Puller:
    """A puller whose listing is over and that was shown nothing."""
    query = """query Places($after: String) { changes(after: $after, first: 100) {
      pageInfo { hasNextPage endCursor } } }"""
    puller, more = Puller(house, one(who)), True
    while more:
        page = house.ask(puller.who, query, after=puller.cursor)["data"]["changes"]["pageInfo"]
        puller.cursor, more = page["endCursor"], page["hasNextPage"]
    return puller


def test_what_was_never_delivered_is_not_withdrawn(house: House) -> None:
    made = house.settle(Facts())
    puller = unread(house, PHNOM_PENH)
    consent(house, made.case, "NOTIFICATION", "REFUSED", "KH")
    assert [e for e in puller.news() if e[1] in made.ids()] == []


def test_an_objection_takes_back_the_whole_case(house: House) -> None:
    made, puller = house.settle(Facts()), Puller(house, one(PHNOM_PENH))
    puller.run()
    [(said,)] = house.owner.execute(
        "select id::text from registry.consent where case_id = %s and purpose = 'TRACING'",
        (made.case,),
    ).fetchall()
    consent(house, made.case, "NOTIFICATION", "REFUSED", "KH")
    news = puller.news()
    for record in (made.victim, made.case, said):
        assert "id" in fields(news, "WITHDRAWN", record)
    assert all(each["record"] is None for each in puller.run())


@pytest.mark.parametrize("closing", ["assignment", "restriction", "clock"])
def test_every_kind_of_end_is_a_withdrawal(house: House, closing: str) -> None:
    made = house.settle(Facts(assigned=("TH-SHELTER", 5)))
    puller = Puller(house, one(SHELTER))
    assert any(e["recordId"] == made.victim for e in puller.run())
    if closing == "restriction":
        house.owner.execute(
            "insert into registry.restriction (id, record_id, set_by, from_at)"
            " values (%s, %s, 'KH-MOSVY', now())",
            (str(uuid.uuid4()), made.victim),
        )
    elif closing == "assignment":
        house.owner.execute(
            "update registry.assignment set until_at = now() where case_id = %s", (made.case,)
        )
    else:
        # as if it had been entered long ago and no write told of it
        house.execute(
            "update registry.assignment set until_at = now() where case_id = %s", made.case
        )
        house.owner.execute("update feed.stream set clock_at = now() - interval '1 hour'")
    assert "id" in fields(puller.news(), "WITHDRAWN", made.victim)


def test_a_birthday_and_a_window_are_told(house: House) -> None:
    born = dt.date(NOW.year - 18, NOW.month, NOW.day)
    young = house.settle(Facts(age=17, guarded=True))
    house.owner.execute(
        "update registry.victim set birth_date = %s where id = %s", (born, young.victim)
    )
    late = house.settle(Facts(state="DOCUMENTS_READY", planned_in=-1))
    puller, border = Puller(house, one(PHNOM_PENH)), Puller(house, one(BORDER))
    puller.run()
    border.run()
    assert [e for e in border.news() if e[1] == late.case] == []
    # yesterday it was all different
    house.owner.execute("update feed.stream set clock_at = clock_at - interval '1 day'")
    assert fields(puller.news(), "LOOK_AGAIN", young.victim) == {"ageBand", "isMinor"}


def test_a_protocol_that_ends_takes_back_and_one_of_others_does_not(own_house: House) -> None:
    house, made = own_house, own_house.cambodian
    puller, other = Puller(house, PHNOM_PENH), Puller(house, VIENTIANE)
    puller.run()
    other.run()
    house.owner.execute(
        "insert into policy.ending (version_id, party, until_at, agency, subject)"
        " select id, 'KH', now(), 'KH-MFAIC', 'a steward' from policy.protocol_version"
        " where agreement_code = 'TH-KH-2014'"
    )
    assert "id" in fields(puller.news(), "WITHDRAWN", made.victim)
    before = house.owner.execute("select rights from feed.stream order by id").fetchall()
    assert other.news() == []
    assert before == house.owner.execute("select rights from feed.stream order by id").fetchall()


def test_an_emergency_opening_enters_no_feed(house: House) -> None:
    nurse = one(person("TH-SHELTER", "CASE_WORKER", "RETURN", subject="a nurse"))
    made, puller = house.settle(Facts()), Puller(house, nurse)
    puller.run()
    opened = house.ask(
        nurse,
        "mutation O($c: ID!, $r: String!) { openEmergency(caseId: $c, reason: $r) {"
        " opened { id } problems { code } } }",
        c=made.case,
        r=REASON,
    )
    assert opened["data"]["openEmergency"]["problems"] == []
    name = house.ask(nurse, f'{{ victim(id: "{made.victim}") {{ familyName }} }}')
    assert name["data"]["victim"]["familyName"] is not None
    assert [e for e in puller.news() if e[1] in made.ids()] == []
    fresh = Puller(house, nurse)
    assert [e for e in fresh.run() if e["recordId"] in made.ids()] == []


def test_a_link_follows_its_target(house: House) -> None:
    made, puller = house.settle(Facts()), Puller(house, one(PHNOM_PENH))
    puller.run()
    house.owner.execute(
        "insert into registry.restriction (id, record_id, set_by, from_at)"
        " values (%s, %s, 'TH-DATIP', now())",
        (str(uuid.uuid4()), made.victim),
    )
    news = puller.news()
    assert "id" in fields(news, "WITHDRAWN", made.victim)
    assert fields(news, "LOOK_AGAIN", made.case) == {"victim"}


def test_an_answer_that_was_under_way_is_taken_back_too(house: House) -> None:
    """It reads before the consent ends and is on record only after the feed was brought up."""
    made = house.settle(Facts())
    puller = unread(house, PHNOM_PENH)
    consent(house, made.case, "NOTIFICATION", "REFUSED", "KH")
    assert [e for e in puller.news() if e[1] == made.victim] == []
    record = str(uuid.uuid4())
    body = (
        '{"disclosures":[{"clause":"TH-KH-2014@3#art. 9(2)","fields":["Victim.familyName"],'
        f'"records":["{made.victim}"]}}]}}'
    )
    house.owner.execute(
        "insert into ledger.access_record (id, kind, outcome, agency, country, client, purpose)"
        " values (%s, 'ACCESS', 'DISCLOSED', 'KH-MOSVY', 'KH', %s, 'TRACING')",
        (record, puller.who.client),
    )
    house.owner.execute(
        "insert into ledger.access_leaf (record_id, pair, actor, body, records)"
        " values (%s, 'KH-TH', 'KH', %s, %s)",
        (record, body, [uuid.UUID(made.victim)]),
    )
    house.owner.execute("update feed.stream set checked_at = now() - interval '6 seconds'")
    assert fields(puller.news(), "WITHDRAWN", made.victim) == {"id", "familyName"}


def test_auditors_see_the_number_of_what_is_not_acknowledged(house: House) -> None:
    query = "{ unacknowledgedWithdrawals { agency client count oldest } }"
    made, puller = house.settle(Facts()), Puller(house, one(PHNOM_PENH))
    puller.run()

    def told(country: str) -> list[tuple[str, int]]:
        found = house.ask(AUDITORS[country], query)["data"]["unacknowledgedWithdrawals"]
        return [(e["agency"], e["count"]) for e in found if e["client"] == puller.who.client]

    consent(house, made.case, "TRACING", "WITHDRAWN", "KH")
    # nobody asks any more: what runs beside the requests finds it
    assert house.loop.run(house.engine.follow_feeds()) > 0
    assert told("TH") == told("KH") == [("KH-MOSVY", 1)]
    assert told("LA") == []
    # a role alone opens nothing: a clause names who audits
    for who in (
        HOLDER,
        replace(AUDITORS["TH"], purposes=("TRACING",)),
        replace(AUDITORS["TH"], agency="TH-ATC"),
    ):
        refused = house.ask(who, query)
        assert refused["data"] is None
        assert refused["errors"][0]["extensions"]["code"] == "OPERATION_NOT_PERMITTED"
    puller.run()
    assert puller.erased(made.victim)["remaining"] == 0
    assert told("TH") == []


def test_what_was_not_told_yet_cannot_be_acknowledged(house: House) -> None:
    made, puller = house.settle(Facts()), Puller(house, one(PHNOM_PENH))
    puller.run()
    consent(house, made.case, "TRACING", "WITHDRAWN", "KH")
    house.loop.run(house.engine.follow_feeds())
    said = puller.erased(made.victim)
    assert (said["acknowledged"], said["remaining"]) == (0, 1)
    assert fields(puller.news(), "WITHDRAWN", made.victim)


def test_a_cursor_is_good_for_its_stream_alone(house: House) -> None:
    puller = Puller(house, one(PHNOM_PENH))
    here = puller.who
    puller.run()
    query = "query Q($a: String) { changes(after: $a) { pageInfo { endCursor } } }"
    strangers = (
        replace(VIENTIANE, client=here.client),
        replace(RETURNING, client=here.client),
        replace(here, purposes=("RETURN",)),
        replace(here, client="another"),
        replace(here, unit="Siem Reap"),
        replace(here, cases=(house.cambodian.case,)),
        replace(here, roles=("TRACING_OFFICER",)),
    )
    for who in strangers:
        answer = house.ask(who, query, a=puller.cursor)
        assert answer["errors"][0]["extensions"]["code"] == "CURSOR_INVALID", who
    colleague = replace(here, subject="another person", token_hash="1" * 64)
    assert "errors" not in house.ask(colleague, query, a=puller.cursor)


def test_what_is_too_old_is_dropped_and_says_how_to_start_over(house: House) -> None:
    puller = Puller(house, one(PHNOM_PENH))
    puller.run()
    old = puller.cursor
    house.owner.execute("update registry.victim set alias = 'older'")
    puller.run()
    house.owner.execute("update feed.entry set at = now() - interval '401 days'")
    house.loop.run(house.engine.drop_old_entries())
    assert house.owner.execute("select count(*) from feed.entry").fetchone() == (0,)
    query = "query Q($a: String) { changes(after: $a) { pageInfo { endCursor } } }"
    answer = house.ask(puller.who, query, a=old)
    assert answer["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"
    assert "start over" in answer["errors"][0]["message"]
    assert puller.news() == []


def test_the_number_is_asked_at_the_prompt(own_house: House, prompt: Prompt) -> None:
    puller = Puller(own_house, PHNOM_PENH)
    puller.run()
    consent(own_house, own_house.cambodian.case, "TRACING", "WITHDRAWN", "KH")
    puller.run()
    said = prompt.ledger(own_house, AUDITORS["TH"], "ask", "withdrawals", "--format", "json")
    [row] = json.loads(said.out)
    assert (said.code, row["agency"], row["count"]) == (0, "KH-MOSVY", 1)
    assert "KH-MOSVY" in prompt.ledger(own_house, AUDITORS["TH"], "ask", "withdrawals").out
    refused = prompt.ledger(own_house, HOLDER, "ask", "withdrawals")
    assert (refused.code, refused.out) == (1, "")
