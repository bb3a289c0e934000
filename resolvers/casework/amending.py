"""Corrections of a person and of a case: only what is given changes, as a new version.

Each field's class must be carried by a clause that names the act; the table
keeps the version before, the deed says who, why and under which clause.
"""

from __future__ import annotations

from resolvers.casework.custody import CUSTODY, CUSTODY_OF_PERSON, out_of_hands
from resolvers.casework.definitions import Act, Given, Statement, Subject, Trouble, Work, Written
from resolvers.casework.given import LINE, LONG, TEXT, all_of, common, text, text_of, value_of
from resolvers.casework.persons import classes_of, said
from resolvers.casework.steps import CASE
from resolvers.casework.verdicts import invalid
from schema.catalog import catalog
from schema.classes import DataClass

VICTIM = Subject("victimId", "Victim", "registry.victim")
_NOTHING = "it changes something"
_OF_CASE: dict[str, str] = {
    "shelterName": "shelter_name",
    "shelterPlace": "shelter_place",
    "bestInterestsDecision": "best_interests_decision",
    "caseWorker": "case_worker",
    "proceedings": "proceedings",
    "compensationClaim": "compensation_claim",
    "legalHold": "legal_hold",
}
"""Argument -> column. The name of the case worker is shown nowhere: it is part of the shell."""
_reason = text("reason", TEXT, least=3)


def update(table: str, record: str, values: dict[str, object]) -> Statement:
    """Columns of a row take these values, null among them."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
    return f"update {table} set {sets} where id = $1::uuid", (record, *values.values())


def _person(given: Given) -> list[Trouble]:
    if not given["person"]:
        return [invalid("person", _NOTHING)]
    return list(said(given).troubles)


def _number(work: Work) -> tuple[Trouble, ...]:
    """Numbers are unique among those that an agency entered: another one would learn of them."""
    given = work.given["person"]
    if "identityNumber" not in given or work.stand.is_true("entered"):  # type: ignore[operator]
        return ()
    return (invalid("person.identityNumber", "the agency that entered the person corrects it"),)


def _amend_person(work: Work) -> Written:
    troubles = out_of_hands(work) or _number(work)
    if troubles:
        return Written(troubles=troubles)
    row = update("registry.victim", work.stand.subject, dict(said(work.given).values))
    return Written((row,), reason=text_of(work.given, "reason"))


def _of_case(given: Given) -> list[Trouble]:
    if not any(name in given for name in _OF_CASE):
        return [invalid("caseId", _NOTHING)]
    if "legalHold" in given and given["legalHold"] is None:
        return [invalid("legalHold", "it is yes or no")]
    return []


def _classes_of_case(given: Given) -> tuple[DataClass, ...]:
    fields = catalog().entities["ReturnCase"].fields
    found = {
        (fields[name].data_class or DataClass.SHELL) if name in fields else DataClass.SHELL
        for name in _OF_CASE
        if name in given
    }
    return tuple(each for each in DataClass if each in found) or (DataClass.SHELL,)


def _amend_case(work: Work) -> Written:
    troubles = out_of_hands(work)
    if troubles:
        return Written(troubles=troubles)
    values: dict[str, object] = {}
    for name, column in _OF_CASE.items():
        if name in work.given:
            value = value_of(work.given, name)
            values[column] = value if isinstance(value, bool) else text_of(work.given, name)
    row = update("registry.return_case", work.case, values)
    return Written((row,), reason=text_of(work.given, "reason"))


ACTS: tuple[Act, ...] = (
    Act(
        "amendVictim",
        "VictimPayload",
        "Victim",
        VICTIM,
        _amend_person,
        all_of(common, _reason, _person),
        classes=classes_of,
        facts={**CUSTODY_OF_PERSON, "entered": "t.entered_by = {agency}"},
    ),
    Act(
        "amendReturnCase",
        "CasePayload",
        "ReturnCase",
        CASE,
        _amend_case,
        all_of(
            common,
            _reason,
            _of_case,
            text("shelterName", LINE, lines=False),
            text("shelterPlace", LINE, lines=False),
            text("bestInterestsDecision", LONG),
            text("caseWorker", LINE, lines=False),
            text("proceedings", LONG),
            text("compensationClaim", LONG),
        ),
        classes=_classes_of_case,
        facts=CUSTODY,
    ),
)
