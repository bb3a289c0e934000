"""`issuers.toml`: what is read from it, and what is refused with which words."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from authz.issuerkeys import Algorithm
from authz.issuers import IssuerSet, IssuersInvalid, load_issuers, read_issuers
from tests.tokens import forge as f

EC_JWK = json.loads(ECAlgorithm.to_jwk(f.KH_KEY.public_key()))
RSA_JWK = {
    k: v for k, v in json.loads(RSAAlgorithm.to_jwk(f.RSA_KEY.public_key())).items() if k != "alg"
}


def toml(value: object) -> str:
    """A TOML value; JSON but for objects."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + " }"
    return json.dumps(value)


def entry(key: Mapping[str, object] | None = None, **changes: object) -> str:
    """An [[issuer]] with one key; `...` leaves a line out."""
    issuer = {"iss": f.KH, "audience": f.AUDIENCE, "agencies": ["KH-MOSVY"]} | changes
    given: Mapping[str, object] = {"kid": "1", "alg": "ES256", "jwk": EC_JWK}
    if key is not None:
        given = key
    lines = ["[[issuer]]", *(f"{k} = {toml(v)}" for k, v in issuer.items() if v is not ...)]
    return "\n".join([*lines, "[[issuer.key]]", *(f"{k} = {toml(v)}" for k, v in given.items())])


def read(text: str, folder: Path = Path("nowhere")) -> IssuerSet:
    return read_issuers(text, name="issuers.toml", folder=folder)


def key(alg: str, **source: object) -> dict[str, object]:
    return {"kid": "1", "alg": alg, **source}


def test_an_issuer_as_written() -> None:
    found = read(entry(max_lifetime=900, leeway=0)).get(f.KH)
    assert found is not None
    assert found.agencies == {"KH-MOSVY"}
    assert (found.audience, found.max_lifetime, found.leeway) == (f.AUDIENCE, 900, 0)
    assert found.keys["1"].alg is Algorithm.ES256


def test_defaults() -> None:
    found = read(entry()).get(f.KH)
    assert found is not None
    assert (found.max_lifetime, found.leeway) == (3600, 10)


def test_three_forms_of_one_key_are_equal(tmp_path: Path) -> None:
    pem = f.public_pem(f.KH_KEY)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "kh.pem").write_text(pem)
    (tmp_path / "kh.json").write_text(json.dumps(EC_JWK))
    sets = [
        read(entry(key("ES256", **source)), tmp_path)
        for source in (
            {"jwk": EC_JWK},
            {"pem": pem},
            {"file": "keys/kh.pem"},
            {"file": "kh.json"},
            {"file": str(tmp_path / "kh.json")},
        )
    ]
    assert all(found == sets[0] for found in sets)


def test_two_issuers_and_a_file_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "issuers.toml"
    thai = {"kid": "1", "alg": "ES256", "pem": f.public_pem(f.TH_KEY)}
    path.write_text(entry() + "\n" + entry(thai, iss=f.TH, agencies=["TH-DATIP"]))
    assert {issuer.iss for issuer in load_issuers(path)} == {f.KH, f.TH}


def test_one_rsa_key_may_be_pinned_twice_under_one_issuer() -> None:
    second = "\n[[issuer.key]]\n" + "\n".join(
        f"{k} = {toml(v)}" for k, v in {"kid": "2", "alg": "PS256", "jwk": RSA_JWK}.items()
    )
    found = read(entry(key("RS256", jwk=RSA_JWK)) + second).get(f.KH)
    assert found is not None
    assert {k.alg for k in found.keys.values()} == {Algorithm.RS256, Algorithm.PS256}


def private_pem() -> str:
    return f.KH_KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


PEM = f.public_pem(f.KH_KEY)
SMALL_RSA = rsa.generate_private_key(public_exponent=65537, key_size=1024)
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
ED448 = (
    ed448.Ed448PrivateKey.generate()
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
P384 = f.public_pem(ec.generate_private_key(ec.SECP384R1()))
P256K = f.public_pem(ec.generate_private_key(ec.SECP256K1()))

INVALID: dict[str, tuple[str, str]] = {
    "empty": ("", "needs at least one [[issuer]]"),
    "not_toml": ("[[issuer]\n", "not valid TOML"),
    "key_twice": (entry() + '\nkid = "2"', "not valid TOML"),
    "issuer_a_table": ('[issuer]\niss = "a"', "needs at least one [[issuer]]"),
    "unknown_key_at_the_top": ("debug = true\n" + entry(), "unknown key `debug`"),
    "unknown_key_of_the_issuer": (entry(jwks_uri="https://a"), "unknown key `jwks_uri`"),
    "unknown_key_of_the_key": (entry(key("ES256", jwk=EC_JWK, x=1)), "unknown key `x`"),
    "iss_missing": (entry(iss=...), "`iss` must be a text"),
    "iss_list": (entry(iss=[f.KH]), "`iss` must be a text"),
    "iss_with_blank": (entry(iss=f.KH + " "), "`iss` holds a blank"),
    "iss_with_control": (entry(iss="a\x01"), "`iss` holds a blank or a control"),
    "iss_long": (entry(iss="a" * 257), "`iss` must be a text"),
    "iss_twice": (entry() + "\n" + entry(), "`iss` stands twice"),
    "audience_missing": (entry(audience=...), "`audience` must be a text"),
    "audience_list": (entry(audience=[f.AUDIENCE]), "`audience` must be a text"),
    "agencies_missing": (entry(agencies=...), "`agencies` must be a list"),
    "agencies_empty": (entry(agencies=[]), "`agencies` must be a list"),
    "agencies_text": (entry(agencies="KH-MOSVY"), "`agencies` must be a list"),
    "agencies_star": (entry(agencies=["*"]), "is not a code"),
    "agencies_lower_case": (entry(agencies=["kh-mosvy"]), "is not a code"),
    "agencies_cyrillic": (entry(agencies=["КH-MOSVY"]), "is not a code"),
    "agencies_twice": (entry(agencies=["KH-MOSVY", "KH-MOSVY"]), "names one twice"),
    "leeway_61": (entry(leeway=61), "`leeway` must be a whole number of seconds from 0 to 60"),
    "leeway_negative": (entry(leeway=-1), "`leeway`"),
    "leeway_true": (entry(leeway=True), "`leeway`"),
    "lifetime_0": (entry(max_lifetime=0), "`max_lifetime`"),
    "lifetime_over_a_day": (entry(max_lifetime=86_401), "`max_lifetime`"),
    "lifetime_fraction": (entry(max_lifetime=60.5), "`max_lifetime`"),
    "no_key": (entry().partition("[[issuer.key]]")[0], "needs at least one [[issuer.key]]"),
    "kid_missing": (entry({"alg": "ES256", "jwk": EC_JWK}), "`kid` must be a text"),
    "kid_twice": (
        entry() + "\n[[issuer.key]]\n" + entry().partition("[[issuer.key]]\n")[2],
        "`kid` stands twice",
    ),
    "alg_missing": (entry({"kid": "1", "jwk": EC_JWK}), "`alg` must be a text"),
    "alg_none": (entry(key("none", jwk=EC_JWK)), "`alg` must be one of"),
    "alg_hs256": (entry(key("HS256", jwk={"kty": "oct", "k": "AAAA"})), "`alg` must be one of"),
    "alg_es384": (entry(key("ES384", pem=P384)), "`alg` must be one of"),
    "alg_list": (entry(key("", jwk=EC_JWK) | {"alg": ["ES256"]}), "`alg` must be a text"),
    "no_source": (entry(key("ES256")), "exactly one of `jwk`, `pem` and `file`"),
    "two_sources": (entry(key("ES256", jwk=EC_JWK, pem=PEM)), "exactly one of"),
    "jwk_text": (entry(key("ES256", jwk=json.dumps(EC_JWK))), "`jwk` must be a table"),
    "jwk_private": (entry(key("ES256", jwk=EC_JWK | {"d": "AAAA"})), "private or symmetric"),
    "jwk_symmetric": (entry(key("ES256", jwk={"kty": "oct", "k": "AA"})), "private or symmetric"),
    "jwk_other_alg": (entry(key("ES256", jwk=EC_JWK | {"alg": "ES512"})), "own `alg`"),
    "jwk_other_kid": (entry(key("ES256", jwk=EC_JWK | {"kid": "2"})), "own `kid`"),
    "jwk_for_encryption": (entry(key("ES256", jwk=EC_JWK | {"use": "enc"})), "`use`"),
    "jwk_cannot_verify": (entry(key("ES256", jwk=EC_JWK | {"key_ops": ["sign"]})), "`key_ops`"),
    "jwk_of_another_kind": (entry(key("ES256", jwk=RSA_JWK)), "not a public key for `ES256`"),
    "jwk_incomplete": (entry(key("ES256", jwk={"kty": "EC"})), "not a public key for `ES256`"),
    "jwk_off_the_curve": (
        entry(key("ES256", jwk=EC_JWK | {"y": EC_JWK["x"]})),
        "not a public key for `ES256`",
    ),
    "jwk_numbers": (entry(key("ES256", jwk=EC_JWK | {"x": 1})), "not a public key for `ES256`"),
    "pem_private": (entry(key("ES256", pem=private_pem())), "must start with"),
    "pem_certificate": (entry(key("ES256", pem=CERTIFICATE)), "must start with"),
    "pem_two": (entry(key("ES256", pem=PEM + PEM)), "more than one key"),
    "pem_garbled": (entry(key("ES256", pem=PEM.replace("M", "A", 1))), "not a public key"),
    "pem_number": (entry(key("ES256", pem=1)), "`pem` must be a text"),
    "pem_p384": (entry(key("ES256", pem=P384)), "P-256"),
    "pem_secp256k1": (entry(key("ES256", pem=P256K)), "P-256"),
    "pem_ed448": (entry(key("EdDSA", pem=ED448)), "Ed25519"),
    "pem_rsa_for_ec": (entry(key("ES256", pem=f.public_pem(f.RSA_KEY))), "P-256"),
    "pem_ec_for_rsa": (entry(key("PS256", pem=PEM)), "takes an RSA key"),
    "pem_rsa_1024": (entry(key("RS256", pem=f.public_pem(SMALL_RSA))), "2048 to 8192 bits"),
    "jwk_rsa_exponent_3": (entry(key("RS256", jwk=RSA_JWK | {"e": "Aw"})), "exponent"),
    "file_empty": (entry(key("ES256", file="")), "`file` must be a text"),
    "file_missing": (entry(key("ES256", file="none.pem")), "no such file"),
    "file_a_folder": (entry(key("ES256", file=".")), "not a regular one"),
    "file_an_address": (entry(key("ES256", file="https://a.example/k")), "nothing is fetched"),
    "file_with_control": (entry(key("ES256", file="a\x00b")), "control character"),
}


@pytest.mark.parametrize(("text", "words"), INVALID.values(), ids=INVALID)
def test_refused(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(IssuersInvalid, match=re.escape(words)) as refused:
        read(text, tmp_path)
    message = str(refused.value)
    assert message.startswith("issuers.toml")
    assert "\n" not in message
    assert "AAAA" not in message


def test_one_key_under_two_names_is_refused() -> None:
    text = entry() + "\n" + entry(iss=f.TH, agencies=["TH-DATIP"])
    with pytest.raises(IssuersInvalid, match="another issuer has the same key"):
        read(text)


def test_the_line_of_the_issuer_and_the_number_of_the_key_are_named() -> None:
    text = "# two issuers\n" + entry() + "\n" + entry(key("none", jwk=EC_JWK), iss=f.TH)
    line = text.splitlines().index("[[issuer]]", 3) + 1
    with pytest.raises(IssuersInvalid) as refused:
        read(text)
    assert str(refused.value).startswith(f"issuers.toml:{line}: issuer 2: key 1: `alg`")


def test_a_key_file_with_a_member_twice(tmp_path: Path) -> None:
    twice = json.dumps(EC_JWK)[:-1] + ', "kty": "EC"}'
    (tmp_path / "k.json").write_text(twice)
    with pytest.raises(IssuersInvalid, match="each member once"):
        read(entry(key("ES256", file="k.json")), tmp_path)


def test_files_that_never_end_or_are_too_long(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "long").write_bytes(b" " * 65_537)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name, words in {
        "pipe": "not a regular one",
        "long": "longer than 65536 bytes",
        "binary": "not UTF-8",
    }.items():
        with pytest.raises(IssuersInvalid, match=words):
            read(entry(key("ES256", file=name)), tmp_path)


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_no_file_of_issuers(name: str, tmp_path: Path) -> None:
    with pytest.raises(IssuersInvalid, match="no such file"):
        load_issuers(tmp_path / name)
