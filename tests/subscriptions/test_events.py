"""What an event is: decided for its caller at its moment, recorded, never of what is hidden."""

from __future__ import annotations

from tests.exact.test_doors import all_of
from tests.refusals.facts import Said
from tests.subscriptions.watching import ANY, DESK, ONE, PERSON, Watchers
from tests.tracing.house import HOLDER, PHNOM_PENH, VIENTIANE


def test_a_change_is_told_once_and_stands_in_the_record(watchers: Watchers) -> None:
    house, case = watchers.house, watchers.house.cambodian.case
    desk = watchers.watch(PHNOM_PENH, ONE, id=case)
    before = house.cells()
    watchers.step(case)
    watchers.until(lambda: bool(desk.bodies))
    watchers.settled(PHNOM_PENH)
    (told,) = desk.cases()
    assert told["id"] == case
    (record,) = desk.records()
    shown = {cell for cell in house.cells() - before if cell[1] == case}
    assert shown == {(record, case, "ReturnCase.state"), (record, case, "ReturnCase.openedOn")}
    (header,) = house.owner.execute(
        "select operation_name, agency, purpose from ledger.access_record where id = %s", (record,)
    ).fetchall()
    assert header == ("One", "KH-MOSVY", "TRACING")


def test_what_may_not_be_seen_makes_no_event_and_no_record(watchers: Watchers) -> None:
    house, case = watchers.house, watchers.house.cambodian.case
    foreign = house.laotian.case
    watching = [
        watchers.watch(PHNOM_PENH, ONE, id=case),
        watchers.watch(PHNOM_PENH, PERSON, id=foreign),
        watchers.watch(PHNOM_PENH, ANY),
        watchers.watch(VIENTIANE, PERSON, id=case),
        watchers.watch(VIENTIANE, ONE, id="00000000-0000-4000-8000-00000000dead"),
    ]
    written = house.owner.execute("select count(*) from ledger.access_record").fetchone()
    watchers.hidden(case)
    house.owner.execute(
        "update registry.victim set narrative = 'other' where id = %s", (house.cambodian.victim,)
    )
    watchers.step(foreign)
    watchers.hidden(case)
    watchers.settled(PHNOM_PENH)
    seen = [outlet.cases() for outlet in watching]
    # the marker's own step is a change that the Cambodian desk may see
    assert seen[0] == seen[1] == seen[3] == seen[4] == []
    assert [told["id"] for told in seen[2] if told["id"] in (case, foreign)] == []
    now = house.owner.execute("select count(*) from ledger.access_record").fetchone()
    assert written is not None
    assert now is not None
    assert now[0] - written[0] == 1 + len(seen[2])


def test_a_withdrawal_is_judged_anew_at_the_next_event(watchers: Watchers) -> None:
    """W02."""
    case = watchers.house.cambodian.case
    one, wide = watchers.watch(PHNOM_PENH, PERSON, id=case), watchers.watch(PHNOM_PENH, ANY)
    watchers.step(case)
    watchers.until(lambda: bool(one.bodies and wide.bodies) or bool(one.ended))
    watchers.say(case, Said("TRACING", "WITHDRAWN"))
    watchers.until(lambda: len(one.bodies) > 1 and len(wide.bodies) > 1)
    assert [
        told["victim"] is not None and told["victim"]["familyName"] for told in one.cases()
    ] == [
        "Canary of the family",
        None,
    ]


def test_a_case_that_leaves_the_view_is_null_once(watchers: Watchers) -> None:
    case = watchers.house.cambodian.case
    one, wide = watchers.watch(PHNOM_PENH, ONE, id=case), watchers.watch(PHNOM_PENH, ANY)
    watchers.say(case, Said("NOTIFICATION", "REFUSED"))
    watchers.until(lambda: bool(one.bodies and wide.bodies))
    watchers.step(case)
    watchers.hidden(case)
    watchers.settled(PHNOM_PENH)
    assert one.cases() == [None]
    assert wide.cases()[0] is None


def test_the_worklist_is_of_the_cases_whose_next_step_is_the_desks(watchers: Watchers) -> None:
    house, case = watchers.house, watchers.house.cambodian.case
    thai, khmer = watchers.watch(HOLDER, DESK), watchers.watch(PHNOM_PENH, DESK)
    watchers.step(case)
    watchers.until(lambda: bool(khmer.bodies))
    watchers.settled(PHNOM_PENH)
    # while the family is being traced the next step is the origin's
    assert thai.bodies == []
    assert khmer.cases()[0]["id"] == case
    searched = house.owner.execute(
        "select searched from ledger.access_record where id = %s", (khmer.records()[0],)
    ).fetchone()
    assert searched == (["ReturnCase.state"],)
    watchers.move(case, "TRACING", "ASSESSED")
    watchers.until(lambda: bool(thai.bodies))
    assert thai.cases()[0]["id"] == case
    watchers.move(case, "ASSESSED", "RETURN_PLANNED")
    watchers.until(lambda: None in thai.cases() and None in khmer.cases())
    watchers.step(case)
    watchers.settled(HOLDER)
    assert thai.cases()[1:] == [None]


def test_a_word_of_one_side_moves_the_case_from_its_worklist_to_the_others(
    watchers: Watchers,
) -> None:
    """Nobody has had anything of the case yet: it is compared with the list of before the word."""
    case = watchers.house.cambodian.case
    watchers.move(case, "TRACING", "ASSESSED")
    thai, khmer = watchers.watch(HOLDER, DESK), watchers.watch(PHNOM_PENH, DESK)
    watchers.sign(case, "HOST")
    watchers.until(lambda: bool(thai.bodies))
    assert (thai.cases(), khmer.cases()) == ([None], [])
    watchers.sign(case, "ORIGIN")
    watchers.until(lambda: len(thai.bodies) > 1 and bool(khmer.bodies))
    # hers was the next step all the time: of the first word there was nothing to tell her
    assert (thai.cases()[1]["id"], khmer.cases()) == (case, [None])


def test_every_field_can_be_watched_and_its_past_be_asked(watchers: Watchers) -> None:
    """A subscriber to any case is compared with the past, so the past has to answer everything."""
    whole = all_of("ReturnCase")
    wide = watchers.watch(HOLDER, f"subscription {{ returnCaseChanged {whole} }}")
    desk = watchers.watch(PHNOM_PENH, f"subscription {{ worklistChanged {whole} }}")
    case = watchers.house.cambodian.case
    watchers.step(case)
    watchers.until(lambda: bool(wide.bodies or wide.ended) and bool(desk.bodies or desk.ended))
    assert wide.ended == desk.ended == []
    assert wide.cases()[0]["id"] == desk.cases()[0]["id"] == case


def test_a_line_that_is_cut_loses_no_change(watchers: Watchers) -> None:
    house, case = watchers.house, watchers.house.cambodian.case
    desk = watchers.watch(PHNOM_PENH, ONE, id=case)
    house.owner.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name ="
        " 'saphan events' and datname = current_database()"
    )
    watchers.step(case)
    watchers.until(lambda: bool(desk.bodies))
    assert desk.cases()[0]["id"] == case


def test_who_may_not_be_told_now_is_told_when_she_may(watchers: Watchers) -> None:
    """The deny list is too old to say, or her line takes nothing: nothing is lost."""
    house, case = watchers.house, watchers.house.cambodian.case
    unknown, blocked = (watchers.watch(PHNOM_PENH, ONE, id=case) for _ in range(2))
    unknown.good, blocked.open = False, False
    before = house.cells()
    watchers.step(case)
    watchers.until(lambda: unknown.asked > 1)
    assert unknown.bodies == blocked.bodies == []
    assert house.cells() == before
    unknown.good, blocked.open = True, True
    watchers.under_way[1].go_on()
    watchers.until(lambda: bool(unknown.bodies and blocked.bodies))
