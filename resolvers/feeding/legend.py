"""How the feed writes down what is open: types as numbers, data classes as bits, fields by class.

Numbers and bits are stored with every stream, so a new type or class takes a
new one and none is ever used again. Types are looked through in the order of
their numbers: what others link to comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from schema.catalog import EntitySource, FieldSource, Kind
from schema.classes import DataClass

KINDS: Mapping[str, int] = MappingProxyType(
    {
        "Agency": 10,
        "Agreement": 20,
        "Clause": 30,
        "FocalPoint": 40,
        "BilateralContact": 50,
        "Victim": 60,
        "ReturnCase": 70,
        "Transition": 80,
        "Consent": 90,
        "Referral": 100,
        "Assessment": 110,
        "TravelPaper": 120,
        "FollowUp": 130,
        "LegalRequest": 140,
        "EmergencyOpening": 150,
    }
)
"""Every type with an id but the access record, which is the ledger's."""
TYPES: Mapping[int, str] = MappingProxyType({number: name for name, number in KINDS.items()})
OVER = 32767
"""After every kind."""
BITS: Mapping[DataClass, int] = MappingProxyType(
    {
        data_class: place
        for place, data_class in enumerate(
            (
                DataClass.SHELL,
                DataClass.PERSON,
                DataClass.IDENTITY,
                DataClass.PHOTO,
                DataClass.FAMILY,
                DataClass.EXPLOITATION,
                DataClass.EXPLOITATION_DETAIL,
                DataClass.NARRATIVE,
                DataClass.CARE,
                DataClass.MEDICAL,
                DataClass.SHELTER,
                DataClass.HANDOVER,
                DataClass.REFERRAL,
                DataClass.REFERRAL_TEXT,
                DataClass.BEST_INTERESTS,
                DataClass.LEGAL,
                DataClass.LEGAL_HOLD,
                DataClass.ASSESSMENT,
                DataClass.ASSESSMENT_OUTCOME,
                DataClass.RISK_FLAG,
                DataClass.TRAVEL,
                DataClass.REINTEGRATION,
                DataClass.FEEDBACK,
                DataClass.CONSENT,
                DataClass.EMERGENCY,
                DataClass.AGREEMENT,
                DataClass.CLAUSE,
                DataClass.CONTACT,
                DataClass.CONTACT_PRIVATE,
                DataClass.MINUTES,
            )
        )
    }
)
WHOLE = "id"
"""Among the fields of an entry: the record itself entered the view, or left it."""


def classes_of(entity: EntitySource) -> tuple[DataClass, ...]:
    """The data classes of an entity's fields, in the order of the schema."""
    return tuple(dict.fromkeys(data_class for data_class, _ in protected(entity)))


def protected(entity: EntitySource) -> Iterator[tuple[DataClass, FieldSource]]:
    """The fields that have a class, in the order of the schema, but for a record's history: it
    changes with the others.
    """
    for source in entity.fields.values():
        if source.kind is Kind.HISTORY:
            continue
        if source.data_class is not None and source.data_class in BITS:
            yield source.data_class, source


def links(entity: EntitySource) -> tuple[FieldSource, ...]:
    """To-one links to types that a feed holds."""
    return tuple(
        source
        for source in entity.fields.values()
        if source.kind is Kind.LINK and source.target in KINDS
    )


def fields_of(entity: EntitySource, mask: int) -> list[str]:
    """Names of the fields whose class is in the mask, in the order of the schema."""
    return [source.name for each, source in protected(entity) if mask >> BITS[each] & 1]


def mask_of(entity: EntitySource, names: Iterable[str]) -> int:
    """The classes of these fields."""
    mask = 0
    for name in names:
        source = entity.fields.get(name)
        if source is not None and source.data_class is not None and source.data_class in BITS:
            mask |= 1 << BITS[source.data_class]
    return mask
