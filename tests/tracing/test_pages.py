"""The pages as a stranger gets them: self-contained, escaped, in their own language, complete."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema import reference
from service.ledger import officials
from service.ledger.accesses import Access, Shown
from service.ledger.pages.drawing import WIDTH, axis
from service.ledger.pages.markup import el, join
from service.ledger.pages.personal import Told, personal_page
from service.ledger.pages.sheet import POLICY
from service.ledger.pages.timeline import Traced, timeline_page
from service.ledger.words import LANGUAGES

NOW = dt.datetime(2026, 11, 28, 11, 0, tzinfo=dt.UTC)
RECORD = "b7c6d086-c174-4e00-ae8b-82fc7f208bd0"
HOSTILE = (
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "' style='background:url(https://example.org)",
    "&lt;b&gt; &amp; &#x3c;",
    "right\u202eto left",
    "a\u2028b\u2029c",
    "\x00\x1b[31mred",
    "{subject} {0} %s",
    "𝓬𝓪𝓷𝓪𝓻𝔂 ﷽",
)
VOID = {"meta", "br", "hr"}


class Page(HTMLParser):
    """What a browser reads: elements with their language, attributes and texts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, str]] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str, str]] = []
        self.crossed: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert len(given) == len(attrs), "an attribute twice"
        self.elements.append((tag, given))
        if tag not in VOID:
            language = given.get("lang", self.open[-1][1] if self.open else "")
            self.open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop()[0] != tag:
            self.crossed.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.texts.append((*self.open[-1], data))

    def of(self, tag: str) -> Iterator[dict[str, str]]:
        return (given for name, given in self.elements if name == tag)

    @property
    def text(self) -> str:
        return " ".join(data for tag, _, data in self.texts if tag != "style")


def access(number: int = 0, **changes: object) -> Access:
    made = Access(
        id=f"01a221d2-57eb-7e67-be03-{number:012d}",
        at=NOW - dt.timedelta(days=30) + dt.timedelta(hours=7 * number),
        agency="KH-MOSVY",
        country="KH",
        unit="",
        roles=("FOCAL_POINT",),
        subject="u-4411",
        purpose="TRACING",
        operation="Desk",
        outcome="DISCLOSED",
        searched=("ReturnCase.stateSince",),
        shown=(
            Shown(RECORD, "Victim", ("Victim.ageBand",), "TH-KH-2014@3#art. 5(1)"),
            Shown(RECORD, "Victim", ("Victim.familyName",), "TH-KH-2014@3#art. 9(2)"),
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def timeline(*accesses: Access, languages: tuple[str, ...] = LANGUAGES) -> str:
    return timeline_page(Traced(RECORD, None, "TH-AUDIT", NOW, accesses), languages)


def personal(
    *accesses: Access,
    languages: tuple[str, ...] = LANGUAGES,
    named: bool = False,
    holders: tuple[str, ...] = ("TH-DATIP",),
) -> str:
    return personal_page(Told(RECORD, holders, "TH-SHELTER", NOW, named, accesses), languages)


MANY = tuple(
    access(n, agency=agency.code, country=agency.country or "", subject=f"u-{n % 7}")
    for n, agency in enumerate((*reference.agencies(), *reference.agencies()[:7]))
)
WRITTEN = {
    "timeline of none": timeline(),
    "timeline of one": timeline(access()),
    "timeline of many": timeline(*MANY),
    "report of none": personal(),
    "report of one": personal(access()),
    "report of many": personal(*MANY),
    "report with names": personal(*MANY, named=True),
    "report without a holder": personal(access(), holders=()),
}
PAGES = {name: Page(written) for name, written in WRITTEN.items()}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_nothing_but_itself(name: str) -> None:
    page = PAGES[name]
    assert (page.crossed, page.open) == ([], [])
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "image", "iframe", "object", "embed", "base"}
    assert not tags & {"form", "input", "use", "foreignObject", "audio", "video", "source"}
    for tag, attributes in page.elements:
        for attribute, value in attributes.items():
            assert not attribute.startswith("on"), (tag, attribute)
            assert attribute not in {"src", "srcset", "style", "action", "xlink:href", "ping"}
            if attribute == "href":
                assert value.startswith("#"), value
            assert "://" not in value, (tag, attribute)
            assert "url(" not in value, (tag, attribute)
    styles = [data for tag, _, data in page.texts if tag == "style"]
    assert len(styles) == 1
    assert not re.search(r"url\(|@import|://|expression", styles[0])
    assert POLICY in {given.get("content") for given in page.of("meta")}
    assert POLICY.startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.parametrize("name", PAGES)
def test_each_part_says_its_language(name: str) -> None:
    page = PAGES[name]
    assert next(page.of("html"))["lang"] == LANGUAGES[0]
    parts = list(page.of("section"))
    assert [part["lang"] for part in parts] == list(LANGUAGES)
    assert [given["href"] for given in page.of("a")] == [f"#{part['id']}" for part in parts]
    ids = [given["id"] for _, given in page.elements if "id" in given]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_what_is_english_in_another_language_is_a_code_or_marked(name: str, language: str) -> None:
    codes = {agency.code for agency in reference.agencies()}
    allowed = codes | {"UTC", "u", *(word for code in codes for word in code.split("-"))}
    for tag, spoken, data in PAGES[name].texts:
        if spoken != language or tag in {"code", "bdi", "time", "style"}:
            continue
        bare = data.replace("ReturnCase.stateSince", "")
        assert set(re.findall(r"[A-Za-z][A-Za-z-]*", bare)) <= allowed, (tag, data)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_stay_texts(hostile: str) -> None:
    evil = access(
        subject=hostile,
        unit=hostile,
        operation=hostile,
        agency=hostile,
        purpose=hostile,
        roles=(hostile,),
        searched=(hostile,),
        shown=(Shown(RECORD, hostile, (f"Victim.{hostile}",), f"{hostile}@1#{hostile} 2"),),
    )
    plain = access(
        subject="s",
        unit="s",
        operation="s",
        agency="s",
        purpose="s",
        roles=("s",),
        searched=("s",),
        shown=(Shown(RECORD, "s", ("Victim.s",), "s@1#s 2"),),
    )
    for make in (timeline, lambda *a: personal(*a, named=True)):
        written, usual = make(evil), make(plain)
        page, expected = Page(written), Page(usual)
        assert [tag for tag, _ in page.elements] == [tag for tag, _ in expected.elements]
        assert [set(given) for _, given in page.elements] == [
            set(given) for _, given in expected.elements
        ]
        assert page.crossed == []
        assert not re.search(
            "[\u0000-\u0009\u000b-\u001f\u2028\u2029\u202a-\u202e\u2066-\u2069]", written
        )
    if hostile.isprintable():
        assert hostile in Page(timeline(evil)).text
    else:
        assert "\\u{" in Page(timeline(evil)).text


@given(st.text())
def test_any_text_reads_as_itself(text: str) -> None:
    page = Page(f"<p>{el('b', text, title=text)}</p>")
    assert [tag for tag, _ in page.elements] == ["p", "b"]
    said = "".join(data for _, _, data in page.texts)
    if text.isprintable() and text.strip():
        assert said == text
        assert next(page.of("b"))["title"] == text


@pytest.mark.parametrize("name", ["b c", "b>", "B", "", "on-", "b/"])
def test_what_is_no_name_of_an_element_is_refused(name: str) -> None:
    if name == "on-":
        assert el(name) == "<on-></on->"
        return
    with pytest.raises(ValueError, match="not the name"):
        el(name)


def test_markup_alone_is_not_escaped() -> None:
    assert join("<", el("b", ">"), "&") == "&lt;<b>&gt;</b>&amp;"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_hold_every_access(language: str) -> None:
    written = timeline(*MANY, languages=(language,))
    page = Page(written)
    for each in MANY:
        assert each.id in page.text
    assert page.text.count("art. 9(2)") == len(MANY)
    assert sum(1 for _ in page.of("tr")) == 2 + len(MANY) + len({a.agency for a in MANY})
    report = Page(personal(*MANY, languages=(language,)))
    assert sum(1 for _ in report.of("tr")) == 2 + len(MANY) + len({a.agency for a in MANY})


@pytest.mark.parametrize("count", [1, 2, 39, 40, 300])
@pytest.mark.parametrize("hours", [0, 0.001, 5, 24 * 400, 24 * 9000])
def test_every_access_has_its_mark_inside_the_drawing(count: int, hours: float) -> None:
    found = [
        access(n, at=NOW + dt.timedelta(hours=hours * n / max(count - 1, 1))) for n in range(count)
    ]
    page = Page(timeline(*found, languages=("en",)))
    marks = [g for g in page.of("circle") if g["r"] == "6" and "fill-opacity" in g]
    bars = list(page.of("rect"))
    assert len(marks) + len(bars) == count
    assert bool(bars) is (count >= 40)
    along = axis(found)
    lines = list(along.ticks())
    assert 2 <= len(lines) <= 9
    assert lines[0] <= found[0].at <= found[-1].at <= lines[-1]
    for x in [float(g["cx"]) for g in marks] + [float(g["x"]) for g in bars]:
        assert 148 <= x <= WIDTH - 60
    assert f">{count}</text>" in timeline(*found, languages=("en",))


def test_marks_stand_in_the_order_of_time() -> None:
    found = [access(n) for n in range(20)]
    page = Page(timeline(*found, languages=("en",)))
    places = [float(g["cx"]) for g in page.of("circle") if "fill-opacity" in g]
    assert places == sorted(places)
    assert len(set(places)) == 20


def test_officials_are_left_out_unless_the_law_names_them() -> None:
    without, with_names = personal(*MANY), personal(*MANY, named=True)
    assert "u-3" not in Page(without).text
    assert "u-3" in Page(with_names).text
    assert "u-3" in Page(timeline(*MANY)).text


def test_no_law_names_officials_before_somebody_has_read_it() -> None:
    assert set(officials.table()) == {"TH", "KH", "LA"}
    for country, known in officials.table().items():
        assert known["source"]
        assert not known["named"] or known["verified"], country
        assert officials.may_be_named([country]) is known["named"]
    assert officials.may_be_named([]) is False
    assert officials.may_be_named([""]) is False


def test_every_country_of_the_holders_must_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"TH": {"named": True}, "KH": {"named": True}, "LA": {"named": False}, "VN": {}}
    monkeypatch.setattr(officials, "table", lambda: table)
    assert officials.may_be_named(["TH"])
    assert officials.may_be_named(["TH", "KH"])
    assert not officials.may_be_named(["TH", "LA"])
    assert not officials.may_be_named(["TH", "VN"])
    assert not officials.may_be_named(["TH", "MM"])


def test_the_table_is_for_lawyers_to_read() -> None:
    file = Path(str(officials.__file__)).with_name("officials.toml")
    assert "For lawyers to fill in" in file.read_text("utf-8").replace("\n# ", " ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_says_what_she_can_do(language: str) -> None:
    for page in (personal(languages=(language,)), personal(access(), languages=(language,))):
        assert sum(1 for _ in Page(page).of("p")) >= 9
