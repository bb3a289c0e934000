"""What an issuer publishes: which addresses, which keys, and that no bytes make another error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import example, given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from authz.discovery import (
    MAX_KEY_AGE,
    Discovery,
    KeySet,
    SourceUnfit,
    key_set_address,
    origin,
    read_key_set,
)
from authz.issuerkeys import Algorithm
from authz.issuers import IssuersInvalid, read_issuers
from tests.tokens import forge as f
from tests.tokens.test_issuers import EC_JWK, entry, read

ADDRESS = "https://id.gov.example/kh/.well-known/openid-configuration"
ES256 = Discovery(ADDRESS, (Algorithm.ES256,))
ALL = Discovery(ADDRESS, tuple(Algorithm))
JWK = EC_JWK | {"kid": "1", "use": "sig", "alg": "ES256"}
RSA_JWK = json.loads(RSAAlgorithm.to_jwk(f.RSA_KEY.public_key())) | {"kid": "rs", "alg": "RS256"}
ED_JWK = json.loads(OKPAlgorithm.to_jwk(f.EDDSA_KEY.public_key())) | {"kid": "ed", "alg": "EdDSA"}
OTHER = json.loads(ECAlgorithm.to_jwk(f.TH_KEY.public_key()))
SMALL = json.loads(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key()))
P384 = json.loads(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key()))


def metadata(**changes: object) -> bytes:
    told = {"issuer": f.KH, "jwks_uri": "https://id.gov.example/keys"} | changes
    return json.dumps({name: value for name, value in told.items() if value is not ...}).encode()


def published(*jwks: Mapping[str, Any], discovery: Discovery = ES256) -> KeySet:
    return read_key_set(json.dumps({"keys": jwks}).encode(), discovery)


def without(name: str, jwk: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in jwk.items() if key != name}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://id.example/x", ("https", "id.example", 443)),
        ("https://ID.example:8443", ("https", "id.example", 8443)),
        ("https://[2001:db8::1]/", ("https", "2001:db8::1", 443)),
        ("http://127.0.0.1:9/x", ("http", "127.0.0.1", 9)),
        ("http://127.8.0.1/", ("http", "127.8.0.1", 80)),
        ("http://localhost:3000/", ("http", "localhost", 3000)),
        ("http://[::1]:3000/", ("http", "::1", 3000)),
    ],
)
def test_addresses_that_keys_may_come_from(address: str, expected: object) -> None:
    assert origin(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "http://id.example/",
        "http://localhost.id.example/",
        "http://127.0.0.1.id.example/",
        "http://127.1/",
        "http://2130706433/",
        "http://0.0.0.0/",
        "http://[::ffff:10.0.0.1]/",
        "file:///etc/hostname",
        "data:application/json,{}",
        "ftp://id.example/",
        "https:",
        "https:///x",
        "//id.example/x",
        "id.example",
        "https://user@id.example/",
        "https://user:word@id.example/",
        "https://id.example/#x",
        "https://id.example:port/",
        "https://id.example:99999/",
        "https://id.example/ x",
        "https://id.example\\@evil.example/",
        "https://id.example/\n",
        "https://idé.example/",
        "https://[::1",
        "",
        "https://id.example/" + "a" * 2048,
        None,
        ["https://id.example/"],
    ],
)
def test_j02_addresses_that_no_key_comes_from(address: object) -> None:
    with pytest.raises(SourceUnfit):
        origin(address)


def test_the_metadata_names_where_the_keys_are() -> None:
    assert key_set_address(metadata(), f.KH, ES256) == "https://id.gov.example/keys"
    same_port = metadata(jwks_uri="https://ID.gov.example:443/keys")
    assert key_set_address(same_port, f.KH, ES256) == "https://ID.gov.example:443/keys"


@pytest.mark.parametrize(
    "told",
    [
        *({"issuer": x} for x in (f.TH, f.KH + "/", f.KH.upper(), [f.KH], None, 1, ...)),
        {"jwks_uri": ...},
        {"jwks_uri": ["https://id.gov.example/keys"]},
        {"jwks_uri": "https://evil.example/keys"},
        {"jwks_uri": "https://id.gov.example.evil.example/keys"},
        {"jwks_uri": "https://id.gov.example@evil.example/keys"},
        {"jwks_uri": "https://id.gov.example:8443/keys"},
        {"jwks_uri": "http://id.gov.example/keys"},
        {"jwks_uri": "http://127.0.0.1/keys"},
        {"jwks_uri": "http://169.254.169.254/latest"},
        {"jwks_uri": "file:///etc/hostname"},
    ],
    ids=str,
)
def test_metadata_that_is_not_believed(told: dict[str, object]) -> None:
    with pytest.raises(SourceUnfit):
        key_set_address(metadata(**told), f.KH, ES256)


def test_keys_on_another_host_need_its_name() -> None:
    elsewhere = metadata(jwks_uri="https://keys.gov.example/kh")
    with pytest.raises(SourceUnfit, match="name it as `key_host`"):
        key_set_address(elsewhere, f.KH, ES256)
    named = Discovery(ADDRESS, (Algorithm.ES256,), key_host="keys.gov.example")
    assert key_set_address(elsewhere, f.KH, named) == "https://keys.gov.example/kh"
    assert key_set_address(metadata(), f.KH, named) == "https://id.gov.example/keys"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe{\x00}\x00",
        b'{"issuer": "a", "issuer": "b"}',
        b"[" * 100_000,
        b'{"keys": {}}',
        b'{"keys": [1]}',
        b'{"keys": null}',
        json.dumps({"keys": [{}] * 65}).encode(),
    ],
)
def test_documents_that_are_none(document: bytes) -> None:
    for discover in (
        lambda: key_set_address(document, f.KH, ES256),
        lambda: read_key_set(document, ES256),
    ):
        with pytest.raises(SourceUnfit):
            discover()


def test_a_key_with_its_own_algorithm() -> None:
    found = published(JWK)
    assert found.keys["1"] == f.pinned("1", Algorithm.ES256, f.KH_KEY)
    assert found.refused == ()


def test_an_empty_set_is_a_set() -> None:
    assert published() == KeySet({})


def test_a_key_that_says_no_algorithm_needs_exactly_one() -> None:
    bare = without("alg", RSA_JWK)
    one = Discovery(ADDRESS, (Algorithm.ES256, Algorithm.PS256))
    assert published(bare, discovery=one).keys["rs"].alg is Algorithm.PS256
    assert published(bare, discovery=ALL).refused == (
        "a key says no `alg` and the issuer has several for its kind",
    )
    assert published(RSA_JWK, discovery=ALL).keys["rs"].alg is Algorithm.RS256


@pytest.mark.parametrize(
    "jwk",
    [
        RSA_JWK,
        ED_JWK,
        without("alg", ED_JWK),
        JWK | {"alg": "ES384"},
        JWK | {"alg": "none"},
        JWK | {"alg": "HS256"},
        JWK | {"alg": ["ES256"]},
        JWK | {"use": "enc"},
        JWK | {"kty": "RSA"},
        without("kty", JWK),
        {},
    ],
)
def test_keys_of_other_kinds_and_uses_are_passed_over(jwk: dict[str, Any]) -> None:
    assert published(jwk, OTHER | {"kid": "good"}).keys.keys() == {"good"}


@pytest.mark.parametrize(
    ("jwk", "words"),
    [
        (JWK | {"d": "AAAA"}, "private"),
        (RSA_JWK | {"d": "AAAA"}, "private"),
        ({"kty": "oct", "k": "AAAA", "kid": "1", "alg": "HS256"}, "symmetric"),
        (JWK | {"use": "tls"}, "`use`"),
        (JWK | {"key_ops": ["encrypt"]}, "`key_ops`"),
        (without("kid", JWK), "`kid`"),
        (JWK | {"kid": ""}, "`kid`"),
        (JWK | {"kid": 1}, "`kid`"),
        (JWK | {"kid": "k" * 257}, "`kid`"),
        (JWK | {"kid": "a\nb"}, "`kid`"),
        (JWK | {"x": JWK["y"]}, "not a public key"),
        (JWK | {"x": 1}, "not a public key"),
        (P384 | {"kid": "1"}, "P-256"),
    ],
)
def test_unfit_keys_are_refused_and_spoil_no_other(jwk: dict[str, Any], words: str) -> None:
    found = published(jwk, OTHER | {"kid": "good"})
    assert found.keys.keys() == {"good"}
    (refused,) = found.refused
    assert words in refused


def test_a_weak_key_is_refused() -> None:
    only = Discovery(ADDRESS, (Algorithm.RS256,))
    weak = without("alg", SMALL) | {"kid": "1"}
    assert published(weak, discovery=only).refused == ("an RSA key has 2048 to 8192 bits",)


def test_two_keys_under_one_kid_are_both_refused() -> None:
    found = published(JWK, OTHER | {"kid": "1"}, OTHER | {"kid": "2"})
    assert found.keys.keys() == {"2"}
    assert found.refused == ("two keys have one `kid`",)
    assert published(JWK, JWK).keys.keys() == {"1"}
    assert published(JWK | {"use": "enc"}, OTHER | {"kid": "1"}).keys.keys() == {"1"}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.binary(max_size=400))
@example(b'{"keys": [{"kty": ["EC"]}]}')
def test_no_bytes_make_another_error(document: bytes) -> None:
    for discover in (
        lambda: key_set_address(document, f.KH, ES256),
        lambda: read_key_set(document, ALL),
    ):
        try:
            discover()
        except SourceUnfit:
            continue


@given(st.dictionaries(st.sampled_from(sorted({*JWK, "d", "key_ops", "k", "x5c"})), JSON_VALUES))
def test_whatever_a_key_says_of_itself_it_has_one_listed_algorithm(changes: dict[str, Any]) -> None:
    for discovery in (ES256, ALL):
        found = published(JWK | changes, OTHER | {"kid": "good"}, discovery=discovery)
        assert "good" in found.keys or changes.get("kid") == "good"
        for kid, key in found.keys.items():
            assert key.kid == kid
            assert key.alg is Algorithm.ES256
            assert "d" not in changes or kid == "good"


@given(st.text(max_size=60))
def test_no_text_makes_an_address_by_another_error(text: str) -> None:
    for address in (text, f"https://{text}", f"http://{text}/", f"http://localhost{text}"):
        try:
            scheme, host, _ = origin(address)
        except SourceUnfit:
            continue
        assert scheme == "https" or host in {"localhost", "127.0.0.1"} or host.startswith("127.")


def issuer(**changes: object) -> str:
    """An [[issuer]] that publishes its keys; `...` leaves a line out."""
    words: dict[str, Any] = {"discovery": ADDRESS, "algorithms": ["ES256"]} | changes
    return entry(**words).partition("[[issuer.key]]")[0]


def test_an_issuer_that_publishes() -> None:
    found = read(issuer(max_key_age=120, key_host="keys.example:8443")).get(f.KH)
    assert found is not None
    assert found.keys == {}
    expected = Discovery(ADDRESS, (Algorithm.ES256,), 120, "keys.example:8443")
    assert found.discovery == expected
    plain = read(issuer()).get(f.KH)
    assert plain is not None
    assert plain.discovery == Discovery(ADDRESS, (Algorithm.ES256,), 900)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            issuer(discovery="http://id.gov.example/x"),
            "`discovery` 'http://id.gov.example/x' is not",
        ),
        (issuer(discovery="file:///etc/keys"), "`discovery` 'file:///etc/keys' is not an https"),
        (issuer(discovery=""), "is not an https address"),
        (issuer(discovery=7), "is not an https address"),
        (issuer(algorithms=...), "`algorithms` must be a list of some of ES256"),
        (issuer(algorithms=[]), "`algorithms` must be"),
        (issuer(algorithms="ES256"), "`algorithms` must be"),
        (issuer(algorithms=["HS256"]), "`algorithms` must be"),
        (issuer(algorithms=["ES256", "none"]), "`algorithms` must be"),
        (issuer(algorithms=[["ES256"]]), "`algorithms` must be"),
        (issuer(algorithms=["ES256", "ES256"]), "names one twice"),
        (issuer(max_key_age=0), "`max_key_age` must be a whole number of seconds from 1"),
        (issuer(max_key_age=MAX_KEY_AGE + 1), "`max_key_age`"),
        (issuer(key_host="https://keys.example"), "`key_host` must be a host"),
        (issuer(key_host="keys.example/x"), "`key_host` must be a host"),
        (issuer(key_host="u@keys.example"), "`key_host` must be a host"),
        (issuer(key_host=""), "`key_host`"),
        (issuer() + entry().rpartition("agencies")[2].partition("\n")[2], "one source"),
        (issuer(discovery=...), "`algorithms` needs `discovery`"),
        (issuer(discovery=..., algorithms=...), "or `discovery`"),
    ],
)
def test_words_of_an_issuer_that_are_refused(text: str, words: str) -> None:
    with pytest.raises(IssuersInvalid) as refused:
        read_issuers(text, name="issuers.toml", folder=None)  # type: ignore[arg-type]
    assert str(refused.value).startswith("issuers.toml:1: issuer 1: ")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
