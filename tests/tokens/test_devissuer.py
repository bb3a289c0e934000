"""The development issuer: its key file, its tokens, and where it may be believed."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jwt
import pytest

from authz.issuers import IssuerSet, load_issuers
from authz.tokens import FixedAgencies, TokenVerifier
from service.devissuer import (
    ISSUER,
    KEY_FILE,
    DevelopmentIssuer,
    DevelopmentIssuerRefused,
    development_issuer_of,
    ensure_development_issuer,
    is_loopback,
    open_development_issuer,
    unsafe_host,
)
from tests.tokens import forge as f

AGENCIES = ("KH-MOSVY", "TH-DATIP")
DIRECTORY = FixedAgencies({"KH-MOSVY": "KH", "TH-DATIP": "TH"}, {"KH-MOSVY": frozenset({"HQ"})})


@pytest.fixture
def issuer(tmp_path: Path) -> DevelopmentIssuer:
    return ensure_development_issuer(tmp_path / "made" / "issuer", AGENCIES)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_its_tokens_are_believed(issuer: DevelopmentIssuer) -> None:
    verifier = TokenVerifier(load_issuers(issuer.issuers_path), DIRECTORY)
    token = issuer.mint(
        "KH-MOSVY",
        ["FOCAL_POINT"],
        ["TRACING"],
        unit="HQ",
        cases=[f.CASE],
        subject="u-1",
        client="c-1",
        lifetime=60,
    )
    caller = verifier.verify(token)
    assert (caller.agency, caller.country, caller.unit) == ("KH-MOSVY", "KH", "HQ")
    assert (caller.roles, caller.purposes) == (("FOCAL_POINT",), ("TRACING",))
    assert (caller.subject, caller.client, caller.cases) == ("u-1", "c-1", (f.CASE,))


def test_a_token_by_default(issuer: DevelopmentIssuer) -> None:
    token = issuer.mint("TH-DATIP", ["FOCAL_POINT"], now=f.NOW)
    found = jwt.decode_complete(token, options={"verify_signature": False})
    assert found["header"] == {"alg": "EdDSA", "kid": issuer.kid, "typ": "at+jwt"}
    assert found["payload"]["exp"] - found["payload"]["iat"] == 3600
    assert found["payload"]["purposes"] == []
    assert found["payload"].keys().isdisjoint({"unit", "cases"})


def test_each_token_has_its_own_jti(issuer: DevelopmentIssuer) -> None:
    first, second = (issuer.mint("TH-DATIP", [], now=f.NOW) for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("agency", "options", "words"),
    [
        ("LA-LWU", {}, "does not know this agency"),
        ("TH-DATIP", {"lifetime": 0}, "lives from 1"),
        ("TH-DATIP", {"lifetime": 86_401}, "lives from 1"),
        ("TH-DATIP", {"subject": ""}, "`sub`"),
        ("TH-DATIP", {"subject": "a\nb"}, "`sub`"),
        ("TH-DATIP", {"client": "c" * 257}, "`client_id`"),
        ("TH-DATIP", {"purposes": [""]}, "`purposes`"),
        ("TH-DATIP", {"unit": "a\x00"}, "`unit`"),
        ("TH-DATIP", {"cases": ["7"]}, "`cases`"),
    ],
)
def test_tokens_it_does_not_sign(
    issuer: DevelopmentIssuer, agency: str, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(DevelopmentIssuerRefused, match=words):
        issuer.mint(agency, ["FOCAL_POINT"], **options)


def test_files_are_ours_alone(issuer: DevelopmentIssuer) -> None:
    assert mode(issuer.folder) == 0o700
    assert mode(issuer.folder / KEY_FILE) == 0o600
    assert sorted(p.name for p in issuer.folder.iterdir()) == [KEY_FILE, "issuers.toml"]


def test_modes_do_not_hang_on_the_umask(tmp_path: Path) -> None:
    for umask in (0o000, 0o277):
        before = os.umask(umask)
        try:
            folder = tmp_path / f"with-{umask:o}"
            folder.mkdir()
            folder.chmod(0o700)
            ensure_development_issuer(folder, AGENCIES)
        finally:
            os.umask(before)
        assert mode(folder / KEY_FILE) == 0o600


def test_modes_of_parents_stay(tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    parent.mkdir()
    parent.chmod(0o751)
    ensure_development_issuer(parent / "issuer", AGENCIES)
    assert mode(parent) == 0o751


def test_a_second_start_takes_up_the_first(issuer: DevelopmentIssuer) -> None:
    before = issuer.issuers_path.stat().st_mtime_ns
    assert ensure_development_issuer(issuer.folder, reversed(AGENCIES)) == issuer
    assert open_development_issuer(issuer.folder) == issuer
    assert issuer.issuers_path.stat().st_mtime_ns == before


def test_a_new_agency_is_taken_in(issuer: DevelopmentIssuer) -> None:
    wider = ensure_development_issuer(issuer.folder, [*AGENCIES, "VN-MPS"])
    assert wider.kid == issuer.kid
    assert open_development_issuer(issuer.folder).agencies == {*AGENCIES, "VN-MPS"}


def test_many_first_starts_give_one_key(tmp_path: Path) -> None:
    folder = tmp_path / "issuer"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: ensure_development_issuer(folder, AGENCIES), range(16)))
    assert len({issuer.kid for issuer in made}) == 1
    assert sorted(p.name for p in folder.iterdir()) == [KEY_FILE, "issuers.toml"]


def test_a_link_in_place_of_the_key_is_not_followed(tmp_path: Path) -> None:
    folder, target = tmp_path / "issuer", tmp_path / "elsewhere"
    folder.mkdir(mode=0o700)
    (folder / KEY_FILE).symlink_to(target)
    with pytest.raises(DevelopmentIssuerRefused, match="cannot be opened"):
        ensure_development_issuer(folder, AGENCIES)
    assert not target.exists()


def test_a_link_to_a_good_key_is_not_followed(issuer: DevelopmentIssuer, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir(mode=0o700)
    (folder / KEY_FILE).symlink_to(issuer.folder / KEY_FILE)
    with pytest.raises(DevelopmentIssuerRefused, match="cannot be opened"):
        ensure_development_issuer(folder, AGENCIES)


def test_a_link_in_place_of_the_folder_is_not_followed(
    issuer: DevelopmentIssuer, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(issuer.folder)
    with pytest.raises(DevelopmentIssuerRefused, match="not a folder of its own"):
        ensure_development_issuer(link, AGENCIES)


@pytest.mark.parametrize("name", [KEY_FILE, "."])
def test_what_others_may_write_is_refused(issuer: DevelopmentIssuer, name: str) -> None:
    (issuer.folder / name).chmod(0o722)
    with pytest.raises(DevelopmentIssuerRefused, match="open to other users: chmod"):
        open_development_issuer(issuer.folder)


def test_a_key_that_others_may_read_is_refused(issuer: DevelopmentIssuer) -> None:
    (issuer.folder / KEY_FILE).chmod(0o640)
    with pytest.raises(DevelopmentIssuerRefused, match="chmod 600"):
        open_development_issuer(issuer.folder)


def test_a_key_of_another_user_is_refused(
    issuer: DevelopmentIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    with pytest.raises(DevelopmentIssuerRefused, match="another user"):
        open_development_issuer(issuer.folder)


def test_a_pipe_in_place_of_the_key_does_not_hold_us_up(tmp_path: Path) -> None:
    folder = tmp_path / "issuer"
    folder.mkdir(mode=0o700)
    os.mkfifo(folder / KEY_FILE, 0o600)
    with pytest.raises(DevelopmentIssuerRefused, match="not a regular file"):
        ensure_development_issuer(folder, AGENCIES)


@pytest.mark.parametrize("content", [b"", b"garbage", f.public_pem(f.KH_KEY).encode()])
def test_a_spoilt_key_is_named(issuer: DevelopmentIssuer, content: bytes) -> None:
    (issuer.folder / KEY_FILE).write_bytes(content)
    with pytest.raises(DevelopmentIssuerRefused, match="remove it and start again"):
        open_development_issuer(issuer.folder)


def test_issuers_that_do_not_name_the_key(issuer: DevelopmentIssuer, tmp_path: Path) -> None:
    other = ensure_development_issuer(tmp_path / "other", AGENCIES)
    issuer.issuers_path.write_bytes(other.issuers_path.read_bytes())
    with pytest.raises(DevelopmentIssuerRefused, match="does not name the key"):
        open_development_issuer(issuer.folder)


def test_nothing_was_made_yet(tmp_path: Path) -> None:
    with pytest.raises(DevelopmentIssuerRefused, match="not a folder"):
        open_development_issuer(tmp_path / "none")


def test_the_key_is_in_no_text_of_the_issuer(issuer: DevelopmentIssuer) -> None:
    secret = issuer.key.private_bytes_raw().hex()
    assert secret not in repr(issuer)
    assert "PRIVATE" not in issuer.issuers_path.read_text()
    assert " d =" not in issuer.issuers_path.read_text()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "::ffff:127.0.0.1"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "10.0.0.1", "192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "a\x00b"],
)
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_a_name_that_stands_for_two_addresses_is_loopback_only_if_both_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolved(*addresses: str) -> object:
        return lambda *_: [(2, 1, 6, "", (address, 0)) for address in addresses]

    monkeypatch.setattr("socket.getaddrinfo", resolved("127.0.0.1", "192.0.2.7"))
    assert not is_loopback("mixed.example")
    monkeypatch.setattr("socket.getaddrinfo", resolved("127.0.0.1", "::1"))
    assert is_loopback("own.example")
    monkeypatch.setattr("socket.getaddrinfo", resolved())
    assert not is_loopback("none.example")


def test_x02_the_development_issuer_stands_beside_loopback_only(issuer: DevelopmentIssuer) -> None:
    issuers = load_issuers(issuer.issuers_path)
    assert unsafe_host("127.0.0.1", issuers) is None
    told = unsafe_host("0.0.0.0", issuers)
    assert told is not None
    assert "`SAPHAN_HOST`" in told
    assert "\n" not in told
    assert unsafe_host("0.0.0.0", f.issuers()) is None


def test_x02_it_is_recognised_among_others(issuer: DevelopmentIssuer) -> None:
    development = load_issuers(issuer.issuers_path)
    together = IssuerSet({i.iss: i for i in (*f.issuers(), *development)})
    assert development_issuer_of(together) is development.get(ISSUER)
    assert development_issuer_of(f.issuers()) is None
    assert unsafe_host("0.0.0.0", together) is not None
