"""A return, walked by its officials: one invented person from screening to closing.

Takes an engine and a way to make callers, prints each step with the clause that
permitted it. Every step is a mutation of a desk with a token of its own; a desk
of a third country asks in between and sees nothing. `TourFailed` is raised where
a step is not taken, or the case does not end where it should.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from authz.caller import Caller
from schema.codes import MAIN_STATES
from service.tour import Tour, TourFailed

PROVINCE: Final = "Banteay Meanchey"
Desk = tuple[str, str, str, str]
"""Agency, role, purpose, unit."""
CallerOf = Callable[[str, str, str, str], Caller]

SHELTER: Final[Desk] = ("TH-SHELTER", "CASE_WORKER", "IDENTIFICATION", "")
MDT: Final[Desk] = ("TH-MDT", "MDT_MEMBER", "IDENTIFICATION", "")
HOST: Final[Desk] = ("TH-DATIP", "FOCAL_POINT", "TRACING", "")
HOST_RETURN: Final[Desk] = ("TH-DATIP", "FOCAL_POINT", "RETURN", "")
ORIGIN: Final[Desk] = ("KH-MOSVY", "FOCAL_POINT", "TRACING", "")
ORIGIN_RETURN: Final[Desk] = ("KH-MOSVY", "FOCAL_POINT", "RETURN", "")
ORIGIN_AFTER: Final[Desk] = ("KH-MOSVY", "FOCAL_POINT", "REINTEGRATION", "")
PROVINCIAL: Final[Desk] = ("KH-POSVY", "TRACING_OFFICER", "TRACING", PROVINCE)
CONSUL: Final[Desk] = ("KH-MFAIC", "CONSULAR_OFFICER", "RETURN", "")
BORDER: Final[Desk] = ("TH-IMM", "BORDER_OFFICER", "RETURN", "")
RECEPTION: Final[Desk] = ("KH-PTC", "RECEPTION", "RETURN", "")
RECEPTION_AFTER: Final[Desk] = ("KH-PTC", "RECEPTION", "REINTEGRATION", "")
HELPER: Final[Desk] = ("NGO-CWCC", "PARTNER_CASEWORKER", "REINTEGRATION", "")
STRANGER: Final[Desk] = ("LA-MLSW", "FOCAL_POINT", "TRACING", "")

_PERSON: Final = (
    '{ givenName: "Sreymom", familyName: "Chan", birthDate: "1999-04-12", birthPrecision: "DAY",'
    ' gender: "Feminine", nationalities: ["KH"], stateless: false, languages: ["khm"],'
    f' homeProvince: "{PROVINCE}", exploitationTypes: ["ForcedLabour"] }}'
)
_PLACE: Final = "ARANYAPRATHET_POIPET"
_PROBLEMS: Final = "problems { ... on Mendable { code message } }"
_CASE: Final = "returnCase { id state transitions(first: 30) { edges { node { state clause } } } }"


@dataclass(frozen=True, slots=True)
class Step:
    """One act of one desk; `select` is what its payload is asked for."""

    desk: Desk
    act: str
    arguments: str = ""
    select: str = _CASE
    on: str = "caseId"


def _consent(purpose: str) -> Step:
    return Step(
        SHELTER,
        "recordConsent",
        f'purpose: {purpose}, state: GIVEN, recipients: ["KH"], givenBy: SELF',
    )


def steps(now: dt.datetime) -> tuple[Step, ...]:
    """The whole way; days and hours lie around `now`."""
    day = (now + dt.timedelta(days=3)).date().isoformat()
    plan = f'plannedHandoverOn: "{day}", handoverPlace: {_PLACE}'
    hour = now.replace(microsecond=0).isoformat()
    handover = f'handoverAt: "{hour}", handoverPlace: {_PLACE}, personConfirms: true'
    return (
        Step(SHELTER, "openReturnCase", f'person: {_PERSON}, origin: "KH"', on=""),
        _consent("TRACING"),
        _consent("RETURN"),
        _consent("SERVICES"),
        Step(SHELTER, "assignCase", 'agency: "TH-MDT"'),
        Step(SHELTER, "assignCase", 'agency: "TH-DATIP"'),
        Step(MDT, "recordIdentification", "isVictim: true, rightsExplained: true"),
        Step(HOST, "notifyOrigin"),
        Step(HOST, "requestTracing"),
        Step(ORIGIN, "acknowledgeTracing", f'provincialAgency: "KH-POSVY", unit: "{PROVINCE}"'),
        Step(PROVINCIAL, "reportAssessment", 'outcome: SUITABLE, report: "The mother waits."'),
        Step(ORIGIN, "confirmAssessment"),
        Step(HOST_RETURN, "planReturn", f'{plan}, escort: "an officer of the shelter"'),
        Step(ORIGIN_RETURN, "signReturnPlan", plan),
        Step(CONSUL, "recordTravelDocument", 'travelDocument: "N 4711", identityVerified: true'),
        Step(HOST_RETURN, "assignCase", 'agency: "TH-IMM"'),
        Step(BORDER, "recordExitPermit", 'exitPermit: "E 4711"'),
        Step(BORDER, "recordBorderCrossing", f'crossedAt: "{hour}"'),
        Step(HOST_RETURN, "signHandover", handover),
        Step(ORIGIN_RETURN, "signHandover", handover),
        Step(RECEPTION, "recordArrival"),
        Step(RECEPTION_AFTER, "startReintegration", 'plan: "A course, and a room near her aunt."'),
        Step(ORIGIN_AFTER, "assignCase", 'agency: "NGO-CWCC"'),
        Step(
            HELPER,
            "recordFollowUp",
            f'month: 1, visitedOn: "{now.date().isoformat()}", feedbackCode: "doing_well"',
        ),
        Step(HELPER, "closeCase", "closingReason: REINTEGRATED"),
    )


class CaseTour:
    """Walks one return. Each official is a caller of her own, made once."""

    def __init__(self, tour: Tour, caller_of: CallerOf, console: Console) -> None:
        self._tour, self._caller_of, self._console = tour, caller_of, console
        self._callers: dict[Desk, Caller] = {}

    async def walk(self, now: dt.datetime) -> str:
        """From SCREENED to CLOSED; the id of the case."""
        self._console.rule("A return, step by step, by the desks whose step it is")
        table = Table("step", "agency", "role", "the case stands at", "under")
        case, state, under = "", "", ""
        for number, step in enumerate(steps(now), 1):
            payload = await self._take(step, case)
            shown = payload["returnCase"]
            if shown is not None:
                case, state = shown["id"], shown["state"]
                entered = [edge["node"] for edge in shown["transitions"]["edges"]]
                found = [each["clause"] for each in entered if each["state"] == state]
                under = (found or [""])[0] or ""
            table.add_row(f"{number} {step.act}", step.desk[0], step.desk[1], state, under)
            if step.act == "requestTracing":
                await self._unseen(case)
        self._console.print(table)
        if state != MAIN_STATES[-1]:
            raise TourFailed(f"the case ends at {state}")
        officials = len({desk[:2] for desk in self._callers})
        countries = sorted({caller.country for caller in self._callers.values()})
        self._console.print(
            f"{len(steps(now))} acts by {officials} desks of {', '.join(countries)}; LA-MLSW asked"
            " for the same case in between, and for it there is none."
        )
        return case

    async def begin(self, now: dt.datetime) -> tuple[str, str]:
        """Another return, as far as the request for tracing; ids of the case and the person."""
        case = ""
        for step in steps(now):
            case = (await self._take(step, case))["returnCase"]["id"]
            if step.act == "requestTracing":
                break
        answer = await self._tour.ask(
            f'{{ returnCase(id: "{case}") {{ victim {{ id }} }} }}', self._of(HOST)
        )
        return case, str(answer["data"]["returnCase"]["victim"]["id"])

    async def withdraw(self, case: str) -> list[dict[str, Any]]:
        """The person takes her consent to tracing back; what had been handed over before."""
        told = "alreadyDisclosed { agency country clause fields last }"
        step = Step(SHELTER, "withdrawConsent", "purpose: TRACING", f"{_CASE} {told}")
        payload = await self._take(step, case)
        if payload["returnCase"]["state"] != "ON_HOLD":
            raise TourFailed("a consent was taken back, and the case goes on")
        return list(payload["alreadyDisclosed"] or ())

    async def _take(self, step: Step, case: str) -> Mapping[str, Any]:
        given = f'{step.on}: "{case}", ' if step.on else ""
        arguments = f"{given}{step.arguments}".rstrip(", ")
        text = f"mutation {{ {step.act}({arguments}) {{ {_PROBLEMS} {step.select} }} }}"
        answer = await self._tour.ask(text, self._of(step.desk))
        payload: Mapping[str, Any] = answer["data"][step.act]
        if payload["problems"]:
            raise TourFailed(f"`{step.act}` by {step.desk[0]}: {payload['problems'][0]['message']}")
        return payload

    async def _unseen(self, case: str) -> None:
        text = f'{{ returnCase(id: "{case}") {{ id state }} }}'
        answer = await self._tour.ask(text, self._of(STRANGER))
        if answer["data"]["returnCase"] is not None:
            raise TourFailed("a country of another corridor sees the case")

    def _of(self, desk: Desk) -> Caller:
        if desk not in self._callers:
            self._callers[desk] = self._caller_of(*desk)
        return self._callers[desk]
