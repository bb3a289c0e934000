"""The arguments of fields that lead to records: `id`, and `first after filter orderBy`.

Takes the catalog and the inputs made from it, sets the arguments on the
fields of the types. Without resolvers Strawberry has no signature to read
them from.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from schema.catalog import Catalog, Kind
from schema.held import definition_of
from schema.types.filters import NULLS, PLAIN, Inputs
from schema.types.names import graphql_name
from schema.types.statistics import StatisticsTable

PAGE_SIZE = 20
"""`first` where it is left out."""


def set_arguments(query: type, entities: tuple[type, ...], known: Catalog, inputs: Inputs) -> None:
    """Set the arguments of every root field and every nested connection. May be repeated."""
    roots: dict[str, list[StrawberryArgument]] = {
        "node": [_id()],
        "explainAccess": [_id(), *_WHY],
        "whoCanSee": [_id(), *_WHY, *_WHO],
        "changes": _feed(),
        "worklist": _page("ReturnCase", inputs),
        "statistics": list(_STATISTICS),
    }
    for entity in known.entities.values():
        if entity.singular is not None:
            roots[entity.singular] = [_id()]
        if entity.plural is not None:
            roots[entity.plural] = _page(entity.name, inputs)
    for field in definition_of(query).fields:
        if graphql_name(field) in roots:
            field.arguments = roots[graphql_name(field)]
    for cls in entities:
        sources = known.entities[definition_of(cls).name].fields
        for field in definition_of(cls).fields:
            source = sources[graphql_name(field)]
            if source.kind is Kind.CONNECTION and source.target is not None:
                field.arguments = _page(source.target, inputs)
                if source.target == "AccessDisclosure":
                    field.arguments = [*field.arguments, *_OF_WHOM]


def _id() -> StrawberryArgument:
    return _argument("id", strawberry.ID, "Id of the record.")


def _page(target: str, inputs: Inputs) -> list[StrawberryArgument]:
    arguments = [
        _argument(
            "first",
            int | None,
            "How many records, 0 to 100; up to 1000 for callers whose clause says bulk.",
            PAGE_SIZE,
        ),
        _argument("after", str | None, "The cursor after which the page begins."),
    ]
    if f"{target}Filter" in inputs:
        described = f"Which records; left out, all that the caller may see. {NULLS}"
        arguments.append(_argument("filter", inputs[f"{target}Filter"] | None, described))
    if f"{target}Order" in inputs:
        described = "In which order, the first step first. Left out, one fixed order."
        arguments.append(
            _argument("orderBy", list[inputs[f"{target}Order"]] | None, described)  # type: ignore[misc]
        )
    return arguments


def _feed() -> list[StrawberryArgument]:
    described = "The cursor after which the page begins, kept for 400 days; null: start over."
    first, _ = _page("", {})
    return [_argument("after", str | None, described), first]


def _argument(
    name: str, annotation: Any, description: str, default: object = strawberry.UNSET
) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=name,
        type_annotation=StrawberryAnnotation(annotation),
        description=description,
        default=default,
    )


_WHY = (
    _argument(
        "field", str | None, "One field, as `familyName` or `Victim.familyName`; else all.", None
    ),
    _argument("asOf", dt.datetime | None, "A past instant; left out: now.", None),
)
_WHO = tuple(
    _argument(name, str | None, f"Only this {name}.", None)
    for name in ("agency", "role", "purpose")
)
_STATISTICS = (
    _argument("table", StatisticsTable, "Which table."),
    _argument(
        "corridor",
        str | None,
        "Only this corridor, as `TH-KH`; else all of which anything was released.",
        None,
    ),
    _argument(
        "from",
        dt.date | None,
        "From the month or year of this day on; else from the corridor's first release on.",
        None,
    ),
    _argument(
        "to",
        dt.date | None,
        "Up to the month or year of this day; at most and else the newest month that is closed.",
        None,
    ),
)
OF_WHOM = {
    "recordId": "what was shown of this record.",
    "personId": "what was shown of this person, her cases and what belongs to them.",
    "province": "what was shown of persons whose home is in this province.",
    "dataClass": "entries with a field of this data class, as `IDENTITY`.",
    "afterWithdrawal": "records for which `afterWithdrawal` of the filter holds.",
    "afterObjection": "records for which `afterObjection` of the filter holds.",
}
"""Which disclosures: the arguments of `AccessRecord.disclosures`, each as in AccessRecordFilter."""
_OF_WHOM = tuple(
    _argument(name, PLAIN["AccessRecord"][name][0] | None, f"Only {described}")
    for name, described in OF_WHOM.items()
)
