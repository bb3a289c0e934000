"""What a protocol document may name beside its own words: agencies, agreements, countries.

Takes nothing, gives `Register` and `SAPHAN`, the one of the reference data.
Agencies and agreements are rows of the registry: whoever reads documents
beside a database passes the register of that database.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from schema import reference

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNTRIES: Final = frozenset(c.code for c in reference.countries())
"""ISO 3166-1 alpha-2."""


@dataclass(frozen=True, slots=True)
class Register:
    """Known agencies with their country (None for an organisation) and known agreement codes."""

    agencies: Mapping[str, str | None]
    agreements: frozenset[str]

    def party_of(self, agency: str) -> str:
        """The party an agency acts for: its country, or itself where it is an organisation."""
        return self.agencies[agency] or agency

    def is_party(self, name: str) -> bool:
        """True for what can be a party: a country, or an organisation without one."""
        return name in COUNTRIES or (name in self.agencies and self.agencies[name] is None)


SAPHAN: Final = Register(
    MappingProxyType({a.code: a.country for a in reference.agencies()}),
    frozenset(a.code for a in reference.agreements()),
)
"""The register that comes with saphan."""
