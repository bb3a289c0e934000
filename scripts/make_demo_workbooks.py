"""Makes the three workbooks of invented people in `demo/`, from the genuine HTCDS template.

Run from anywhere: `python scripts/make_demo_workbooks.py [FOLDER]`. The same
members come out every time (fixed seed, no clock); the bytes too, as long as the
same zlib packs them. Nobody in them exists: names are drawn from common ones,
telephone numbers begin with a digit that no subscriber has, mail goes to
`example.org`.

Human Trafficking Case Data Standard (HTCDS) by IOM, CC BY 4.0.
"""

from __future__ import annotations

import copy
import datetime as dt
import io
import random
import re
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from demo_people import CHILDREN, KHMER, LABOUR, LAO, THAI, People
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "demo" / "htcds" / "HTCDS Excel Spreadsheet v2.0.xlsx"
SEED = 20070806
MADE_ON = "2026-11-01T00:00:00Z"
REFERENCE_DAY = dt.date(2026, 11, 1)
ABOUT = (
    "People in this workbook are invented. No resemblance to anyone is intended.",
    "Made from the template of the Human Trafficking Case Data Standard (HTCDS) by IOM, CC BY 4.0.",
    "https://github.com/UNMigration/HTCDS",
    "Changes: rows filled in, columns appended to the right. IOM does not endorse this work.",
)

APPENDED = {
    "saphan_Alias": "Alias",
    "saphan_NameInScript": "Name in its own Script",
    "prs_PrimaryLanguage": "Primary Language",
    "prs_HighestLevelOfEducation": "Highest Level of Education",
    "prs_MaritalStatus": "Marital Status",
    "prs_NumberOfChildren": "Number of Children",
    "prs_IdentityNumber": "Identity Number",
    "vic_AgeWhenTrafficked": "Age when Trafficked",
    "vic_RelationshipToTrafficker": "Relationship to Trafficker",
    "vic_RecruitmentWebsitesAndApps": "Recruitment Websites and Apps",
}


@dataclass(frozen=True, slots=True)
class Book:
    """One workbook: where its people were found, who they are, who referred them."""

    name: str
    people: tuple[tuple[People, int], ...]
    owners: tuple[str, ...]
    referring: tuple[str, ...]
    towns: tuple[str, ...]


BOOKS = (
    Book(
        "found-in-thailand.xlsx",
        ((KHMER, 18), (LAO, 14)),
        ("Arunee Wattana (invented)", "Chai Rattana (invented)"),
        ("TH-ATPD", "TH-SHELTER", "TH-PSDHS"),
        ("Samut Sakhon", "Rayong", "Bangkok", "Udon Thani", "Trat"),
    ),
    Book(
        "found-in-japan.xlsx",
        ((THAI, 14),),
        ("Benja Suksan (invented)",),
        ("A consulate (invented)", "A women's shelter in Tokyo (invented)"),
        ("Tokyo", "Nagoya", "Ibaraki"),
    ),
    Book(
        "found-in-cambodia.xlsx",
        ((THAI, 9), (LAO, 5)),
        ("Chan Vanna (invented)",),
        ("KH-DAHTJP", "KH-PTC"),
        ("Poipet", "Sihanoukville", "Phnom Penh"),
    ),
)


def rows_of(book: Book, rng: random.Random) -> list[dict[str, object]]:
    """The rows of one workbook by label or, for appended columns, by system name."""
    rows: list[dict[str, object]] = []
    seen: set[tuple[str, str]] = set()
    for people, count in book.people:
        for position in range(count):
            woman = rng.random() < 0.6
            while True:
                given = rng.choice(people.women if woman else people.men)
                family = rng.choice(people.families)
                if (given[0], family[0]) not in seen:
                    break
            seen.add((given[0], family[0]))
            child = position % 4 == 1
            rows.append(
                _names(people, given, family, position, rng)
                | _person(people, child, woman, position, rng)
                | _deed(child, book, rng)
                | _case(book, position, rng)
            )
    return rows


def _names(
    people: People,
    given: tuple[str, str],
    family: tuple[str, str],
    position: int,
    rng: random.Random,
) -> dict[str, object]:
    """Of three people one is written in both scripts, one in her own alone, one in Latin alone."""
    style = position % 3
    column = 1 if style == 1 else 0
    names: dict[str, object] = {"First Name": given[column], "Second Name": family[column]}
    if style == 0:
        order = (family[1], given[1]) if people.family_first else (given[1], family[1])
        names["saphan_NameInScript"] = " ".join(order)
    if rng.random() < 0.4:
        names["saphan_Alias"] = rng.choice(people.aliases)
    return names


def _person(
    people: People, child: bool, woman: bool, position: int, rng: random.Random
) -> dict[str, object]:
    age = rng.randint(10, 14) if child else rng.randint(20, 44)
    born = dt.date(REFERENCE_DAY.year - age, rng.randint(1, 10), rng.randint(1, 28))
    province, district = rng.choice(people.homes)
    person: dict[str, object] = {
        "Birthdate": _birth(born, people, position),
        "Gender": "Feminine" if woman else "Masculine",
        "Citizenship": people.country,
        "Home Phone": f"{people.prefix}{rng.randint(0, 9_999_999):07d}",
        "Mailing Street": f"House {rng.randint(1, 90)}, Group {rng.randint(1, 12)}",
        "Mailing City": district,
        "Mailing State/Province": province,
        "Mailing Country": people.country,
        "prs_PrimaryLanguage": people.tongue,
        "prs_HighestLevelOfEducation": rng.choice(
            ("PrimaryEducation", "LowerSecondaryEducation", "UpperSecondaryEducation")
            if not child
            else ("EarlyChildhoodEducation", "PrimaryEducation")
        ),
        "vic_AgeWhenTrafficked": max(age - rng.randint(0, 3), 6),
        "vic_RelationshipToTrafficker": rng.choice(("Familial", "Acquainted", "Unaquainted")),
    }
    if child:
        return person
    person["prs_MaritalStatus"] = rng.choice(("Single", "Married", "Divorced", "Widowed"))
    person["prs_NumberOfChildren"] = rng.choice((0, 0, 1, 2, 3))
    if rng.random() < 0.5:
        person["Mobile Phone"] = f"{people.prefix}{rng.randint(0, 9_999_999):07d}"
    if rng.random() < 0.2:
        person["Email"] = f"person{rng.randint(1000, 9999)}@example.org"
    if rng.random() < 0.4:
        person["prs_IdentityNumber"] = f"INVENTED-{people.country}-{rng.randint(0, 999_999):06d}"
    return person


def _birth(born: dt.date, people: People, position: int) -> object:
    """As such dates are found: a date cell, ISO text, the year alone, a marked Buddhist year."""
    if position % 5 == 2:
        return str(born.year)
    if position % 5 == 3:
        return born.isoformat()
    if people is THAI and position % 5 == 4:
        return f"พ.ศ. {born.year + 543}-{born.month:02d}-{born.day:02d}"
    return born


def _deed(child: bool, book: Book, rng: random.Random) -> dict[str, object]:
    deed, industry, sexual, recruited, control, place = rng.choice(CHILDREN if child else LABOUR)
    town = rng.choice(book.towns)
    found: dict[str, object] = {
        "Trafficking Status": "PossibleVictimOfTrafficking",
        "Trafficking Status Decision Making Organization": rng.choice(
            ("Police", "NGO", "NonPoliceGovernmentalOrganization")
        ),
        "Method of Recruitment": recruited,
        "Methods of Control": control,
        "Type of Exploitation": deed,
        "Forced Labour Industry": industry,
        "Type of Sex Exploitation": sexual,
        "Location of Recruitment": rng.choice(("the home village", "a market near the border", "")),
        "Location of Exploitation": f"{place}, {town}",
    }
    if recruited.startswith(("ThroughOnline", "ThroughAnOnline")):
        found["vic_RecruitmentWebsitesAndApps"] = rng.choice(
            ("Facebook", "Line; Facebook", "TikTok")
        )
    return found


def _case(book: Book, position: int, rng: random.Random) -> dict[str, object]:
    opened = REFERENCE_DAY - dt.timedelta(days=rng.randint(5, 120))
    return {
        "Case Owner": rng.choice(book.owners),
        "Consent": position % 6 != 5,
        "Status": "Active",
        "Referring Organisation": rng.choice(book.referring),
        "Incoming Referral Date": opened,
        "Reason for Incoming Referral": rng.choice(
            ("AdditionalServicesRequired", "MigrationOrChangeOfLocation")
        ),
    }


def fill(sheet: Worksheet, rows: list[dict[str, object]]) -> None:
    """Write rows under the template's own headers; append the columns it does not have."""
    columns = {str(cell.value): cell.column for cell in sheet[2] if cell.value}
    last = max(columns.values())
    for offset, (name, label) in enumerate(APPENDED.items(), 1):
        sheet.cell(1, last + offset, name)
        header = sheet.cell(2, last + offset, label)
        header.font = copy.copy(sheet.cell(2, last).font)
        header.alignment = copy.copy(sheet.cell(2, last).alignment)
        columns[name] = last + offset
    for number, row in enumerate(rows, 3):
        for name, value in row.items():
            if value != "":
                cell = sheet.cell(number, columns[name], value)
                if isinstance(value, dt.date):
                    cell.number_format = "yyyy-mm-dd"


def workbook_bytes(book: Book) -> bytes:
    """One finished workbook, the same at every run."""
    filled = load_workbook(TEMPLATE)
    fill(filled["Sheet1"], rows_of(book, random.Random(f"{SEED} {book.name}")))
    about = filled.create_sheet("about")
    for number, line in enumerate(ABOUT, 1):
        about.cell(number, 1, line)
    filled.properties.creator = filled.properties.lastModifiedBy = "saphan demo"
    filled.properties.title = "Invented people on the HTCDS template by IOM, CC BY 4.0"
    raw = io.BytesIO()
    filled.save(raw)
    return _without_clock(raw.getvalue())


def _without_clock(content: bytes) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in source.namelist():
            member = source.read(name)
            if name == "docProps/core.xml":
                member = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", MADE_ON.encode(), member)
            info = zipfile.ZipInfo(name, (2026, 11, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, member)
    return target.getvalue()


def main() -> None:
    """Write the three workbooks to `demo/` or to the folder named."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "demo"
    for book in BOOKS:
        (folder / book.name).write_bytes(workbook_bytes(book))
        print(f"{book.name}: {sum(count for _, count in book.people)} people")


if __name__ == "__main__":
    main()
