"""The inputs made from the catalog: a filter, an order and its fields for every entity.

Takes the catalog, gives Strawberry inputs by their GraphQL names, promises
that a filter offers exactly the filterable fields and an order exactly the
orderable ones.
"""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation

from schema.catalog import Catalog, EntitySource, FieldSource, Kind, is_sealed
from schema.held import definition_of
from schema.types.comparisons import COMPARISONS, LISTED, OPERATORS, Comparison, comparison_for
from schema.types.names import order_value
from schema.types.records import OrderDirection

NULLS = (
    "A null value, stored or withheld, passes `isNull: true` and nothing else: `ne`, `notIn` and "
    "`not` do not let it through. An operator that is given null matches no record."
)

_OF_PERSON = (
    "Accesses in which anything of this person was shown: her own record, her cases or what "
    "belongs to them. None where the caller may not see her."
)
_PROVINCE = (
    "Accesses that showed something of persons whose home is in this province, as far as the "
    "caller is shown their `homeProvince`."
)
_WITHDRAWN = (
    "Whether it was shown to somebody from whom the person had withdrawn a consent on that case "
    "and given none anew, as far as the caller is shown her consents."
)
_OBJECTED = (
    "Whether it was shown abroad to somebody whom the person had not wanted to be told of that "
    "case, as far as the caller is shown her consents."
)

PLAIN: dict[str, dict[str, tuple[Any, str]]] = {
    "AccessRecord": {
        "id": (strawberry.ID, "This access record."),
        "recordId": (strawberry.ID, "Accesses in which this record was shown."),
        "personId": (strawberry.ID, _OF_PERSON),
        "agency": (str, "Accesses of this agency, by its code."),
        "country": (str, "Accesses of this country's agencies."),
        "subject": (str, "Accesses of this person, as her issuer names her."),
        "purpose": (str, "Accesses for this purpose."),
        "field": (str, "Accesses that showed this field, as `Victim.familyName`."),
        "dataClass": (str, "Accesses that showed a field of this data class, as `IDENTITY`."),
        "clause": (str, "Accesses permitted by this clause, as `TH-KH-2014@3#art. 9(2)`."),
        "province": (str, _PROVINCE),
        "afterWithdrawal": (bool, _WITHDRAWN),
        "afterObjection": (bool, _OBJECTED),
        "reason": (
            str,
            "Accesses in which a field was refused or withheld for this reason, as `CONSENT`.",
        ),
        "outcome": (str, "DISCLOSED, REFUSED or ERROR."),
        "kind": (str, "ACCESS, or an act: POLICY, CONSENT, EXPORT or EMERGENCY."),
        "from": (dt.datetime, "Accesses at or after this moment."),
        "to": (dt.datetime, "Accesses before this moment."),
    }
}
"""Entities whose filter takes plain values, all of which must hold, and which take no order."""

Inputs = dict[str, Any]


def make_inputs(catalog: Catalog) -> Inputs:
    """Every comparison, filter and order. A filter finds related ones in the mapping itself."""
    made: Inputs = {each.name: _comparison(each) for each in COMPARISONS}
    for target in reached(catalog):
        if target.name in PLAIN:
            made[f"{target.name}Filter"] = _plain(target.name)
        else:
            made[f"{target.name}Filter"] = _filter(target, made)
            made[f"{target.name}OrderField"] = _order_field(target)
            made[f"{target.name}Order"] = _order(target.name, made)
    return made


def reached(catalog: Catalog) -> list[EntitySource]:
    """The entities that take a filter: of root connections, nested ones and links from those."""
    names = {
        source.target
        for entity in catalog.entities.values()
        for source in entity.fields.values()
        if source.kind in {Kind.CONNECTION, Kind.LINK}
    }
    return [
        entity
        for entity in catalog.entities.values()
        if entity.table and (entity.plural is not None or entity.name in names)
    ]


def _comparison(comparison: Comparison) -> type:
    values = "lists" if comparison.is_list else "values"
    head = (
        f"Compares {values} of sensitivity S3 and above, by `eq` and `isNull` only."
        if comparison.is_sealed
        else f"Compares {values}. All operators given must hold."
    )
    fields: dict[str, Any] = {}
    for operator in comparison.operators:
        operand: Any = comparison.element
        if operator == "isNull":
            operand = bool
        elif operator in LISTED or (comparison.is_list and operator in {"eq", "ne"}):
            operand = list[operand]
        fields[operator] = _input_field(operator, operand | None, OPERATORS[operator])
    return _input(comparison.name, f"{head} {NULLS}", fields)


def _filter(entity: EntitySource, made: Inputs) -> type:
    name = f"{entity.name}Filter"
    fields: dict[str, Any] = {}
    for source in entity.fields.values():
        if source.filterable:
            fields[source.name] = _input_field(
                source.name,
                f"{_operand(source)} | None",
                f"By the record at `{source.name}`; all in it is null where it may not be seen."
                if source.kind is Kind.LINK
                else f"By `{source.name}`, as the caller is shown it.",
                made,
            )
    fields |= {
        "and": _input_field("and", f"list[{name}] | None", "All of these hold.", made),
        "or": _input_field(
            "or",
            f"list[{name}] | None",
            "At least one of these holds; none of an empty list.",
            made,
        ),
        "not": _input_field(
            "not", f"{name} | None", "This does not hold, and is not unknown for a null.", made
        ),
    }
    return _input(
        name,
        f"Which records of `{entity.name}`. All fields given must hold; each is compared as the "
        f"caller is shown it. {NULLS} A field that is refused on every row refuses the request.",
        fields,
    )


def _operand(source: FieldSource) -> str:
    if source.kind is Kind.LINK:
        return f"{source.target}Filter"
    sealed = source.data_class is not None and is_sealed(source.data_class)
    comparison = comparison_for(source.sql_type, sealed=sealed)
    if comparison is None:
        raise TypeError(f"`{source.name}` takes no filter")
    return comparison.name


def _plain(entity: str) -> type:
    fields = {
        name: _input_field(name, element | None, description)
        for name, (element, description) in PLAIN[entity].items()
    }
    return _input(
        f"{entity}Filter", f"Which records of `{entity}`. All values given must hold.", fields
    )


def _order_field(entity: EntitySource) -> type[Enum]:
    values = {
        order_value(source.name): strawberry.enum_value(
            order_value(source.name), description=f"By `{source.name}`."
        )
        for source in entity.fields.values()
        if source.orderable
    }
    made = Enum(f"{entity.name}OrderField", values)  # type: ignore[misc]  # named at run time
    return strawberry.enum(
        made,
        description=f"The fields by which `{entity.name}` can be ordered: those below sensitivity "
        "S3 that hold one value. Text goes by code point.",
    )


def _order(entity: str, made: Inputs) -> type:
    return _input(
        f"{entity}Order",
        "One step of an order. Null and withheld come last in both directions; ties go by id.",
        {
            "field": _input_field("field", made[f"{entity}OrderField"], "The field to order by."),
            "direction": _input_field(
                "direction", OrderDirection, "Which way.", default=OrderDirection.ASC
            ),
        },
    )


def _input_field(
    name: str,
    annotation: Any,
    description: str,
    namespace: Inputs | None = None,
    *,
    default: object = strawberry.UNSET,
) -> Any:
    return strawberry.field(
        name=name,
        description=description,
        graphql_type=StrawberryAnnotation(annotation, namespace=namespace),
        default=default,
    )


def _input(name: str, description: str, fields: dict[str, Any]) -> type:
    # An underscore keeps `in`, `from`, `not` and the like apart from Python's own words.
    members = {f"{each}_": field for each, field in fields.items()}
    annotations = {each: field.type_annotation for each, field in members.items()}
    made: type = strawberry.input(
        type(name, (), {"__module__": __name__, **members}), description=description
    )
    for field in definition_of(made).fields:
        # Strawberry drops the namespace in which the names of related filters are found.
        field.type_annotation = annotations[field.name]
    return made
