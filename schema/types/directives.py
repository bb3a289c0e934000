"""The two directives that print protection into the schema: `@protected` and `@sensitivity`.

Takes the data classes, gives them as GraphQL enums, promises that each value
carries its level and each protected field its class.
"""

from __future__ import annotations

import strawberry
from strawberry.schema_directive import Location

from schema.classes import DataClass, Sensitivity
from schema.types.enums import describe_enum

_LEVELS = {
    Sensitivity.S0: "Public.",
    Sensitivity.S1: "Official: agreements in draft, staff contacts, meetings.",
    Sensitivity.S2: "Facts of a case without identity.",
    Sensitivity.S3: "Identity: names, home, family, papers.",
    Sensitivity.S4: "Special: what was done, needs, places of shelter, proceedings.",
    Sensitivity.S5: "Sealed: medical. Never crosses a border.",
}

_CLASSES = {
    DataClass.SHELL: "The case without the person: host, origin, state, holder, outcome.",
    DataClass.PERSON: "The person in coarse strokes: age band, gender, nationality, language.",
    DataClass.IDENTITY: "Names, birth date, identity number.",
    DataClass.PHOTO: "The photo; across a border only by consent and of an adult.",
    DataClass.FAMILY: "Home below the province, telephone, family contacts.",
    DataClass.EXPLOITATION: "Type of exploitation, first level.",
    DataClass.EXPLOITATION_DETAIL: "How, where and when the person was recruited and exploited.",
    DataClass.NARRATIVE: "The account in words, and the suspects.",
    DataClass.CARE: "What an escort needs to know, without diagnosis.",
    DataClass.MEDICAL: "Diagnosis and psychological notes.",
    DataClass.SHELTER: "Name and place of the shelter.",
    DataClass.HANDOVER: "Place and hour of the handover.",
    DataClass.REFERRAL: "Who referred to whom, for which reason.",
    DataClass.REFERRAL_TEXT: "The text of a referral.",
    DataClass.BEST_INTERESTS: "The reasoned choice for a child.",
    DataClass.LEGAL: "Proceedings, claims and formal requests.",
    DataClass.LEGAL_HOLD: "Whether proceedings hold the return back: yes or no.",
    DataClass.ASSESSMENT: "Report, risk and the family's willingness.",
    DataClass.ASSESSMENT_OUTCOME: "Outcome of an assessment.",
    DataClass.RISK_FLAG: "Whether an assessment saw a risk: yes or no.",
    DataClass.TRAVEL: "Travel papers, escort and transport.",
    DataClass.REINTEGRATION: "Reintegration plan and follow-up visits.",
    DataClass.FEEDBACK: "The coded feedback to the host, and its date.",
    DataClass.CONSENT: "What the person agreed to, for whom and when.",
    DataClass.EMERGENCY: "Emergency openings: who opened a case for an hour, why, and the review.",
    DataClass.AGREEMENT: "Agreements and the directory of agencies.",
    DataClass.CLAUSE: "Clauses of agreements.",
    DataClass.CONTACT: "Focal points, meetings, visits, trainings and campaigns.",
    DataClass.CONTACT_PRIVATE: "The private telephone of a focal point.",
    DataClass.MINUTES: "Minutes of meetings, for those who took part.",
    DataClass.ACCESS: "Records of access: who was shown what, why, under which clause.",
}


describe_enum(
    Sensitivity,
    "How much harm a disclosed value can do. It depends on the data class alone, never on a row.",
    {level.value: text for level, text in _LEVELS.items()},
)
_CLASS_ENUM = describe_enum(
    DataClass,
    "The unit in which a clause opens fields. A grant names entities and data classes.",
    {data_class.value: text for data_class, text in _CLASSES.items()},
)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="protected",
    description="The data class under which a grant opens this field. On every field that is "
    "not an id, a link or a connection.",
)
class Protected:
    """`@protected(class:)`."""

    data_class: DataClass = strawberry.field(name="class")


@strawberry.schema_directive(
    locations=[Location.ENUM_VALUE],
    name="sensitivity",
    description="The level of every field of this data class.",
)
class SensitivityLevel:
    """`@sensitivity(level:)`."""

    level: Sensitivity = strawberry.field(name="level")


for _value in _CLASS_ENUM.values:
    _value.directives = (SensitivityLevel(level=DataClass(_value.value).sensitivity),)
