"""What can be wrong with a protocol document, and how it is said.

Takes findings, gives `Problem` (file, line, stable code, message, remedy) and
`DocumentRefused`, which holds all problems of a document, not the first only.
A code is never reused for something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ProblemCode(StrEnum):
    """Stable names of what a document is refused for."""

    # the text
    UNREADABLE = "UNREADABLE"
    TOML_SYNTAX = "TOML_SYNTAX"
    # its shape
    UNKNOWN_KEY = "UNKNOWN_KEY"
    MISSING_KEY = "MISSING_KEY"
    WRONG_TYPE = "WRONG_TYPE"
    EMPTY_VALUE = "EMPTY_VALUE"
    REPEATED_VALUE = "REPEATED_VALUE"
    BAD_TEXT = "BAD_TEXT"
    # the document
    BAD_CODE = "BAD_CODE"
    BAD_NUMBER = "BAD_NUMBER"
    BAD_PERIOD = "BAD_PERIOD"
    BAD_RETENTION = "BAD_RETENTION"
    BAD_CORRIDOR = "BAD_CORRIDOR"
    UNKNOWN_KIND = "UNKNOWN_KIND"
    UNKNOWN_PARTY = "UNKNOWN_PARTY"
    PARTY_COUNT = "PARTY_COUNT"
    UNKNOWN_AGREEMENT = "UNKNOWN_AGREEMENT"
    VERSION_REPEATED = "VERSION_REPEATED"
    CLAUSE_REPEATED = "CLAUSE_REPEATED"
    # a grant's words
    CLAUSE_UNDECLARED = "CLAUSE_UNDECLARED"
    PURPOSE_NOT_OF_CLAUSE = "PURPOSE_NOT_OF_CLAUSE"
    GRANTEE_MISSING = "GRANTEE_MISSING"
    GRANTEE_NOBODY = "GRANTEE_NOBODY"
    NOT_A_PARTY = "NOT_A_PARTY"
    UNKNOWN_AGENCY = "UNKNOWN_AGENCY"
    UNKNOWN_COUNTRY = "UNKNOWN_COUNTRY"
    UNKNOWN_ROLE = "UNKNOWN_ROLE"
    UNKNOWN_SIDE = "UNKNOWN_SIDE"
    SIDE_MEANINGLESS = "SIDE_MEANINGLESS"
    UNKNOWN_PURPOSE = "UNKNOWN_PURPOSE"
    UNKNOWN_ENTITY = "UNKNOWN_ENTITY"
    UNKNOWN_CLASS = "UNKNOWN_CLASS"
    UNKNOWN_OPERATION = "UNKNOWN_OPERATION"
    # a grant's conditions
    CONDITION_FORM = "CONDITION_FORM"
    UNKNOWN_CONDITION = "UNKNOWN_CONDITION"
    CONDITION_ARGUMENT = "CONDITION_ARGUMENT"
    IMPLICIT_CONDITION = "IMPLICIT_CONDITION"
    CONDITION_NOT_OF_ENTITY = "CONDITION_NOT_OF_ENTITY"
    WHEN_EMPTY = "WHEN_EMPTY"
    ANCHOR_MISSING = "ANCHOR_MISSING"
    ANCHOR_SEVERAL = "ANCHOR_SEVERAL"
    ANCHOR_OF_LAW = "ANCHOR_OF_LAW"
    CORRIDOR_MISSING = "CORRIDOR_MISSING"
    CORRIDOR_UNGUARDED = "CORRIDOR_UNGUARDED"
    SEALED_CLASS = "SEALED_CLASS"
    PHOTO_UNGUARDED = "PHOTO_UNGUARDED"
    HOST_AFTER_HANDOVER = "HOST_AFTER_HANDOVER"
    FROZEN_FOR_ANOTHER = "FROZEN_FOR_ANOTHER"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding. `line` counts from 1; `remedy` says what would be right."""

    file: str
    line: int
    code: ProblemCode
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.code}: {self.message}; {self.remedy}"


class DocumentRefused(ValueError):
    """A protocol document that does not load. `problems` has every finding, by file and line."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))
