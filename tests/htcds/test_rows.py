"""What one row becomes, and for what it is refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from service.htcds.drafts import (
    CellRemark,
    ConsentRemark,
    EventDate,
    FamilyContact,
    Place,
    ReferralDraft,
    Suspect,
)
from service.htcds.faults import CellFault
from service.htcds.rows import read_row
from tests.htcds.books import IN_THAILAND, SOKHA, faults, good, read, sheet_of

IN_JAPAN = replace(IN_THAILAND, host="JP", host_has_seat=False)
HOME: dict[str, object] = {
    "Mailing Country": "KH",
    "Mailing State/Province": "Battambang",
    "Mailing City": "Sangkae",
    "Mailing Street": "House 3",
}


def test_a_person_found_in_thailand_becomes_a_screened_case() -> None:
    draft = good(SOKHA)
    assert (draft.row, draft.case.host, draft.case.origin, draft.case.state) == (
        3,
        "TH",
        "KH",
        "SCREENED",
    )
    assert draft.victim.nationalities == ("KH",)
    assert (draft.victim.given_name, draft.victim.family_name) == ("Sokha", "Chea")
    assert (draft.victim.birth_date, draft.victim.birth_precision) == (dt.date(1998, 5, 1), "DAY")


def test_where_the_host_has_no_seat_the_case_starts_at_tracing() -> None:
    assert good({**SOKHA, "Citizenship": "TH"}, IN_JAPAN).case.state == "TRACING"
    assert "an agency of the origin" in faults(SOKHA, IN_JAPAN)["prs_Citizenship"]


@pytest.mark.parametrize(
    ("citizenship", "reason"),
    [
        ("KH; LA", "more than one citizenship"),
        ("TH", "the country of finding itself"),
        ("", "empty"),
        ("Cambodia", "ISO 3166"),
        ("KH; Laos", "ISO 3166"),
        (5, "not text"),
    ],
)
def test_the_origin_is_the_one_citizenship(citizenship: object, reason: str) -> None:
    found = faults({**SOKHA, "Citizenship": citizenship})
    assert list(found) == ["prs_Citizenship"]
    assert reason in found["prs_Citizenship"]


def test_every_bad_cell_is_named_in_the_order_of_the_columns() -> None:
    row = {**SOKHA, "Gender": "Male", "Birthdate": "2543", "Mobile Phone": "012", "Status": "Open"}
    result = read(row)
    assert isinstance(result, list)
    assert [(fault.row, fault.column, fault.name) for fault in result] == [
        (3, "G", "prs_Birthdate"),
        (3, "H", "prs_Gender"),
        (3, "M", "prs_MobilePhone"),
        (3, "AB", "cas_Status"),
    ]
    assert str(result[0]).startswith("row 3, column ")


def test_no_report_repeats_a_cell() -> None:
    secret = "Xyzzy Plugh"
    for label in SOKHA:
        for fault in faults({**SOKHA, label: secret + "\x00"}).values():
            assert "yzzy" not in fault
    for label in ("Gender", "Citizenship", "Birthdate", "Status", "Type of Exploitation", "Email"):
        for fault in faults({**SOKHA, label: secret}).values():
            assert "yzzy" not in fault


def test_a_formula_is_refused_wherever_it_stands() -> None:
    for column in (3, 9):
        result = read_row(sheet_of(SOKHA, formulas=frozenset({(2, column)})), 2, IN_THAILAND)
        assert isinstance(result, list)
        assert [fault.reason for fault in result] == ["a formula: write the value itself"]


def test_text_that_looks_like_a_formula_is_text() -> None:
    draft = good(
        {**SOKHA, "Incoming Referral Details": "=HYPERLINK(1)", "Referring Organisation": "x"}
    )
    assert draft.referrals[0].details == "=HYPERLINK(1)"


def test_the_checkbox_is_a_remark_and_no_consent() -> None:
    assert good({**SOKHA, "Consent": True}).case.remarks == (ConsentRemark(ticked=True),)
    assert good({**SOKHA, "Consent": "No"}).case.remarks == (ConsentRemark(ticked=False),)
    assert good(SOKHA).case.remarks == ()
    assert str(ConsentRemark(ticked=True)) == "con_Consent: TRUE (a checkbox, not a consent)"


def test_the_home_is_in_the_country_of_origin() -> None:
    victim = good({**SOKHA, **HOME}).victim
    assert (victim.home_province, victim.home_district, victim.home_street) == (
        "Battambang",
        "Sangkae",
        "House 3",
    )
    assert good({**SOKHA, **HOME, "Mailing State/Province": "បាត់ដំបង"}).victim == victim
    elsewhere = good({**SOKHA, **HOME, "Mailing Country": "TH"})
    assert elsewhere.victim.home_street is None
    assert elsewhere.notes == ("address not stored: it is not in the country of origin",)
    assert "needed" in faults({**SOKHA, **HOME, "Mailing Country": ""})["prs_MailingCountry"]
    unknown = faults({**SOKHA, **HOME, "Mailing State/Province": "House 3, Battambang"})
    assert list(unknown) == ["prs_MailingState"]


def test_a_province_of_a_country_that_lists_none_is_taken_as_written() -> None:
    row = {**SOKHA, **HOME, "Citizenship": "VN", "Mailing Country": "VN"}
    assert good(row).victim.home_province == "Battambang"


def test_the_telephone_at_home_is_nobody_to_be_called() -> None:
    victim = good({**SOKHA, "Home Phone": "+85512345678", "Mobile Phone": "+66812345678"}).victim
    assert victim.phone == "+66812345678"
    assert victim.family_contacts == (
        FamilyContact(None, "household", "+85512345678", do_not_contact=True),
    )


def test_names_in_their_own_script() -> None:
    khmer = good({**SOKHA, "First Name": "សុខា", "Second Name": "ជា"}).victim
    assert (khmer.name_in_script, khmer.name_script) == ("ជា សុខា", "KHMR")
    lao = good({**SOKHA, "Citizenship": "LA", "First Name": "ຄຳຫຼ້າ", "Second Name": "ວົງສາ"}).victim
    assert (lao.name_in_script, lao.name_script) == ("ຄຳຫຼ້າ ວົງສາ", "LAOO")
    both = good({**SOKHA, "saphan_NameInScript": "ជា សុខា", "saphan_Alias": "តូច"}).victim
    assert (both.given_name, both.name_in_script, both.name_script) == ("Sokha", "ជា សុខា", "KHMR")
    assert both.alias == "តូច"
    assert good(SOKHA).victim.name_script is None
    assert "another script" in faults({**SOKHA, "Second Name": "ជា"})["prs_SecondName"]
    assert "two scripts" in faults({**SOKHA, "First Name": "Sokha សុខា"})["prs_FirstName"]


def test_han_letters_need_their_script_said() -> None:
    row = {**SOKHA, "Citizenship": "CN", "saphan_NameInScript": "王芳"}
    assert "HANS or HANT" in faults(row)["saphan_NameScript"]
    assert good({**row, "saphan_NameScript": "HANS"}).victim.name_script == "HANS"
    assert faults({**SOKHA, "saphan_NameInScript": "Иван"}).keys() == {"saphan_NameInScript"}
    assert faults({**SOKHA, "saphan_NameScript": "THAI"}).keys() == {"saphan_NameScript"}
    wrong = {**SOKHA, "saphan_NameInScript": "ជា", "saphan_NameScript": "THAI"}
    assert faults(wrong).keys() == {"saphan_NameScript"}


def test_somebody_without_any_name_is_refused_and_an_alias_is_a_name() -> None:
    nameless = {"Citizenship": "KH"}
    assert faults(nameless).keys() == {"prs_FirstName"}
    assert good({**nameless, "saphan_Alias": "Mum"}).victim.alias == "Mum"


def test_fields_of_the_standard_to_the_right_of_the_template() -> None:
    victim = good(
        {
            **SOKHA,
            "prs_MiddleName": "Srey",
            "prs_PrimaryLanguage": "khm",
            "prs_SecondaryLanguage": "tha",
            "prs_NumberOfChildren": 2.0,
            "prs_IdentityNumber": 123456789.0,
            "vic_RecruitmentWebsitesAndApps": "TikTok; Facebook",
            "vic_ExploitationWebsitesAndApps": "Facebook",
            "hte_Type": "Transit",
            "hte_Country": "VN",
            "hte_Date": "2025-03-01",
            "hte_Description": "line one\nline two",
            "per_RoleInProcess": "Transporter; Exploiter",
        }
    ).victim
    assert victim.middle_name == "Srey"
    assert victim.languages == ("khm", "tha")
    assert victim.children_count == 2
    assert victim.identity_number == "123456789"
    assert victim.apps == ("Facebook", "TikTok")
    assert victim.places == (Place("Transit", "VN"),)
    assert victim.dates == (EventDate("Transit", dt.date(2025, 3, 1)),)
    assert victim.narrative == "line one\nline two"
    assert victim.suspects == (Suspect(("Transporter", "Exploiter"), None),)
    assert faults({**SOKHA, "hte_City": "Hanoi"}).keys() == {"hte_Type"}
    assert faults({**SOKHA, "hte_Type": "Transit", "hte_Date": "2025"}).keys() == {"hte_Date"}


def test_a_closed_case_is_not_opened_again() -> None:
    for status in ("Closed", "ClosedReferred"):
        assert "closed case" in faults({**SOKHA, "Status": status})["cas_Status"]
    assert good({**SOKHA, "Status": "FollowUp"}).case.remarks == (
        CellRemark("cas_Status", "FollowUp"),
    )
    assert faults({**SOKHA, "Reason for Case Closure": "x"}).keys() == {"cas_ReasonForCaseClosure"}


def test_referrals_need_to_say_whose() -> None:
    row = {
        **SOKHA,
        "Referring Organisation": "TH-ATPD",
        "Referring Primary Case Worker": "Somebody",
        "Reason for Incoming Referral": "Other",
        "Incoming Referral Date": "2026-10-01",
        "Case Owner": "Arunee",
    }
    draft = good(row)
    assert draft.referrals == (
        ReferralDraft(incoming=True, organisation="TH-ATPD", reason="Other", case_owner="Somebody"),
    )
    assert (draft.case.opened_on, draft.case.case_worker) == (dt.date(2026, 10, 1), "Arunee")
    assert faults({**row, "Referring Organisation": ""}).keys() == {"cas_ReferringOrganisation"}
    assert faults({**row, "Incoming Referral Date": "2026"}).keys() == {"cas_IncomingReferralDate"}
    early = faults({**row, "Incoming Referral Date": "1997-01-01"})
    assert early == {"cas_IncomingReferralDate": "before the person was born"}


def test_somebody_said_to_be_no_victim_is_marked() -> None:
    draft = good({**SOKHA, "Trafficking Status": "NotAVictimOfTrafficking"})
    assert draft.notes == ("recorded as no victim: the case waits to be decided as such",)


def test_a_fault_reads_as_a_place_and_a_reason() -> None:
    assert str(CellFault(7, "H", "prs_Gender", "no")) == "row 7, column H `prs_Gender`: no"
    assert str(CellFault(7, "", "hte_Type", "no")) == "row 7, `hte_Type`: no"
    assert str(CellFault(7, "", "", "no")) == "row 7: no"
