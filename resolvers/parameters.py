"""The parameters of one statement: numbered in the order of first use, each with its type.

Takes binds, gives `$n::type` text, so that no literal of a document, no claim
and no code of an agreement ever stands in the SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from resolvers.plan import Bind

TIME = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
"""Times of an answer, for `to_char` of a time in UTC."""


@dataclass(slots=True)
class Parameters:
    """Numbering of the binds of one statement. `has_cases`: the token narrows to certain cases."""

    has_cases: bool = False
    binds: list[Bind] = field(default_factory=list)
    _numbers: dict[object, int] = field(default_factory=dict)

    def of(self, bind: Bind, cast: str | None = None) -> str:
        """Text for one bind; the same bind is one parameter however often it stands."""
        kind = cast or bind.cast
        key = (bind.origin, bind.name, bind.path, repr(bind.value), kind)
        number = self._numbers.get(key)
        if number is None:
            self.binds.append(Bind(bind.origin, bind.name, bind.path, bind.value, kind))
            number = self._numbers[key] = len(self.binds)
        return f"${number}::{kind}"

    def ctx(self, name: str, cast: str = "text") -> str:
        """A fact of the request: agency, country, unit, purpose, ..."""
        return self.of(Bind("ctx", name, cast=cast))

    def fixed(self, value: str) -> str:
        """A text of the grants (an agreement's code, a country): a parameter too, constant per
        statement.
        """
        return self.of(Bind("const", value=value))
