"""What the invented people of the demo are called, where they come from and what befell them.

Takes nothing, gives constants for `make_demo_workbooks`. Names are common ones
of each country; who is drawn from them does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]
"""Spellings of one name: in Latin letters and in its own script."""


@dataclass(frozen=True, slots=True)
class People:
    """What people of one country are called and where they come from."""

    country: str
    tongue: str
    prefix: str
    women: Pairs
    men: Pairs
    families: Pairs
    aliases: tuple[str, ...]
    homes: tuple[tuple[str, str], ...]
    family_first: bool = False


KHMER = People(
    "KH",
    "khm",
    "+8550",
    (
        ("Sophea", "សុភា"),
        ("Sreymom", "ស្រីមុំ"),
        ("Bopha", "បុប្ផា"),
        ("Kunthea", "គន្ធា"),
        ("Rachana", "រចនា"),
        ("Theary", "ធារី"),
        ("Davy", "ដាវី"),
        ("Malis", "ម៉ាលីស"),
    ),
    (
        ("Sokha", "សុខា"),
        ("Vuthy", "វុទ្ធី"),
        ("Rithy", "រិទ្ធី"),
        ("Dara", "ដារ៉ា"),
        ("Samnang", "សំណាង"),
        ("Veasna", "វាសនា"),
    ),
    (
        ("Chea", "ជា"),
        ("Keo", "កែវ"),
        ("Meas", "មាស"),
        ("Prak", "ប្រាក់"),
        ("Tep", "ទេព"),
        ("Yim", "យឹម"),
        ("Long", "ឡុង"),
        ("Chhim", "ឈឹម"),
    ),
    ("ស្រីអូន", "តូច", "មុំ", "ពៅ"),
    (
        ("Banteay Meanchey", "Serei Saophoan"),
        ("Battambang", "Sangkae"),
        ("Siem Reap", "Puok"),
        ("Prey Veng", "Peam Ro"),
        ("Kampong Cham", "Batheay"),
        ("Takeo", "Bati"),
    ),
    family_first=True,
)
LAO = People(
    "LA",
    "lao",
    "+8560",
    (
        ("Khamla", "ຄຳຫຼ້າ"),
        ("Vanhna", "ວັນນາ"),
        ("Phonesavanh", "ພອນສະຫວັນ"),
        ("Malaythong", "ມາໄລທອງ"),
        ("Souksakhone", "ສຸກສາຄອນ"),
        ("Daovone", "ດາວວອນ"),
    ),
    (
        ("Bounmy", "ບຸນມີ"),
        ("Khamphone", "ຄຳພອນ"),
        ("Somsack", "ສົມສັກ"),
        ("Thongdam", "ທອງດຳ"),
        ("Sisavath", "ສີສະຫວາດ"),
    ),
    (
        ("Phommachanh", "ພົມມະຈັນ"),
        ("Sengdara", "ແສງດາລາ"),
        ("Vongsa", "ວົງສາ"),
        ("Keomany", "ແກ້ວມະນີ"),
        ("Inthavong", "ອິນທະວົງ"),
        ("Thammavong", "ທຳມະວົງ"),
    ),
    ("ນ້ອຍ", "ແດງ", "ຈອຍ", "ຕຸ້ຍ"),
    (
        ("Savannakhet", "Kaysone Phomvihane"),
        ("Champasak", "Pakse"),
        ("Salavan", "Lao Ngam"),
        ("Khammouane", "Thakhek"),
        ("Vientiane", "Phonhong"),
    ),
)
THAI = People(
    "TH",
    "tha",
    "+660",
    (
        ("Malee", "มาลี"),
        ("Kanya", "กัญญา"),
        ("Ratree", "ราตรี"),
        ("Nipha", "นิภา"),
        ("Sudarat", "สุดารัตน์"),
        ("Pranee", "ปราณี"),
        ("Orathai", "อรทัย"),
    ),
    (
        ("Somchai", "สมชาย"),
        ("Prasit", "ประสิทธิ์"),
        ("Manop", "มานพ"),
        ("Surachai", "สุรชัย"),
    ),
    (
        ("Jaidee", "ใจดี"),
        ("Boonma", "บุญมา"),
        ("Thongdee", "ทองดี"),
        ("Saengthong", "แสงทอง"),
        ("Srisuk", "ศรีสุข"),
        ("Kaewkla", "แก้วกล้า"),
        ("Phuengsuk", "พึ่งสุข"),
    ),
    ("นก", "ฝน", "ต้อม", "แก้ว"),
    (
        ("Chiang Rai", "Mae Chan"),
        ("Phayao", "Dok Khamtai"),
        ("Udon Thani", "Kumphawapi"),
        ("Si Sa Ket", "Kanthararom"),
        ("Phetchabun", "Lom Sak"),
    ),
)
# What was done: type, industry, sort of sexual exploitation, recruitment, control, where.
Deed = tuple[str, str, str, str, str, str]
LABOUR: tuple[Deed, ...] = (
    (
        "ForcedLabour",
        "A_AgricultureForestryAndFishing",
        "",
        "ThroughFriendsOrSocialEvents",
        "DebtBondage; WithholdsDocuments; ExcessiveWorkingHours",
        "a fishing boat",
    ),
    (
        "ForcedLabour",
        "C_Manufacturing",
        "",
        "ThroughOnlineSocialNetworks",
        "TakesEarnings; RestrictsFinancialAccess",
        "a factory that peels shrimps",
    ),
    (
        "ForcedLabour",
        "F_Construction",
        "",
        "AtWork",
        "DebtBondage; PhysicalThreats",
        "a building site",
    ),
    (
        "ForcedLabour",
        "J_InformationAndCommunication",
        "",
        "ThroughAnOnlineAdvertisement",
        "PhysicalAbuse; WithholdsDocuments; PhysicalThreats",
        "a compound for fraud by telephone",
    ),
    (
        "Servitude",
        "T_ActivitiesOfHouseholdsAsEmployers",
        "",
        "ThroughFamilyOrFamilyEvents",
        "WithholdsNecessities; ExcessiveWorkingHours",
        "a private house",
    ),
    (
        "SexualExploitation",
        "",
        "Prostitution",
        "ThroughFriendsOrSocialEvents",
        "DebtBondage; PsychologicalAbuse",
        "a karaoke bar",
    ),
    (
        "SexualExploitation; ForcedLabour",
        "I_AccommodationAndFoodServiceActivities",
        "PrivateSexualServices",
        "AtAPlaceOfBusiness",
        "FalsePromises; ThreatsLawEnforcement",
        "a restaurant",
    ),
    ("ForcedMarriage", "", "", "ThroughFamilyOrFamilyEvents", "FalsePromises", "a village"),
)
CHILDREN: tuple[Deed, ...] = (
    (
        "ForcedBegging",
        "",
        "",
        "ThroughFamilyOrFamilyEvents",
        "TakesEarnings; PhysicalAbuse",
        "a bus station",
    ),
    (
        "ChildLabour",
        "A_AgricultureForestryAndFishing",
        "",
        "ThroughFamilyOrFamilyEvents",
        "ExcessiveWorkingHours",
        "a plantation",
    ),
    (
        "SexualExploitation",
        "",
        "RemoteInteractiveServices",
        "ThroughOnlineSocialNetworks",
        "PsychologicalAbuse; FalsePromises",
        "a rented room",
    ),
)
