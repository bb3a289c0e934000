"""Settings: each documented, a misspelt one refused with its neighbour, no value repeated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.settings import COMMAND_NAMES, Settings, SettingsRefused, load, names
from service.surroundings import Databases, Role, cursor_key, databases, issuers

DOCS = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*names(), *COMMAND_NAMES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SAPHAN_FOLDER", str(tmp_path / "state"))


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("SAPHAN_DATABSE_URL", "SAPHAN_DATABASE_URL"),
        ("SAPHAN_BODYLIMIT", "SAPHAN_BODY_LIMIT"),
        ("SAPHAN_ISSUER", "SAPHAN_ISSUERS"),
        ("saphan_port", "SAPHAN_PORT"),
    ],
)
def test_a_misspelt_name_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, near: str) -> None:
    monkeypatch.setenv(name, "CANARY")
    with pytest.raises(SettingsRefused) as refused:
        load()
    assert str(refused.value) == f"`{name}` is not a setting, did you mean `{near}`"


def test_a_name_without_a_neighbour_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPHAN_ZZZZZZ\n", "x")
    with pytest.raises(SettingsRefused, match=r"^`SAPHAN_ZZZZZZ\?` is not a setting$"):
        load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAPHAN_PORT", "CANARY"),
        ("SAPHAN_PORT", "70000"),
        ("SAPHAN_BODY_LIMIT", "-1"),
        ("SAPHAN_STATEMENT_TIMEOUT", "0"),
        ("SAPHAN_REQUEST_TIMEOUT", "nan"),
        ("SAPHAN_TRACES", "CANARY"),
        ("SAPHAN_HOST", ""),
        ("SAPHAN_DATABASE_URL", ""),
    ],
)
def test_an_unusable_value_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused) as refused:
        load()
    assert f"`{name}`" in str(refused.value)
    assert "CANARY" not in str(refused.value)


def test_options_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPHAN_PORT", "9000")
    assert load().port == 9000
    assert load(port=1).port == 1
    assert load(port=None).port == 9000


def test_no_secret_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPHAN_DATABASE_URL", "postgresql://saphan_service:CANARY@db/saphan")
    monkeypatch.setenv("SAPHAN_CURSOR_KEY", "CA" * 32)
    assert "CANARY" not in repr(load())
    assert "CACA" not in f"{load()}"


def test_a_database_url_ends_the_embedded_server(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().embedded
    monkeypatch.setenv("SAPHAN_OWNER_DATABASE_URL", "postgresql://owner@db/saphan")
    assert not load().embedded
    with databases(load()) as given:
        assert isinstance(given, Databases)
        assert given.dsn(Role.OWNER) == "postgresql://owner@db/saphan"
        with pytest.raises(SettingsRefused, match="`SAPHAN_DATABASE_URL` is needed"):
            given.dsn(Role.SERVICE)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "registry.invalid", "10.1.2.3"])
def test_the_development_issuer_needs_a_loopback_host(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """X02."""
    monkeypatch.setenv("SAPHAN_HOST", host)
    with pytest.raises(SettingsRefused, match="`SAPHAN_HOST` is not a loopback address"):
        issuers(load())


def test_the_cursor_key_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = cursor_key(load())
    assert len(first) == 32
    assert cursor_key(load()) == first
    monkeypatch.setenv("SAPHAN_CURSOR_KEY", "ab" * 32)
    assert cursor_key(load()) == bytes.fromhex("ab" * 32)
    for bad in ("ab" * 31, "xy" * 32, "a" * 64 + "b"):
        monkeypatch.setenv("SAPHAN_CURSOR_KEY", bad)
        with pytest.raises(SettingsRefused, match="`SAPHAN_CURSOR_KEY` must be 32 bytes in hex"):
            cursor_key(load())


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"(?m)^\| `(SAPHAN_\w+)` \| ([^|]*) \|", DOCS.read_text("utf-8")))
    assert set(rows) == set(names()) | (COMMAND_NAMES - {"SAPHAN_TEST_DSN"})
    for field, info in Settings.model_fields.items():
        shown = rows[f"SAPHAN_{field.upper()}"].strip()
        assert shown == ("unset" if info.default is None else f"`{info.default}`"), field
