"""Default deny in the schema: what has no data class does not build."""

from __future__ import annotations

import pytest
import strawberry

from schema.catalog import CatalogError, build
from schema.classes import DataClass
from schema.held import (
    Binding,
    UnclassifiedFieldError,
    definition_of,
    detail,
    entity,
    held,
    to_many,
    to_one,
)
from schema.sdl import build_schema
from schema.types.entities import ENTITIES
from schema.types.query import Query
from schema.types.records import Connection, Record


def test_a_field_without_a_class_does_not_build() -> None:
    class Parcel(Record):
        """A thing."""

        weight: int | None = held(DataClass.SHELL, "In grams.")
        sender: str | None

    with pytest.raises(UnclassifiedFieldError, match=r"`Parcel\.sender` has no data class"):
        entity(table="registry.parcel", binding=Binding.FREE)(Parcel)


def test_a_strawberry_field_without_a_class_does_not_build() -> None:
    class Parcel(Record):
        """A thing."""

        sender: str | None = strawberry.field(name="from", description="Who.")

    with pytest.raises(UnclassifiedFieldError, match=r"`Parcel\.from` has no data class"):
        entity(table="registry.parcel", binding=Binding.FREE)(Parcel)


def test_a_resolver_without_a_class_does_not_build() -> None:
    class Parcel(Record):
        """A thing."""

        @strawberry.field(description="Worked out here.")  # type: ignore[untyped-decorator]
        def sender(self) -> str | None:
            return None

    with pytest.raises(UnclassifiedFieldError, match=r"`Parcel\.sender` has no data class"):
        entity(table="registry.parcel", binding=Binding.FREE)(Parcel)


def test_a_field_named_like_an_open_one_is_not_open_without_the_interface() -> None:
    class Parcel:
        """A thing."""

        id: strawberry.ID
        withheld: str | None

    with pytest.raises(UnclassifiedFieldError, match="has no data class"):
        entity(table="registry.parcel", binding=Binding.FREE)(Parcel)


def test_a_detail_without_a_class_does_not_build() -> None:
    class Stamp:
        """On a thing."""

        colour: str | None

    with pytest.raises(UnclassifiedFieldError, match=r"`Stamp\.colour` has no data class"):
        detail(Stamp)


def test_a_link_stands_in_no_detail() -> None:
    class Stamp:
        """On a thing."""

        victim: str | None = to_one("{t}.id = {p}.victim_id", "Who.")

    with pytest.raises(UnclassifiedFieldError, match=r"`Stamp\.victim` has no data class"):
        detail(Stamp)


def test_a_type_without_docstring_does_not_build() -> None:
    class Parcel(Record):
        weight: int | None = held(DataClass.SHELL, "In grams.")

    with pytest.raises(UnclassifiedFieldError, match="`Parcel` has no docstring"):
        entity(table="registry.parcel", binding=Binding.FREE)(Parcel)


def test_column_and_expression_exclude_each_other() -> None:
    with pytest.raises(UnclassifiedFieldError, match="`column` or `sql`"):
        held(DataClass.SHELL, "Both.", column="a", sql="{t}.b")


def test_a_plain_type_below_a_root_does_not_build() -> None:
    @strawberry.type(description="Smuggled in.")
    class Sideways:
        name: str | None = strawberry.field(description="Someone's name.")

    @strawberry.type(description="Roots.")
    class Roots(Query):
        sideways: Sideways | None = strawberry.field(description="Past the catalog.")

    Roots.__annotations__["sideways"] = Sideways | None
    field = next(f for f in definition_of(Roots).fields if f.python_name == "sideways")
    field.type = Sideways | None
    with pytest.raises(UnclassifiedFieldError, match=r"`Sideways\.name` has no data class"):
        build_schema(Roots, ENTITIES)


def test_a_field_that_can_be_withheld_must_be_nullable() -> None:
    @entity(table="registry.parcel", binding=Binding.FREE)
    class Parcel(Record):
        """A thing."""

        weight: int = held(DataClass.SHELL, "In grams.")

    with pytest.raises(CatalogError, match=r"`Parcel\.weight` can be withheld and must be null"):
        build((Parcel,))


def test_a_list_that_can_be_withheld_must_be_nullable() -> None:
    @entity(table="registry.parcel", binding=Binding.FREE)
    class Parcel(Record):
        """A thing."""

        stamps: list[str] = held(DataClass.SHELL, "On it.")

    with pytest.raises(CatalogError, match=r"`Parcel\.stamps` can be withheld and must be null"):
        build((Parcel,))


def test_a_link_must_be_nullable() -> None:
    @entity(table="registry.parcel", binding=Binding.FREE)
    class Parcel(Record):
        """A thing."""

        holder: Record = to_one("{t}.id = {p}.holder_id", "Who has it.")

    with pytest.raises(CatalogError, match=r"`Parcel\.holder` is a link and must be nullable"):
        build((Parcel,))


def test_a_way_to_many_must_be_a_connection() -> None:
    @entity(table="registry.parcel", binding=Binding.FREE)
    class Parcel(Record):
        """A thing."""

        stamps: list[str] | None = to_many("{t}.parcel_id = {p}.id", "On it.")

    with pytest.raises(CatalogError, match=r"`Parcel\.stamps` leads to many"):
        build((Parcel,))


def test_a_connection_to_an_unknown_type_does_not_build() -> None:
    @entity(table="registry.stamp", binding=Binding.FREE)
    class Stamp(Record):
        """On a thing."""

    class Parcel(Record):
        """A thing."""

        stamps: Connection[Stamp] = to_many("{t}.parcel_id = {p}.id", "On it.")

    Parcel.__annotations__["stamps"] = Connection[Stamp]
    made = entity(table="registry.parcel", binding=Binding.FREE)(Parcel)
    with pytest.raises(CatalogError, match=r"`Parcel\.stamps` leads to an unknown type"):
        build((made,))
    assert build((made, Stamp)).entities["Parcel"].fields["stamps"].target == "Stamp"


def test_a_detail_keeps_the_class_of_the_field_it_stands_in() -> None:
    @detail
    class Stamp:
        """On a thing."""

        colour: str | None = held(DataClass.IDENTITY, "Which.")

    class Parcel(Record):
        """A thing."""

        stamps: list[Stamp] | None = held(DataClass.SHELL, "On it.")

    Parcel.__annotations__["stamps"] = list[Stamp] | None
    made = entity(table="registry.parcel", binding=Binding.FREE)(Parcel)
    with pytest.raises(CatalogError, match=r"`Stamp\.colour` is not of the class SHELL"):
        build((made,))


def test_a_type_that_no_column_holds_does_not_build() -> None:
    @entity(table="registry.parcel", binding=Binding.FREE)
    class Parcel(Record):
        """A thing."""

        price: float | None = held(DataClass.SHELL, "In baht.")

    with pytest.raises(CatalogError, match=r"`Parcel\.price` has a type that no column holds"):
        build((Parcel,))
