"""Settings by environment: every name, its meaning, its default, and what is refused as unsafe.

Takes the process environment, gives one frozen `Settings`. A name that begins
with `SAPHAN_` and is not listed here is refused together with the nearest
listed one: a misspelt limit must not silently leave the default in force.
docs/settings.md is tested to name every setting.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.http.origins import is_origin

PREFIX = "SAPHAN_"

COMMAND_NAMES = frozenset({"SAPHAN_TOKEN", "SAPHAN_URL", "SAPHAN_TEST_DSN"})
"""Names read elsewhere: a caller's token, a registry to pull from, the test suite's server."""


class SettingsRefused(Exception):
    """The environment cannot be used as it is. The text names the setting, never its value."""


class Settings(BaseSettings):
    """What `saphan` runs with. Times are seconds, sizes are bytes."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL as role `saphan_service`. Unset: an embedded server in `FOLDER`.",
    )
    owner_database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL as role `saphan_owner`: migrate, seed, demo."
    )
    integrator_database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL as role `saphan_integrator`: sequences the ledger."
    )
    auditor_database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL as role `saphan_auditor`: exports of the ledger."
    )
    issuers: Path | None = Field(
        default=None,
        description="The `issuers.toml` that is trusted. "
        "Unset: the development issuer in `FOLDER`.",
    )
    key_refresh: float = Field(
        default=40.0,
        ge=1,
        le=50,
        description="How often the keys that an issuer publishes are fetched; "
        "a key taken out is refused that much later.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one."
    )
    folder: Path = Field(
        default=Path(".saphan"),
        description="Where the embedded database, the development issuer and the cursor key live.",
    )
    cursor_key: SecretStr | None = Field(
        default=None,
        description="32 bytes in hex that seal cursors, the same in every process of one registry. "
        "Unset: made once and kept in `FOLDER`.",
    )
    ledger_key: Path | None = Field(
        default=None,
        description="File with the log's signing key, as a signer of C2SP signed notes, the same "
        "for every process of one registry. Unset: made once and kept in `FOLDER`.",
    )
    integrate: bool = Field(
        default=True,
        description="Whether `serve` puts new leaves into the ledger's tree. Where "
        "`SAPHAN_DATABASE_URL` is set this needs `SAPHAN_INTEGRATOR_DATABASE_URL`.",
    )
    witnesses: Path | None = Field(
        default=None,
        description="TOML file of `[[witness]]` tables with `vkey`, `url` and `country`: who is "
        "asked to cosign each checkpoint. Unset: nobody.",
    )
    statement_timeout: float = Field(
        default=5.0, gt=0, le=300, description="Longest run of one statement."
    )
    request_timeout: float = Field(
        default=15.0, gt=0, le=600, description="Longest time from whole body to answer."
    )
    header_timeout: float = Field(
        default=10.0, gt=0, le=120, description="Longest time for the request line and headers."
    )
    body_timeout: float = Field(
        default=10.0, gt=0, le=120, description="Longest time for the whole body to arrive."
    )
    idle_timeout: float = Field(
        default=30.0, gt=0, le=600, description="How long an unused connection is kept."
    )
    stop_timeout: float = Field(
        default=10.0, gt=0, le=120, description="How long a stop waits for running requests."
    )
    header_limit: int = Field(
        default=32_768, ge=2_048, le=1_048_576, description="Largest request line with headers."
    )
    body_limit: int = Field(
        default=1_048_576, ge=1_024, le=67_108_864, description="Largest request body."
    )
    message_limit: int = Field(
        default=65_536, ge=1_024, le=1_048_576, description="Largest message on a socket."
    )
    sockets: int = Field(
        default=2_000, ge=1, le=100_000, description="Open sockets and streams of one process."
    )
    subscriptions: int = Field(
        default=4_000, ge=1, le=1_000_000, description="Subscriptions of one process."
    )
    socket_subscriptions: int = Field(
        default=100, ge=1, le=10_000, description="Operations under way on one socket."
    )
    caller_subscriptions: int = Field(
        default=100,
        ge=1,
        le=1_000_000,
        description="Subscriptions of one caller in one process, over all its sockets and streams.",
    )
    origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins, with commas between, whose pages may open sockets and streams beside "
        "the service's own, as `https://desk.example`.",
    )
    cost_limit: int = Field(
        default=5_000, ge=1, le=10_000_000, description="Highest cost of one operation."
    )
    connections: int = Field(
        default=8, ge=1, le=256, description="Connections of one process to the database."
    )
    traces: Literal["off", "console"] = Field(
        default="off", description="Where OpenTelemetry spans go; `console` is standard error."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Lowest level of log lines on standard error."
    )

    @field_validator("origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        if isinstance(value, str):
            value = tuple(each.strip() for each in value.split(","))
        if isinstance(value, tuple) and not all(is_origin(str(each)) for each in value):
            raise ValueError("an origin is `scheme://host` with a port where it is not the usual")
        return value

    @property
    def development_issuer(self) -> bool:
        """Whether tokens of the issuer that `saphan token` speaks for are trusted."""
        return self.issuers is None

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded one. False as soon as any database URL is set."""
        return (
            self.database_url is None
            and self.owner_database_url is None
            and self.integrator_database_url is None
            and self.auditor_database_url is None
        )


def names() -> tuple[str, ...]:
    """Every environment name that `Settings` reads, sorted."""
    return tuple(sorted(PREFIX + field.upper() for field in Settings.model_fields))


def load(**overrides: object) -> Settings:
    """Settings of this process; `overrides` that are not None (a command's options) win.

    Raises SettingsRefused, whose text names what is wrong and never repeats a value.
    """
    known = {*names(), *COMMAND_NAMES}
    for name in sorted(os.environ):
        if not name.upper().startswith(PREFIX):
            continue
        if name not in known:
            raise SettingsRefused(_unknown(name, known))
        if not os.environ[name]:
            raise SettingsRefused(f"`{name}` is set but empty")
    given = {field: value for field, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks each of them
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsRefused(f"`{name}` is not usable: {first['msg'].lower()}") from None


def _unknown(name: str, known: set[str]) -> str:
    # The name comes from the operator's own environment; cut so that an error stays one line.
    shown = "".join(c if c.isalnum() or c == "_" else "?" for c in name[:64])
    near = difflib.get_close_matches(name.upper(), sorted(known), n=1, cutoff=0.6)
    hint = f", did you mean `{near[0]}`" if near else ""
    return f"`{shown}` is not a setting{hint}"
