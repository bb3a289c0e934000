"""Section 1 of the list of attacks, as far as keys stand in files: one test per row.

J03, J02 and J12 for keys that issuers publish: test_keeping, test_fetching,
test_discovery, test_at_the_door, and against a real provider test_provider.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jwt
import pytest

from authz.issuers import MAX_LEEWAY, Issuer, IssuerSet, IssuersInvalid, read_issuers
from authz.strictjwt import Cause
from authz.tokens import TokenRefused, TokenVerifier
from tests.tokens import forge as f
from tests.tokens.test_hostile import HOSTILE


def cause_of(token: str, verifier: TokenVerifier | None = None) -> Cause:
    with pytest.raises(TokenRefused) as refused:
        (verifier or f.verifier()).verify(token)
    return refused.value.cause


def all_refused(*prefixes: str) -> None:
    names = [name for name in HOSTILE if name.startswith(prefixes)]
    assert names
    for name in names:
        build, cause = HOSTILE[name]
        assert cause_of(build(f.NOW)) is cause, name


def test_j01_the_header_never_chooses_the_algorithm() -> None:
    all_refused("alg_")
    ps_over_rs = f.forge(f.claims(), f.header(alg="PS256", kid="rs"), key=f.RSA_KEY, alg="PS256")
    rs_over_ps = f.forge(f.claims(), f.header(alg="RS256", kid="ps"), key=f.RSA_KEY, alg="RS256")
    assert cause_of(ps_over_rs) is cause_of(rs_over_ps) is Cause.ALGORITHM


def test_j01_pyjwt_is_recent_enough() -> None:
    assert tuple(int(part) for part in jwt.__version__.split(".")[:2]) >= (2, 13)


def test_j02_a_key_in_the_header_or_a_strange_kid_opens_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_call(*_args: object, **_options: object) -> None:
        raise AssertionError("an outbound call")

    monkeypatch.setattr(socket, "socket", no_call)
    monkeypatch.setattr(socket, "getaddrinfo", no_call)
    all_refused("header_jwk", "header_jku", "header_x5", "kid_")


@pytest.mark.parametrize(
    "source", ["file:///etc/hostname", "http://evil.example/k", "data:,x", "https://a.example/k"]
)
def test_j02_a_key_source_is_a_file(source: str, tmp_path: Path) -> None:
    text = f"""
[[issuer]]
iss = "a"
audience = "b"
agencies = ["KH-MOSVY"]
[[issuer.key]]
kid = "1"
alg = "ES256"
file = "{source}"
"""
    with pytest.raises(IssuersInvalid, match="nothing is fetched"):
        read_issuers(text, name="issuers.toml", folder=tmp_path)


def test_j04_other_forms_of_jose_and_large_tokens() -> None:
    all_refused("header_crit", "header_b64", "header_zip", "header_enc", "five_", "one_megabyte")


def test_j05_a_key_speaks_for_its_own_issuer_only() -> None:
    all_refused("signed_by_the_other_issuer", "iss_of_another")
    thai = f.claims(iss=f.TH, agency="TH-DATIP")
    assert f.verifier().verify(f.forge(thai, key=f.TH_KEY)).issuer == f.TH


def test_j06_an_issuer_speaks_for_its_own_agencies_only() -> None:
    all_refused("agency_")
    for agency in ("KH-MOSVY", "KH-POSVY"):
        claims = f.claims(iss=f.TH, agency=agency)
        assert cause_of(f.forge(claims, key=f.TH_KEY)) is Cause.AGENCY


def test_j07_issuer_and_audience_are_compared_whole() -> None:
    all_refused("iss_", "aud_")


def test_j08_only_a_complete_access_token_counts() -> None:
    all_refused("typ_", *(name for name in HOSTILE if name.endswith("_missing")))


def test_j09_lists_are_lists_of_texts() -> None:
    all_refused("roles_", "purposes_")
    ten_thousand = f.forge(f.claims(roles=["R"] * 10_000))
    assert cause_of(ten_thousand) is Cause.SIZE


def test_j09_an_unknown_role_is_no_error() -> None:
    token = f.forge(f.claims(roles=["KING", "FOCAL_POINT"]))
    assert f.verifier().verify(token).roles == ("FOCAL_POINT", "KING")


def test_j10_no_member_stands_twice() -> None:
    all_refused("payload_agency_twice", "payload_roles_twice", "payload_nested", "header_alg_twice")


def test_j11_times_are_whole_numbers_within_bounds() -> None:
    all_refused("exp_", "iat_", "nbf_", "expired", "lifetime_")


@pytest.mark.parametrize(
    ("now", "cause"),
    [
        (f.NOW - 11, Cause.NOT_YET),
        (f.NOW - 10, None),
        (f.NOW + 3609.9, None),
        (f.NOW + 3610, Cause.EXPIRED),
    ],
)
def test_j11_leeway_is_exact(now: float, cause: Cause | None) -> None:
    verifier, token = f.verifier(f.Clock(now)), f.forge(f.claims())
    if cause is None:
        assert verifier.verify(token).expires_at == f.NOW + 3600
    else:
        assert cause_of(token, verifier) is cause


@pytest.mark.parametrize("skew", [-60, 60])
def test_j11_no_two_clocks_may_differ_by_more_than_a_minute(skew: int) -> None:
    """The largest leeway that a file may give, at both ends of a token's life."""
    kh = f.issuers().get(f.KH)
    assert kh is not None
    widest = IssuerSet({f.KH: replace(kh, leeway=MAX_LEEWAY)})
    token = f.forge(f.claims(nbf=f.NOW))
    edge = f.NOW - 60 if skew < 0 else f.NOW + 3600 + 60 - 0.001
    clock = f.Clock(edge)
    verifier = TokenVerifier(widest, f.AGENCIES, clock)
    assert verifier.verify(token).issuer == f.KH
    clock.now += 0.002 if skew > 0 else -0.001
    again = f.forge(f.claims(nbf=f.NOW, jti="not kept"))
    for text in (token, again) if skew > 0 else (again,):
        assert cause_of(text, verifier) is (Cause.EXPIRED if skew > 0 else Cause.NOT_YET)


def test_j12_a_kept_token_ends_at_exp() -> None:
    clock, token = f.Clock(), f.forge(f.claims())
    verifier = f.verifier(clock)
    verifier.verify(token)
    clock.now = f.NOW + 3609
    verifier.verify(token)
    clock.now = f.NOW + 3610
    assert cause_of(token, verifier) is Cause.EXPIRED
    assert verifier.kept == 0


def without(kept: Callable[[Issuer], bool] = lambda _issuer: True, kid: str = "") -> IssuerSet:
    return IssuerSet(
        {
            i.iss: Issuer(
                i.iss,
                i.audience,
                i.agencies,
                {k: v for k, v in i.keys.items() if k != kid},
                i.max_lifetime,
                i.leeway,
            )
            for i in f.issuers()
            if kept(i)
        }
    )


def test_j12_a_kept_token_ends_with_its_key() -> None:
    verifier, token = f.verifier(), f.forge(f.claims())
    verifier.verify(token)
    assert verifier.replace_issuers(f.issuers()) is False
    assert verifier.kept == 1
    assert verifier.replace_issuers(without(kid=f.KH_KID)) is True
    assert cause_of(token, verifier) is Cause.KEY


def test_j12_a_kept_token_ends_with_its_issuer() -> None:
    verifier, token = f.verifier(), f.forge(f.claims())
    verifier.verify(token)
    verifier.replace_issuers(without(lambda issuer: issuer.iss != f.KH))
    assert cause_of(token, verifier) is Cause.ISSUER


def test_j13_a_unit_is_one_of_the_agency() -> None:
    all_refused("unit_")
    assert f.verifier().verify(f.forge(f.claims(unit="HQ"))).unit == "HQ"


def test_j13_cases_only_narrow() -> None:
    all_refused("cases_")
    verifier = f.verifier()
    assert verifier.verify(f.forge(f.claims())).cases is None
    assert verifier.verify(f.forge(f.claims(cases=[]))).cases == ()
    foreign = verifier.verify(f.forge(f.claims(cases=[f.CASE.upper(), f.CASE])))
    assert foreign.cases == (f.CASE,)
