"""HTCDS 2.0: the picklists of the Human Trafficking Case Data Standard, value for value.

Takes nothing, gives one StrEnum for each list that the registry stores; a
member's value is the standard's system name, spelling included, so that
import and export need no table of their own. Countries (ISO 3166) and tongues
(ISO 639-2) are standards of their own and no lists here.

Source: Human Trafficking Case Data Standard (HTCDS) by IOM, CC BY 4.0,
https://github.com/UNMigration/HTCDS at 3c2f653.
"""

from __future__ import annotations

from enum import StrEnum


class Gender(StrEnum):
    """How the person is recorded: HTCDS `prs_Gender`."""

    FEMININE = "Feminine"
    MASCULINE = "Masculine"
    TRANSGENDER_FEMININE = "TransgenderFeminine"
    TRANSGENDER_MASCULINE = "TransgenderMasculine"
    NON_CONFORMING = "NonConforming"
    NON_SPECIFIED_UNKNOWN = "NonSpecifiedUnknown"


class MaritalStatus(StrEnum):
    """HTCDS `prs_MaritalStatus`."""

    SINGLE = "Single"
    MARRIED = "Married"
    WIDOWED = "Widowed"
    DIVORCED = "Divorced"
    SEPARATED = "Separated"
    REGISTERED_PARTNERSHIP = "RegisteredPartnership"


class Education(StrEnum):
    """HTCDS `prs_HighestLevelOfEducation`, the levels of ISCED 2011."""

    EARLY_CHILDHOOD_EDUCATION = "EarlyChildhoodEducation"
    PRIMARY_EDUCATION = "PrimaryEducation"
    LOWER_SECONDARY_EDUCATION = "LowerSecondaryEducation"
    UPPER_SECONDARY_EDUCATION = "UpperSecondaryEducation"
    POST_SECONDARY_NON_TERTIARY_EDUCATION = "PostSecondaryNonTertiaryEducation"
    SHORT_CYCLE_TERTIARY_EDUCATION = "ShortCycleTertiaryEducation"
    BACHELORS_OR_EQUIVALENT_LEVEL = "BachelorsOrEquivalentLevel"
    MASTERS_OR_EQUIVALENT_LEVEL = "MastersOrEquivalentLevel"
    DOCTORAL_OR_EQUIVALENT_LEVEL = "DoctoralOrEquivalentLevel"


class TraffickingStatus(StrEnum):
    """HTCDS `vic_TraffickingStatus`."""

    POSSIBLE_VICTIM_OF_TRAFFICKING = "PossibleVictimOfTrafficking"
    ACTUAL_VICTIM_OF_TRAFFICKING = "ActualVictimOfTrafficking"
    NOT_A_VICTIM_OF_TRAFFICKING = "NotAVictimOfTrafficking"


class StatusDecidedBy(StrEnum):
    """Who decided the trafficking status: HTCDS `vic_TraffickingStatusDecisionMakingOrg`."""

    POLICE = "Police"
    NGO = "NGO"
    COURT_OR_PROSECUTION = "CourtOrProsecution"
    NON_POLICE_GOVERNMENTAL_ORGANIZATION = "NonPoliceGovernmentalOrganization"
    OTHER = "Other"


class RelationToTrafficker(StrEnum):
    """HTCDS `vic_RelationshipToTrafficker`; the last value is misspelt there and kept so."""

    FAMILIAL = "Familial"
    ACQUAINTED = "Acquainted"
    UNAQUAINTED = "Unaquainted"


class App(StrEnum):
    """HTCDS `vic_RecruitmentWebsitesAndApps` and `vic_ExploitationWebsitesAndApps`, one list."""

    FACEBOOK = "Facebook"
    INSTAGRAM = "Instagram"
    WHATSAPP = "WhatsApp"
    TELEGRAM = "Telegram"
    FACEBOOK_MESSENGER = "FacebookMessenger"
    VIBER = "Viber"
    SNAPCHAT = "SnapChat"
    LINE = "Line"
    FOUR_SALE = "4Sale"
    WECHAT = "WeChat"
    QQ = "QQ"
    QZONE = "QZone"
    TIKTOK = "TikTok"
    TWITTER = "Twitter"
    OTHER = "Other"


class Recruitment(StrEnum):
    """HTCDS `vic_MethodOfRecruitment`."""

    AT_A_PLACE_OF_BUSINESS = "AtAPlaceOfBusiness"
    AT_AN_EDUCATIONAL_INSTITUTION = "AtAnEducationalInstitution"
    AT_WORK = "AtWork"
    THROUGH_ONLINE_SOCIAL_NETWORKS = "ThroughOnlineSocialNetworks"
    THROUGH_AN_ONLINE_ADVERTISEMENT = "ThroughAnOnlineAdvertisement"
    THROUGH_A_TELEVISION_ADVERT = "ThroughATelevisionAdvert"
    THROUGH_A_NEWSPAPER_ADVERT = "ThroughANewspaperAdvert"
    THROUGH_FAMILY_OR_FAMILY_EVENTS = "ThroughFamilyOrFamilyEvents"
    THROUGH_FRIENDS_OR_SOCIAL_EVENTS = "ThroughFriendsOrSocialEvents"
    OTHER = "Other"


class MeansOfControl(StrEnum):
    """HTCDS `vic_MethodsOfControl`."""

    PHYSICAL_THREATS = "PhysicalThreats"
    THREATS_LAW_ENFORCEMENT = "ThreatsLawEnforcement"
    THREATENS_CHILDREN_FAMILY = "ThreatensChildrenFamily"
    DEBT_BONDAGE = "DebtBondage"
    FALSE_PROMISES = "FalsePromises"
    PHYSICAL_ABUSE = "PhysicalAbuse"
    SEXUAL_ABUSE = "SexualAbuse"
    TAKES_EARNINGS = "TakesEarnings"
    RESTRICTS_FINANCIAL_ACCESS = "RestrictsFinancialAccess"
    RESTRICTS_MEDICAL_CARE = "RestrictsMedicalCare"
    WITHHOLDS_NECESSITIES = "WithholdsNecessities"
    PSYCHOLOGICAL_ABUSE = "PsychologicalAbuse"
    PSYCHOACTIVE_SUBSTANCE = "PsychoactiveSubstance"
    EXCESSIVE_WORKING_HOURS = "ExcessiveWorkingHours"
    WITHHOLDS_DOCUMENTS = "WithholdsDocuments"
    OTHER = "Other"


class ExploitationType(StrEnum):
    """The first level of what was done: HTCDS `vic_TypeOfExploitation`."""

    FORCED_LABOUR = "ForcedLabour"
    SEXUAL_EXPLOITATION = "SexualExploitation"
    CHILD_LABOUR = "ChildLabour"
    FORCED_MARRIAGE = "ForcedMarriage"
    SERVITUDE = "Servitude"
    FORCED_MILITARY_BY_NON_STATE_ACTORS = "ForcedMilitaryByNonStateActors"
    ORGAN_REMOVAL = "OrganRemoval"
    FORCED_BEGGING = "ForcedBegging"
    FORCED_ADOPTION = "ForcedAdoption"
    SURROGACY = "Surrogacy"
    OTHER = "Other"


class Industry(StrEnum):
    """HTCDS `vic_ForcedLabourIndustry`, the sections A to U of ISIC revision 4."""

    AGRICULTURE = "A_AgricultureForestryAndFishing"
    MINING = "B_MiningAndQuarrying"
    MANUFACTURING = "C_Manufacturing"
    ELECTRICITY = "D_ElectricityGasSteamAndAirConditioningSupply"
    WATER = "E_WaterSupplySewerageWasteManagement"
    CONSTRUCTION = "F_Construction"
    TRADE = "G_WholesaleAndRetailTradeRepairOfMotorVehicles"
    TRANSPORT = "H_TransportationAndStorage"
    ACCOMMODATION = "I_AccommodationAndFoodServiceActivities"
    INFORMATION = "J_InformationAndCommunication"
    FINANCE = "K_FinancialAndInsuranceActivities"
    REAL_ESTATE = "L_RealEstateActivities"
    PROFESSIONAL = "M_ProfessionalScientificAndTechnicalActivities"
    ADMINISTRATIVE = "N_AdministrativeAndSupportServiceActivities"
    PUBLIC_ADMINISTRATION = "O_PublicAdministrationAndDefence"
    EDUCATION = "P_Education"
    HEALTH = "Q_HumanHealthAndSocialWorkActivities"
    ARTS = "R_ArtsEntertainmentAndRecreation"
    OTHER_SERVICES = "S_OtherServiceActivities"
    HOUSEHOLDS = "T_ActivitiesOfHouseholdsAsEmployers"
    EXTRATERRITORIAL = "U_ActivitiesOfExtraterritorialOrganizations"


class SexExploitationType(StrEnum):
    """HTCDS `vic_TypeOfSexExploitation`."""

    PROSTITUTION = "Prostitution"
    PORNOGRAPHY = "Pornography"
    REMOTE_INTERACTIVE_SERVICES = "RemoteInteractiveServices"
    PRIVATE_SEXUAL_SERVICES = "PrivateSexualServices"


class PerpetratorRole(StrEnum):
    """HTCDS `per_RoleInProcess`."""

    TRAVELLING_PARTNER = "TravellingPartner"
    TRANSPORTER = "Transporter"
    RECRUITER_OR_INTERMEDIARY = "RecruiterOrIntermediary"
    BROKER_TRAVEL_AGENT = "BrokerTravelAgent"
    TRANSFERRED_INDIVIDUAL = "TransferredIndividual"
    HARBOURED_INDIVIDUAL = "HarbouredIndividual"
    SOLD_INDIVIDUAL = "SoldIndividual"
    BOUGHT_INDIVIDUAL = "BoughtIndividual"
    RECEIVED_INDIVIDUAL = "ReceivedIndividual"
    CONTROLLED_INDIVIDUAL = "ControlledIndividual"
    SMUGGLER = "Smuggler"
    ABUSER = "Abuser"
    KIDNAPPER = "Kidnapper"
    EXPLOITER = "Exploiter"
    OTHER = "Other"


class EventType(StrEnum):
    """The part of the trafficking that a place or a date belongs to: HTCDS `hte_Type`."""

    RECRUITMENT = "Recruitment"
    TRANSIT = "Transit"
    EXPLOITATION = "Exploitation"


class HtcdsCaseStatus(StrEnum):
    """HTCDS `cas_Status`: coarser than `schema.codes.CaseState`."""

    ACTIVE = "Active"
    FOLLOW_UP = "FollowUp"
    CLOSED = "Closed"
    CLOSED_REFERRED = "ClosedReferred"


class ReferralReason(StrEnum):
    """HTCDS `cas_ReasonForIncomingReferral` and `cas_ReasonForOutgoingReferral`, one list."""

    ADDITIONAL_SERVICES_REQUIRED = "AdditionalServicesRequired"
    MIGRATION_OR_CHANGE_OF_LOCATION = "MigrationOrChangeOfLocation"
    OTHER = "Other"


class SupportType(StrEnum):
    """HTCDS `spl_Type`."""

    EDUCATION = "Education"
    FINANCIAL = "Financial"
    HEALTH = "Health"
    LABOUR_EXPLOITATION_REHABILITATION = "LabourExploitationRehabilitation"
    LEGAL = "Legal"
    LIVELIHOOD = "Livelihood"
    RIGHTS_BASED_TRAINING = "RightsBasedTraining"
    SEXUAL_EXPLOITATION_REHABILITATION = "SexualExploitationRehabilitation"
    SOCIAL_CARE = "SocialCare"


class OrganisationType(StrEnum):
    """HTCDS `org_Type`."""

    NGO = "NGO"
    LAW_ENFORCEMENT = "LawEnforcement"
    HEALTH_SERVICE_ORGANISATION = "HealthServiceOrganisation"
    CENTRAL_GOVERNMENT_ORGANISATION = "CentralGovernmentOrganisation"
    LOCAL_GOVERNMENT_ORGANISATION = "LocalGovernmentOrganisation"
    IMMIGRATION_SERVICE = "ImmigrationService"
    LEGAL_SERVICE = "LegalService"
    CORPORATE_BUSINESS = "CorporateBusiness"
    SCHOOL_OR_COLLEGE = "SchoolOrCollege"
