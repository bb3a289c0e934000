"""Propose, ratify, end: two people of two parties, one text, and nothing in between."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from authz.documents import Document
from resolvers.lawmaking import unproved
from tests.compiler.registry import Registry, add_case
from tests.law.asking import asked, asked_at_once, person
from tests.law.texts import next_version, text_of

VERSION = "{ agreement version state bound contentHash reportHash until }"
PROPOSE = f"""mutation($content: String!, $from: DateTime, $report: String) {{
  proposeProtocol(content: $content, inForceFrom: $from, report: $report) {{
    version {VERSION} problems {{ code message remedy line }} accessRecord }} }}"""
RATIFY = f"""mutation($agreement: String!, $version: Int!, $hash: String!, $report: String) {{
  ratifyProtocol(agreement: $agreement, version: $version, contentHash: $hash, reportHash: $report)
  {{ version {VERSION} problems {{ code }} accessRecord }} }}"""
END = f"""mutation($agreement: String!, $version: Int!, $until: DateTime!) {{
  endProtocol(agreement: $agreement, version: $version, until: $until) {{
    version {VERSION} problems {{ code }} }} }}"""
TWO_ACTS = """mutation($i: ID!) {
  a: reviewEmergency(id: $i, finding: JUSTIFIED) { opened { id } }
  b: reviewEmergency(id: $i, finding: JUSTIFIED) { opened { id } } }"""
NAMES = "{ victims { edges { node { familyName } } } }"
BANGKOK = person("TH-MFA", "AGREEMENT_STEWARD", "khun a")
ELSE = person("TH-MFA", "AGREEMENT_STEWARD", "khun b")
PHNOM_PENH = person("KH-MFAIC", "AGREEMENT_STEWARD", "lok c")
VIENTIANE = person("LA-MOFA", "AGREEMENT_STEWARD", "than d")
DESK = person("KH-MOSVY", "FOCAL_POINT", "desk", "TRACING")
AGREED = "TH-KH-2014"
NUMBER = next_version(AGREED)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _without_names() -> str:
    """The next version of TH-KH-2014, in which nobody is named any more."""
    return text_of(AGREED, NUMBER).replace('"IDENTITY", ', "").replace(', "IDENTITY"', "")


def act(registry: Registry, who: Any, query: str, **variables: Any) -> dict[str, Any]:
    answer = asked(registry, who, query, **variables)
    ((_, payload),) = answer["data"].items()
    payload["codes"] = [p["code"] for p in payload["problems"]]
    return dict(payload)


def ratify(registry: Registry, who: Any, text: str, **more: Any) -> dict[str, Any]:
    given = {"agreement": AGREED, "version": NUMBER, "hash": _digest(text), **more}
    return act(registry, who, RATIFY, **given)


@pytest.fixture
def named(registry: Registry) -> Registry:
    with psycopg.connect(registry.owner) as connection:
        add_case(connection, "KH", "TRACING", "Canary")
        connection.commit()
    return registry


def _names(registry: Registry) -> list[str]:
    answer = asked(registry, DESK, NAMES)
    return [e["node"]["familyName"] for e in answer["data"]["victims"]["edges"]]


def test_two_people_of_two_countries_make_a_version_law(named: Registry) -> None:
    text = _without_names()
    assert _names(named) == ["Canary"]
    proposed = act(named, BANGKOK, PROPOSE, content=text)
    assert proposed["codes"] == []
    assert proposed["version"] == {
        "agreement": AGREED,
        "version": NUMBER,
        "state": "PROPOSED",
        "bound": ["TH"],
        "contentHash": _digest(text),
        "reportHash": None,
        "until": None,
    }
    assert _names(named) == ["Canary"]  # nothing bites before the other party's word
    ratified = ratify(named, PHNOM_PENH, text)
    assert (ratified["codes"], ratified["version"]["state"]) == ([], "IN_FORCE")
    assert _names(named) == [None]
    (leaf,) = named.leaves(ratified["accessRecord"])
    assert (leaf["kind"], leaf["pair"]) == ("POLICY", "KH-TH")
    assert leaf["act"] == {
        "contentHash": _digest(text),
        "from": "PROPOSED",
        "subject": f"{AGREED}@{NUMBER}",
        "to": "RATIFIED KH",
    }
    assert leaf["caller"]["subject"] == "lok c"


def test_nobody_ratifies_what_they_proposed(registry: Registry) -> None:
    text = text_of("TH-LAW", next_version("TH-LAW"))
    assert act(registry, BANGKOK, PROPOSE, content=text)["version"]["bound"] == []
    given = {"agreement": "TH-LAW", "version": next_version("TH-LAW"), "hash": _digest(text)}
    assert act(registry, BANGKOK, RATIFY, **given)["codes"] == ["SAME_PERSON"]
    done = act(registry, ELSE, RATIFY, **given)
    assert (done["codes"], done["version"]["state"]) == ([], "IN_FORCE")


def test_one_party_speaks_once(registry: Registry) -> None:
    text = text_of(AGREED, NUMBER)
    act(registry, BANGKOK, PROPOSE, content=text)
    assert ratify(registry, ELSE, text)["codes"] == ["ALREADY_BOUND"]
    assert ratify(registry, PHNOM_PENH, text)["codes"] == []
    assert ratify(registry, PHNOM_PENH, text)["codes"] == ["ALREADY_BOUND"]


def test_what_is_ratified_is_what_was_proposed(registry: Registry) -> None:
    text, report = text_of(AGREED, NUMBER), '{"refused": 3}'
    act(registry, BANGKOK, PROPOSE, content=text, report=report)
    assert ratify(registry, PHNOM_PENH, text + "\n")["codes"] == ["OTHER_TEXT"]
    assert ratify(registry, PHNOM_PENH, text)["codes"] == ["OTHER_REPORT"]
    assert ratify(registry, PHNOM_PENH, text, report=_digest("x"))["codes"] == ["OTHER_REPORT"]
    assert ratify(registry, PHNOM_PENH, text, report=_digest(report))["codes"] == []


def test_a_version_never_changes(registry: Registry) -> None:
    text = text_of(AGREED, NUMBER)
    act(registry, BANGKOK, PROPOSE, content=text)
    again = act(registry, PHNOM_PENH, PROPOSE, content=text + "# other\n")
    assert again["codes"] == ["VERSION_TAKEN"]
    assert again["problems"][0]["remedy"] == f"version = {NUMBER + 1}"
    with psycopg.connect(registry.owner) as connection, pytest.raises(psycopg.DatabaseError):
        connection.execute("update policy.protocol_version set content = ''")


def test_others_know_nothing_of_it(registry: Registry) -> None:
    text = text_of(AGREED, NUMBER)
    missing = ratify(registry, VIENTIANE, text)
    assert missing["codes"] == ["UNKNOWN_VERSION"]
    act(registry, BANGKOK, PROPOSE, content=text)
    assert ratify(registry, VIENTIANE, text) == missing
    assert act(registry, VIENTIANE, PROPOSE, content=text)["codes"] == ["NOT_A_PARTY"]
    listed = asked(registry, VIENTIANE, f"{{ protocolVersions {VERSION} }}")
    found = {(v["agreement"], v["version"]) for v in listed["data"]["protocolVersions"]}
    assert (AGREED, NUMBER) not in found
    listed = asked(registry, PHNOM_PENH, f"{{ protocolVersions {VERSION} }}")
    found = {(v["agreement"], v["version"]) for v in listed["data"]["protocolVersions"]}
    assert (AGREED, NUMBER) in found


def test_only_a_steward_makes_law(registry: Registry) -> None:
    who = person("TH-DATIP", "FOCAL_POINT", "desk")
    answer = asked(registry, who, PROPOSE, content=text_of(AGREED, NUMBER))
    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "OPERATION_NOT_PERMITTED"
    (leaf,) = registry.leaves(answer["extensions"]["accessRecord"])
    assert leaf["outcome"] == "REFUSED"


def test_a_bad_text_dies_whole_with_its_lines(registry: Registry) -> None:
    text = text_of(AGREED, NUMBER).replace('"KH-MOSVY"', '"KH-MOSVIE"', 1)
    line = text[: text.index("KH-MOSVIE")].count("\n") + 1
    refused = act(registry, BANGKOK, PROPOSE, content=text)
    assert refused["version"] is None
    assert refused["problems"][0]["line"] == line
    assert "KH-MOSVY" in str(refused["problems"][0])
    with psycopg.connect(registry.owner) as connection:
        row = connection.execute(
            "select count(*) from policy.protocol_version where version = %s", (NUMBER,)
        ).fetchone()
    assert row == (0,)


def test_a_version_on_which_a_proof_fails_takes_no_effect(named: Registry) -> None:
    story = "A case: host TH, origin KH. The agency VN-MPS reads it"
    text, seen = _without_names(), []

    def failing(documents: Sequence[Document]) -> Sequence[str]:
        seen.append({d.code for d in documents})
        return [story]

    refused = act(named, BANGKOK, PROPOSE, content=text, prove=failing)
    assert refused["codes"] == ["PROOF_FAILED"]
    assert refused["problems"][0]["message"] == story
    assert f"{AGREED}@{NUMBER}" in seen[0]
    assert f"{AGREED}@{NUMBER - 1}" not in seen[0]
    assert len(seen[0]) > 5
    act(named, BANGKOK, PROPOSE, content=text)
    # the last word is proved again: the law around it may have moved
    assert ratify(named, PHNOM_PENH, text, prove=failing)["codes"] == ["PROOF_FAILED"]
    assert _names(named) == ["Canary"]
    assert ratify(named, PHNOM_PENH, text, prove=unproved)["codes"] == ["PROOF_UNAVAILABLE"]


def test_it_begins_at_the_instant_stated(named: Registry) -> None:
    text = _without_names()
    soon = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=4)).isoformat()
    act(named, BANGKOK, PROPOSE, content=text, **{"from": soon})
    assert ratify(named, PHNOM_PENH, text)["version"]["state"] == "RATIFIED"
    assert _names(named) == ["Canary"]
    time.sleep(4.2)
    assert _names(named) == [None]


def test_a_party_leaves_and_it_ends_for_all(named: Registry) -> None:
    given = {"agreement": AGREED, "version": NUMBER - 1}
    now = dt.datetime.now(dt.UTC)
    past = (now - dt.timedelta(days=1)).isoformat()
    soon = (now + dt.timedelta(seconds=3)).isoformat()
    assert act(named, PHNOM_PENH, END, until=past, **given)["codes"] == ["IN_THE_PAST"]
    assert act(named, VIENTIANE, END, until=soon, **given)["codes"] == ["UNKNOWN_VERSION"]
    ended = act(named, PHNOM_PENH, END, until=soon, **given)
    assert (ended["codes"], ended["version"]["state"]) == ([], "IN_FORCE")
    assert act(named, PHNOM_PENH, END, until=soon, **given)["codes"] == ["ALREADY_ENDED"]
    time.sleep(3.2)
    assert _names(named) == []
    listed = asked(named, PHNOM_PENH, f"{{ protocolVersions {VERSION} }}")
    states = {
        (v["agreement"], v["version"]): v["state"] for v in listed["data"]["protocolVersions"]
    }
    assert states[AGREED, NUMBER - 1] == "ENDED"


def test_two_people_ratify_at_once_and_one_word_counts(registry: Registry) -> None:
    text = text_of(AGREED, NUMBER)
    act(registry, BANGKOK, PROPOSE, content=text)
    given = {"agreement": AGREED, "version": NUMBER, "hash": _digest(text)}
    other = person("KH-MFAIC", "AGREEMENT_STEWARD", "lok e")
    codes = [
        [p["code"] for p in answer["data"]["ratifyProtocol"]["problems"]]
        for answer in asked_at_once(registry, (PHNOM_PENH, other), RATIFY, **given)
    ]
    assert sorted(codes) == [[], ["ALREADY_BOUND"]]


@pytest.mark.parametrize(
    "query",
    [
        "mutation { __typename }",
        'mutation { a: openEmergency(caseId: "x", reason: "y") { opened { id } } }',
        TWO_ACTS,
    ],
)
def test_a_mutation_is_one_well_formed_act(registry: Registry, query: str) -> None:
    i = "00000000-0000-4000-8000-000000000000"
    answer = asked(registry, BANGKOK, query, i=i)
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
