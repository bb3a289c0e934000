"""Section 1: each broken token at the door of a real server gets the one 401, and does nothing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.attacks.conftest import Opened
from tests.attacks.houses import KH, PROVINCE, Answer, Desk, House
from tests.attacks.words import assert_401, assert_dry, inert, written_down
from tests.attacks.world import CASES, PEOPLE
from tests.tokens import forge as f
from tests.tokens.test_hostile import HOSTILE

NAMES = "{ victims(first: 50) { totalCount edges { node { id familyName } } } }"


@pytest.fixture(scope="module")
def door(opened: Opened, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that believes the forger's two issuers."""
    entries = []
    for issuer in f.issuers():
        entries.append(
            f'[[issuer]]\niss = "{issuer.iss}"\naudience = "{issuer.audience}"\n'
            f"agencies = [{', '.join(repr(a) for a in sorted(issuer.agencies))}]\n"
        )
        for kid, key in issuer.keys.items():
            private = f.TH_KEY if issuer.iss == f.TH else f.KEYS[kid][1]
            entries.append(
                f'[[issuer.key]]\nkid = "{kid}"\nalg = "{key.alg}"\n'
                f'pem = """\n{f.public_pem(private)}"""\n'
            )
    path = Path(tmp_path_factory.mktemp("issuers"), "issuers.toml")
    path.write_text("\n".join(entries))
    with opened(SAPHAN_ISSUERS=str(path)) as made:
        yield made
        assert_dry(written_down(made).values())


def refused_alike(house: House, *prefixes: str) -> list[Answer]:
    """Every hostile token of these names that a header field can carry: all get the same 401."""
    answers = []
    with inert(house):
        before = house.records()
        for name in (name for name in HOSTILE if name.startswith(prefixes)):
            build, _ = HOSTILE[name]
            try:
                answers.append(house.show(build(int(time.time())), NAMES))
            except (httpx2.LocalProtocolError, UnicodeEncodeError):
                continue
            assert_401(answers[-1])
        assert house.records() == before
    assert answers
    return answers


def believed(house: House, **claims: object) -> Answer:
    """An answer to a token of the forger's without a defect."""
    return house.show(f.forge(f.claims(int(time.time()), **claims)), NAMES)


def test_J01_no_algorithm_but_the_pinned_one_passes_the_door(door: House) -> None:
    assert believed(door).status == 200
    refused_alike(door, "alg_", "signature_", "signed_by_a_stranger")


def test_J02_keys_in_headers_and_strange_kids_get_the_same_401(door: House) -> None:
    refused_alike(door, "header_jwk", "header_jku", "header_x5", "kid_")


def test_J03_a_flood_of_unknown_kids_leaves_good_tokens_alone(door: House) -> None:
    """Keys that stand in files: there is nothing to fetch, and nothing good is dropped."""
    good = f.forge(f.claims(int(time.time())))
    assert door.show(good).status == 200
    seconds = []
    for number in range(300):
        head = f.header(kid=f"unknown-{number}")
        assert_401(door.show(f.forge(f.claims(int(time.time())), head)))
        if number % 30 == 0:
            begun = time.perf_counter()
            assert door.show(good).status == 200
            seconds.append(time.perf_counter() - begun)
    assert statistics.median(seconds) < 0.5


def test_J04_other_forms_of_jose_get_the_same_401(door: House) -> None:
    refused_alike(door, "header_crit", "header_b64", "header_zip", "header_enc", "five_", "two_")


def test_J04_a_megabyte_of_token_is_over_the_header_limit(door: House) -> None:
    build, _ = HOSTILE["one_megabyte"]
    try:
        status = door.show(build(int(time.time()))).status
    except (httpx2.WriteError, httpx2.ReadError, httpx2.RemoteProtocolError):
        return  # cut off while it was still sending
    assert status == 431


def test_J05_a_key_of_another_issuer_gets_the_same_401(door: House) -> None:
    refused_alike(door, "signed_by_the_other_issuer", "iss_of_another")
    thai = f.claims(int(time.time()), iss=f.TH, agency="TH-DATIP")
    assert door.show(f.forge(thai, key=f.TH_KEY)).data["me"]["agency"] == "TH-DATIP"


def test_J06_an_issuer_cannot_speak_for_another_countrys_agency(door: House) -> None:
    refused_alike(door, "agency_")
    for agency in ("KH-MOSVY", "KH-POSVY"):
        claims = f.claims(int(time.time()), iss=f.TH, agency=agency)
        assert_401(door.show(f.forge(claims, key=f.TH_KEY)))


def test_J07_issuer_and_audience_in_odd_forms_are_401_and_never_500(door: House) -> None:
    refused_alike(door, "iss_", "aud_")


def test_J08_a_token_of_another_type_or_with_a_claim_missing_is_401(door: House) -> None:
    missing = [name for name in HOSTILE if name.endswith("_missing")]
    assert len(refused_alike(door, "typ_", *missing)) >= 13


def test_J09_lists_of_the_wrong_form_are_401_and_an_unknown_role_opens_nothing(
    door: House,
) -> None:
    refused_alike(door, "roles_", "purposes_")
    strange = believed(door, roles=["KING", "focal_point", "FOCAL_POINT ", "FOCAL_POINT,AUDITOR"])
    assert strange.status == 200
    assert strange.data["victims"]["edges"] == []
    assert {e["extensions"]["reason"] for e in strange.errors} == {"CLASS"}
    both = believed(door, roles=["KING", "FOCAL_POINT"])
    alone = believed(door)
    assert both.data == alone.data


def test_J10_a_claim_that_stands_twice_is_401(door: House) -> None:
    refused_alike(door, "payload_", "header_alg_twice", "header_kid_twice")


def test_J11_times_out_of_bounds_are_401(door: House) -> None:
    refused_alike(door, "exp_", "iat_", "nbf_", "expired", "lifetime_")


def test_J12_a_token_in_use_ends_at_its_second(house: House) -> None:
    """Verified and kept before, on a connection that stays open."""
    token = house.issuer.mint("KH-MOSVY", ["FOCAL_POINT"], ["TRACING"], lifetime=2)
    begun, statuses = time.time(), []
    while time.time() - begun < 3.2:
        statuses.append((time.time(), house.show(token).status))
        time.sleep(0.1)
    ended = next(at for at, status in statuses if status == 401)
    assert statuses[0][1] == 200
    assert ended - begun < 3
    assert all((status == 401) is (at >= ended) for at, status in statuses)


def test_J13_cases_only_filter_what_is_seen_anyway(house: House) -> None:
    def ids(cases: tuple[str, ...] | None) -> dict[str, str | None]:
        answer = house.ask(NAMES, Desk("KH-MOSVY", cases=cases))
        return {e["node"]["id"]: e["node"]["familyName"] for e in answer.data["victims"]["edges"]}

    whole = ids(None)
    shown, twice = PEOPLE["shown"], PEOPLE["twice"]
    foreign = (CASES["hidden"], CASES["lao"], CASES["objected"], shown.victim)
    assert ids(()) == {}
    assert ids(foreign) == {}
    assert ids((*foreign, shown.case)) == {shown.victim: whole[shown.victim]}
    # the case without consent is hers too, and it alone opens no name
    assert whole[twice.victim] is not None
    assert ids((CASES["second"],)) == {twice.victim: None}


def test_J13_a_unit_of_another_agency_is_401(door: House, house: House) -> None:
    refused_alike(door, "unit_")
    at_home = house.ask(NAMES, PROVINCE).data["victims"]
    elsewhere = house.ask(NAMES, Desk("KH-POSVY", ("TRACING_OFFICER",), unit="Kandal"))
    nowhere = house.ask(NAMES, Desk("KH-POSVY", ("TRACING_OFFICER",)))
    assert at_home["totalCount"] > 0
    assert elsewhere.data["victims"]["totalCount"] == nowhere.data["victims"]["totalCount"] == 0


def test_J13_the_unit_of_a_desk_that_has_none_opens_nothing_more(house: House) -> None:
    assert house.ask(NAMES, KH).data == house.ask(NAMES, Desk("KH-MOSVY", unit="")).data
