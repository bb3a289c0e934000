"""The columns an HTCDS workbook may have: 38 of the template, and those a user may append.

Takes nothing, gives `TEMPLATE` (found by the label in row 2) and `APPENDED`
(found by the system name in row 1). The rest of the standard's fields is in
`WITHOUT_PLACE`: known, not stored, and said so in the report.

Human Trafficking Case Data Standard (HTCDS) by IOM, CC BY 4.0.
"""

from __future__ import annotations

# Label of row 2 -> system name of the standard, in the order of the template from column B.
TEMPLATE: dict[str, str] = {
    "Case Owner": "cas_CaseOwner",
    "Salutation": "prs_Salutation",
    "First Name": "prs_FirstName",
    "Second Name": "prs_SecondName",
    "Consent": "con_Consent",
    "Birthdate": "prs_Birthdate",
    "Gender": "prs_Gender",
    "Citizenship": "prs_Citizenship",
    "Title": "prs_Title",
    "Email": "prs_Email",
    "Home Phone": "prs_HomePhone",
    "Mobile Phone": "prs_MobilePhone",
    "Mailing Street": "prs_MailingStreet",
    "Mailing City": "prs_MailingCity",
    "Mailing State/Province": "prs_MailingState",
    "Mailing Zip/Postal Code": "prs_MailingPostalCode",
    "Mailing Country": "prs_MailingCountry",
    "Trafficking Status": "vic_TraffickingStatus",
    "Trafficking Status Decision Making Organization": "vic_TraffickingStatusDecisionMakingOrg",
    "Method of Recruitment": "vic_MethodOfRecruitment",
    "Location of Recruitment": "vic_LocationOfRecruitment",
    "Methods of Control": "vic_MethodsOfControl",
    "Type of Exploitation": "vic_TypeOfExploitation",
    "Forced Labour Industry": "vic_ForcedLabourIndustry",
    "Type of Sex Exploitation": "vic_TypeOfSexExploitation",
    "Location of Exploitation": "vic_LocationOfExploitation",
    "Status": "cas_Status",
    "Referring Organisation": "cas_ReferringOrganisation",
    "Incoming Referral Date": "cas_IncomingReferralDate",
    "Referring Primary Case Worker": "cas_ReferringPrimaryCaseWorker",
    "Reason for Incoming Referral": "cas_ReasonForIncomingReferral",
    "Incoming Referral Details": "cas_IncomingReferralDetails",
    "Referred Organisation": "cas_ReferredOrganisation",
    "Referred Primary Case Worker": "cas_ReferredPrimaryCaseWorker",
    "Reason for Outgoing Referral": "cas_ReasonForOutgoingReferral",
    "Outgoing Referral Date": "cas_OutgoingReferralDate",
    "Outgoing Referral Details": "cas_OutgoingReferralDetails",
    "Reason for Case Closure": "cas_ReasonForCaseClosure",
}

# What row 1 of the genuine files says where it is not the field's system name.
GENUINE_ODDITIES: dict[str, str] = {
    "prs_MailingStreet": "prs_MailingCity",
    "prs_MailingCity": "prs_MailingCountry",
    "prs_MailingState": "prs_MailingState",
    "prs_MailingPostalCode": "prs_MailingStreet",
    "prs_MailingCountry": "prs_MailingPostalCode",
    "vic_TraffickingStatusDecisionMakingOrg": "vic_TraffickinStatusDecisionMakingOrg",
    "cas_ReasonForOutgoingReferral": "",
}
ADDRESS: frozenset[str] = frozenset(name for name in GENUINE_ODDITIES if name.startswith("prs_"))

APPENDED: frozenset[str] = frozenset(
    [
        "prs_MiddleName",
        "prs_MaritalStatus",
        "prs_NumberOfChildren",
        "prs_PrimaryLanguage",
        "prs_SecondaryLanguage",
        "prs_HighestLevelOfEducation",
        "prs_IdentityNumber",
        "vic_RelationshipToTrafficker",
        "vic_AgeWhenTrafficked",
        "vic_RecruitmentWebsitesAndApps",
        "vic_ExploitationWebsitesAndApps",
        "per_RoleInProcess",
        "per_RoleDetails",
        "hte_Type",
        "hte_Country",
        "hte_State",
        "hte_City",
        "hte_Date",
        "hte_Description",
        "saphan_Alias",
        "saphan_NameInScript",
        "saphan_NameScript",
    ]
)

# A column that `refusedbook` writes: why a row was refused. Read over when the file comes back.
REASONS = "saphan_Refused"

WITHOUT_PLACE: frozenset[str] = frozenset(
    [
        "prs_Salutation",
        "prs_Title",
        "prs_MailingPostalCode",
        "org_Name",
        "org_ShippingCity",
        "org_ShippingCountry",
        "org_ShippingState",
        "org_ShippingStreet",
        "org_ShippingPostalCode",
        "org_ShippingLongitude",
        "org_ShippingLatitude",
        "org_Phone",
        "org_Type",
        "prs_Deceased",
        "prs_MailingLongitude",
        "prs_MailingLatitude",
        "vic_AgreementToManagePersonalData",
        "vic_Vulnerabilities",
        "vic_DetailsOfVulnerabilities",
        "per_Organisation",
        "cco_CaseComment",
        "hte_Longitude",
        "hte_Latitude",
        "hte_Street",
        "hte_PostalCode",
        "spl_Objectives",
        "spl_ActionPlan",
        "spl_PlannedEndDate",
        "spl_ActualEndDate",
        "spl_Type",
    ]
)
