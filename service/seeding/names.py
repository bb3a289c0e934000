"""Common names and home provinces of each country of origin. Who is drawn from them is invented."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from schema import reference
from schema.codes import NameScript

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Names:
    """Names as (in Latin letters, in their own script); `agency` lists the provinces."""

    language: str
    script: NameScript
    women: Pairs
    men: Pairs
    families: Pairs
    agency: str = ""
    homes: tuple[str, ...] = ()


_KHMER = Names(
    "khm",
    NameScript.KHMR,
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
        ("Sok", "សុខ"),
    ),
    agency="KH-POSVY",
)
_LAO = Names(
    "lao",
    NameScript.LAOO,
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
    agency="LA-PLSW",
)
_THAI = Names(
    "tha",
    NameScript.THAI,
    (
        ("Malee", "มาลี"),
        ("Kanya", "กัญญา"),
        ("Ratree", "ราตรี"),
        ("Nipha", "นิภา"),
        ("Sudarat", "สุดารัตน์"),
        ("Pranee", "ปราณี"),
        ("Orathai", "อรทัย"),
    ),
    (("Somchai", "สมชาย"), ("Prasit", "ประสิทธิ์"), ("Manop", "มานพ"), ("Surachai", "สุรชัย")),
    (
        ("Jaidee", "ใจดี"),
        ("Boonma", "บุญมา"),
        ("Thongdee", "ทองดี"),
        ("Srisuk", "ศรีสุข"),
        ("Saengthong", "แสงทอง"),
        ("Kaewkla", "แก้วกล้า"),
        ("Phuengsuk", "พึ่งสุข"),
    ),
    agency="TH-PSDHS",
)
_VIETNAMESE = Names(
    "vie",
    NameScript.LATN,
    (("Thi Hoa", "Thị Hoa"), ("Thi Lan", "Thị Lan"), ("Thi Mai", "Thị Mai")),
    (("Van Minh", "Văn Minh"), ("Duc", "Đức"), ("Quang", "Quảng")),
    (("Nguyen", "Nguyễn"), ("Tran", "Trần"), ("Le", "Lê"), ("Pham", "Phạm")),
    homes=("An Giang", "Dong Thap", "Nghe An", "Ha Giang"),
)
_BURMESE = Names(
    "mya",
    NameScript.MYMR,
    (("Aye Aye", "အေးအေး"), ("Khin", "ခင်"), ("Thida", "သီတာ"), ("Su Su", "စုစု")),
    (("Aung", "အောင်"), ("Kyaw", "ကျော်"), ("Min", "မင်း"), ("Zaw", "ဇော်")),
    (("Htwe", "ထွေး"), ("Win", "ဝင်း"), ("Oo", "ဦး"), ("Lwin", "လွင်")),
    homes=("Kayin", "Mon", "Tanintharyi", "Shan"),
)
BY_ORIGIN = {"KH": _KHMER, "LA": _LAO, "TH": _THAI, "VN": _VIETNAMESE, "MM": _BURMESE}


@cache
def provinces_of(origin: str) -> tuple[str, ...]:
    """Home provinces as the registry's units write them."""
    names = BY_ORIGIN[origin]
    if not names.agency:
        return names.homes
    return tuple(
        unit.code
        for unit in reference.units()
        if unit.agency_code == names.agency and unit.kind == "PROVINCE"
    )
