"""One page of rows in its order, after its cursor, one more than asked.

Takes the columns and the source of the rows and the planned connection, gives
SELECT text. Ties go by id; nulls, stored or withheld, come last both ways.
"""

from __future__ import annotations

from dataclasses import dataclass

from resolvers.filtering import keyset
from resolvers.plan import Connection
from resolvers.predicates import Where
from schema.catalog import FieldSource


@dataclass(frozen=True, slots=True)
class Keyed:
    """The rows of one page in its order, after its cursor, one more than asked."""

    base: Where
    connection: Connection
    columns: str
    source: str
    id_type: str

    @property
    def _names(self) -> list[str]:
        return [f"ok{i}" for i in range(len(self.connection.order))]

    def _ordering(self, *, nulls: bool = True) -> str:
        """`nulls` False: the first key has none, so that a plain index has the same order."""
        keys = [
            f"{_collated(key.source, name)} {'desc' if key.descending else 'asc'} nulls last"
            for key, name in zip(self.connection.order, self._names, strict=True)
        ]
        if not nulls:
            keys[0] = keys[0].removesuffix(" nulls last")
        return ", ".join([*keys, "id"])

    def page(self, where: str, values: list[str], *, nulls: bool) -> str:
        """SELECT of one page of the rows that pass `where`; `values` are those of the keys."""
        computed = "".join(
            f", {sql} as {name}" for sql, name in zip(values, self._names, strict=True)
        )
        rows = f"select {self.columns}{computed} from {self.source} where {where}"
        after = ""
        if self.connection.after is not None:
            past = keyset(self.connection, self.base, self._names, self.id_type)
            after = f" where {past}"
        return f"select * from ({rows}) q{after} {self._first(nulls=nulls)}"

    def merged(self, pages: list[str]) -> str:
        """The first rows of several pages together, in the one order."""
        parts = " union all ".join(f"({page})" for page in pages)
        return f"select * from ({parts}) q {self._first(nulls=True)}"

    def _first(self, *, nulls: bool) -> str:
        first = self.base.params.of(self.connection.first)
        return f"order by {self._ordering(nulls=nulls)} limit {first} + 1"


def _collated(source: FieldSource, name: str) -> str:
    return f'{name} collate "C"' if source.sql_type == "text" else name
