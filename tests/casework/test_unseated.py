"""A national who comes back from a state without a seat: the word of her own country is enough."""

from __future__ import annotations

import datetime as dt

from tests.casework.desks import BORDER, House, desk

HOME = desk("TH-DATIP", "FOCAL_POINT", "datip-1", "TRACING")
HOME_RETURN = desk("TH-DATIP", "FOCAL_POINT", "datip-2", "RETURN")
CONSUL = desk("TH-MFA", "CONSULAR_OFFICER", "mfa-1", "RETURN")
RECEPTION = desk("TH-SHELTER", "RECEPTION", "shelter-1", "RETURN")
RECEPTION_AFTER = desk("TH-SHELTER", "RECEPTION", "shelter-1", "REINTEGRATION")
PERSON = (
    '{ familyName: "Sukjai", nationalities: ["TH"], birthDate: "1990-05-01",'
    ' birthPrecision: "DAY" }'
)


def test_a_return_from_japan_is_walked_by_one_country_alone(house: House) -> None:
    body = house.ask(
        HOME,
        f'mutation {{ openReturnCase(person: {PERSON}, host: "JP") {{ problems {{ ... on Mendable'
        " { message } } returnCase { id state host origin } } }",
    )
    assert "errors" not in body, body
    payload = body["data"]["openReturnCase"]
    assert payload["problems"] == []
    opened = payload["returnCase"]
    assert (opened["state"], opened["host"], opened["origin"]) == ("TRACING", "JP", "TH")
    case = opened["id"]
    for purpose in ("TRACING", "RETURN", "SERVICES"):
        house.ask(
            HOME,
            f'mutation {{ recordConsent(caseId: "{case}", purpose: {purpose}, state: GIVEN,'
            ' recipients: ["TH"], givenBy: SELF) { problems { ... on Mendable { message } } } }',
        )
    house.done(HOME, "reportAssessment", case, outcome="SUITABLE")
    assert house.state(case) == "ASSESSED"
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).date().isoformat()
    house.done(
        HOME_RETURN, "planReturn", case, plannedHandoverOn=f'"{day}"', handoverPlace="AIRPORT"
    )
    assert house.state(case) == "RETURN_PLANNED"
    house.done(HOME_RETURN, "assignCase", case, agency='"TH-MFA"')
    house.done(HOME_RETURN, "assignCase", case, agency='"TH-SHELTER"')
    house.done(
        CONSUL, "recordTravelDocument", case, travelDocument='"N 12"', identityVerified="true"
    )
    assert house.state(case) == "DOCUMENTS_READY"
    hour = dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
    house.done(
        HOME_RETURN,
        "signHandover",
        case,
        handoverAt=f'"{hour}"',
        handoverPlace="AIRPORT",
        personConfirms="true",
    )
    house.done(HOME_RETURN, "assignCase", case, agency='"TH-IMM"')
    house.done(BORDER, "recordBorderCrossing", case, crossedAt=f'"{hour}"')
    stamps = house.owner.execute(
        "select departed_at, arrived_at is not null from registry.travel_paper where case_id = %s",
        (case,),
    ).fetchall()
    assert stamps == [(None, True)]
    house.done(RECEPTION, "recordArrival", case)
    house.done(RECEPTION_AFTER, "startReintegration", case, plan='"a course"')
    assert house.state(case) == "REINTEGRATING"
