"""What a good token gives, and how long it is kept."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from dataclasses import replace
from typing import Any

import pytest

from authz.caller import Caller
from authz.issuers import IssuerSet
from authz.strictjwt import MAX_TOKEN_LENGTH, Cause, read
from authz.tokens import AgencyDirectory, FixedAgencies, TokenRefused, TokenVerifier
from tests.tokens import forge as f


def test_a_caller_is_what_the_token_says() -> None:
    claims = f.claims(
        roles=["TRACING_OFFICER", "FOCAL_POINT", "FOCAL_POINT"],
        purposes=["TRACING", "RETURN", "TRACING"],
        unit="HQ",
        cases=[f.CASE],
    )
    assert f.verifier().verify(f.forge(claims)) == Caller(
        agency="KH-MOSVY",
        country="KH",
        roles=("FOCAL_POINT", "TRACING_OFFICER"),
        purposes=("RETURN", "TRACING"),
        subject="u-4411",
        client="mosvy-desk",
        issuer=f.KH,
        token_hash=hashlib.sha256(f"{f.KH}\n{claims['jti']}".encode()).hexdigest(),
        expires_at=f.NOW + 3600,
        unit="HQ",
        cases=(f.CASE,),
    )


@pytest.mark.parametrize("kid", f.KEYS)
def test_each_algorithm(kid: str) -> None:
    alg, key = f.KEYS[kid]
    token = f.forge(f.claims(), f.header(alg=alg, kid=kid), key=key, alg=alg)
    assert f.verifier().verify(token).subject == "u-4411"


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"])
def test_both_spellings_of_the_type(typ: str) -> None:
    assert f.verifier().verify(f.forge(f.claims(), f.header(typ=typ))).issuer == f.KH


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["https://other.example", f.AUDIENCE]},
        {"nbf": f.NOW},
        {"roles": [], "purposes": []},
        {"roles": ["R" * 128] * 64},
        {"sub": "ส" * 256, "client_id": "ភ្នំពេញ", "jti": "ວຽງຈັນ 1"},
        {"auth_time": f.NOW - 0.5, "act": {"sub": "a", "act": {"sub": "b"}}, "scope": "x y"},
        {"note": '[[[[[[[[[ " \\" {{{{{{{{{{'},
    ],
    ids=["aud_list", "nbf", "empty_lists", "full_list", "scripts", "other_claims", "brackets"],
)
def test_also_believed(changes: dict[str, Any]) -> None:
    assert f.verifier().verify(f.forge(f.claims(**changes))).issuer == f.KH


def test_headers_that_mean_nothing_to_us_are_passed_over() -> None:
    head = f.header(x5t="dGh1bWI", nonce="1", iss=f.TH)
    assert f.verifier().verify(f.forge(f.claims(), head)).issuer == f.KH


def test_a_token_of_the_largest_size() -> None:
    bare = f.forge(f.claims(note=""))
    room = (MAX_TOKEN_LENGTH - len(bare)) * 3 // 4 - 2
    token = f.forge(f.claims(note="x" * room))
    assert MAX_TOKEN_LENGTH - 4 < len(token) <= MAX_TOKEN_LENGTH
    assert f.verifier().verify(token).issuer == f.KH


def test_the_cap_comes_before_the_hash_and_before_the_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("authz.tokens.hashlib", None)
    over = "A" * (MAX_TOKEN_LENGTH + 1)
    for refuse in (f.verifier().verify, read):
        with pytest.raises(TokenRefused) as refused:
            refuse(over)
        assert refused.value.cause is Cause.SIZE


def test_an_organisation_has_no_country() -> None:
    claims = f.claims(iss=f.TH, agency="INT-IOM")
    assert f.verifier().verify(f.forge(claims, key=f.TH_KEY)).country == ""


def test_the_second_text_of_an_ecdsa_token_is_the_same_token() -> None:
    verifier, token = f.verifier(), f.forge(f.claims())
    twin = f.other_s(token)
    assert twin != token
    assert verifier.verify(twin) == verifier.verify(token)
    assert verifier.kept == 2


def test_two_tokens_of_one_jti_under_two_issuers_differ() -> None:
    verifier = f.verifier()
    kh = verifier.verify(f.forge(f.claims()))
    th = verifier.verify(f.forge(f.claims(iss=f.TH, agency="TH-DATIP"), key=f.TH_KEY))
    assert kh.token_hash != th.token_hash


def test_a_kept_token_is_verified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    verifier, token = f.verifier(), f.forge(f.claims())
    first = verifier.verify(token)
    monkeypatch.setattr(verifier, "_verify_anew", None)
    assert verifier.verify(token) is first


def test_at_most_so_many_are_kept_and_the_least_used_goes_first() -> None:
    verifier = f.verifier(cache_size=2)
    first, second, third = (f.forge(f.claims(jti=f"t{i}")) for i in range(3))
    kept = verifier.verify(first)
    verifier.verify(second)
    verifier.verify(first)
    verifier.verify(third)
    assert verifier.kept == 2
    assert verifier.verify(first) is kept


class ChangingAgencies:
    """A directory in which an agency can close."""

    def __init__(self) -> None:
        self.now: FixedAgencies = f.AGENCIES

    @property
    def version(self) -> int:
        return self.now.version

    def country_of(self, agency: str) -> str | None:
        return self.now.country_of(agency)

    def units_of(self, agency: str) -> frozenset[str]:
        return self.now.units_of(agency)


def test_a_kept_token_is_held_against_a_changed_directory() -> None:
    agencies = ChangingAgencies()
    verifier = TokenVerifier(f.issuers(), agencies, f.Clock())
    token = f.forge(f.claims(unit="HQ"))
    verifier.verify(token)
    agencies.now = replace(f.AGENCIES, units={}, version=1)
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(token)
    assert refused.value.cause is Cause.UNIT
    agencies.now = replace(f.AGENCIES, countries={}, version=2)
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(token)
    assert refused.value.cause is Cause.AGENCY
    agencies.now = replace(f.AGENCIES, version=3)
    assert verifier.verify(token).unit == "HQ"


def test_a_key_removed_during_verification_is_not_kept() -> None:
    """The set is replaced after the old one was read and before the result is kept."""

    class Removing(ChangingAgencies):
        def country_of(self, agency: str) -> str | None:
            verifier.replace_issuers(IssuerSet({}))
            return super().country_of(agency)

    verifier = TokenVerifier(f.issuers(), Removing(), f.Clock())
    token = f.forge(f.claims())
    verifier.verify(token)
    with pytest.raises(TokenRefused):
        verifier.verify(token)


def test_threads_share_a_verifier() -> None:
    verifier = f.verifier(cache_size=3)
    tokens = [f.forge(f.claims(jti=f"t{i}", sub=f"u{i}")) for i in range(6)]
    wrong: list[str] = []

    def use() -> None:
        for _ in range(20):
            for i, token in enumerate(tokens):
                if verifier.verify(token).subject != f"u{i}":
                    wrong.append(token)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert verifier.kept <= 3


def test_the_directory_of_tests_is_a_directory() -> None:
    directory: AgencyDirectory = f.AGENCIES
    assert directory.units_of("INT-IOM") == frozenset()
    assert directory.country_of("XX-NONE") is None


def test_authz_imports_no_driver_framework_or_telemetry() -> None:
    program = (
        "import sys, authz.tokens;"
        "print([m for m in sys.modules if m.partition('.')[0] in"
        " {'psycopg', 'starlette', 'opentelemetry', 'sqlalchemy', 'httpx2'}])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
