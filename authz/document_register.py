"""What a protocol document may name beside its own words: agencies, agreements, countries.

Takes nothing, gives `Register` and the one that comes with saphan (the domain
model, sections 2 and 3). Agencies and agreements are rows of the registry:
whoever reads documents beside a database passes the register of that database.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_ISO_3166 = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES: Final = frozenset(_ISO_3166.split())
"""ISO 3166-1 alpha-2, as of 2024."""

_AGENCIES: Final[dict[str, str | None]] = {
    **dict.fromkeys(
        (
            "TH-ATC",
            "TH-ATPD",
            "TH-AUDIT",
            "TH-DATIP",
            "TH-IMM",
            "TH-MDT",
            "TH-MFA",
            "TH-PSDHS",
            "TH-SHELTER",
            "NGO-AAT",
            "NGO-LPN",
        ),
        "TH",
    ),
    **dict.fromkeys(
        (
            "KH-AUDIT",
            "KH-DAHTJP",
            "KH-MFAIC",
            "KH-MOSVY",
            "KH-NCCT",
            "KH-POSVY",
            "KH-PTC",
            "NGO-AFESIP",
            "NGO-CCPCR",
            "NGO-CWCC",
            "NGO-GDE",
        ),
        "KH",
    ),
    **dict.fromkeys(
        (
            "LA-ATD",
            "LA-AUDIT",
            "LA-LWU",
            "LA-MLSW",
            "LA-MOFA",
            "LA-NCAHT",
            "LA-PLSW",
            "NGO-VFI",
        ),
        "LA",
    ),
    **dict.fromkeys(("VN-MOLISA", "VN-MPS"), "VN"),
    "MM-DSW": "MM",
    "CN-MPS": "CN",
    **dict.fromkeys(("INT-IOM", "INT-JICA", "INT-UNACT", "INT-UNODC")),
}

_AGREEMENTS: Final = frozenset(
    {
        "ACTIP",
        "COMMIT-2004",
        "IOM-LA-2007",
        "IOM-MSDHS-2007",
        "KH-LAW",
        "KH-VN-2005",
        "LA-LAW",
        "LA-VN-2010",
        "TH-CN-2018",
        "TH-KH-2003",
        "TH-KH-2014",
        "TH-KH-SOP-2022",
        "TH-LA-2005",
        "TH-LA-2017",
        "TH-LAW",
        "TH-MM-2009",
        "TH-VN-2008",
        "UNTOC-TIP",
    }
)


@dataclass(frozen=True, slots=True)
class Register:
    """Known agencies with their country (None for an organisation) and known agreement codes."""

    agencies: Mapping[str, str | None]
    agreements: frozenset[str]

    def party_of(self, agency: str) -> str:
        """The party an agency acts for: its country, or itself where it is an organisation."""
        return self.agencies[agency] or agency

    def is_party(self, name: str) -> bool:
        """True for what can be a party: a country, or an organisation without one."""
        return name in COUNTRIES or (name in self.agencies and self.agencies[name] is None)


SAPHAN: Final = Register(MappingProxyType(_AGENCIES), _AGREEMENTS)
"""The register that comes with saphan."""
