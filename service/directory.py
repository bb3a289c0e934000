"""The agencies of the registry, as tokens are held against them.

Takes rows of `registry.agency` and `registry.agency_unit`, gives an
`authz.tokens.AgencyDirectory` that is read without a statement and replaced as
a whole. Until the first reading it knows no agency.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg

_AGENCIES: LiteralString = "select code, coalesce(country, '') from registry.agency"
_UNITS: LiteralString = "select agency_code, code from registry.agency_unit"


class RegistryAgencies:
    """An AgencyDirectory of the last reading."""

    def __init__(self) -> None:
        self._version = 0
        self._countries: Mapping[str, str] = {}
        self._units: Mapping[str, frozenset[str]] = {}

    @property
    def version(self) -> int:
        """Changes with every reading that differs from the one before."""
        return self._version

    @property
    def codes(self) -> frozenset[str]:
        """Every agency of the last reading."""
        return frozenset(self._countries)

    def country_of(self, agency: str) -> str | None:
        """See AgencyDirectory."""
        return self._countries.get(agency)

    def units_of(self, agency: str) -> frozenset[str]:
        """See AgencyDirectory."""
        return self._units.get(agency, frozenset())

    def read(self, connection: psycopg.Connection[Any]) -> None:
        """Takes up what the registry holds now."""
        countries = dict(connection.execute(_AGENCIES).fetchall())
        units: dict[str, set[str]] = {}
        for agency, code in connection.execute(_UNITS):
            units.setdefault(agency, set()).add(code)
        frozen = {agency: frozenset(codes) for agency, codes in units.items()}
        if (countries, frozen) != (self._countries, self._units):
            self._countries, self._units = countries, frozen
            self._version += 1
