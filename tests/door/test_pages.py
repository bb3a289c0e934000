"""The pages: files of ours alone, nothing inline, nothing kept, nothing told that is not public."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from schema.sdl import SDL_FILE
from tests.door.doors import GOOD, SDL, OpenDoor, ScriptedEngine, open_door

ASSETS = Path(__file__).resolve().parents[2] / "service" / "assets"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SVG_NAMESPACE = "http://www.w3.org/2000/svg"


class Elements(HTMLParser):
    """Every element with its attributes, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._within = tag

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within in {"script", "style"}:
            self.inline += data.strip()


@pytest.fixture(scope="module")
def page() -> Elements:
    return Elements((ASSETS / "ide.html").read_text(encoding="utf-8"))


def test_a_browser_gets_the_page(door: OpenDoor) -> None:
    with door.client(headers={"accept": BROWSER}) as client:
        response = client.get("/graphql")
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        policy = response.headers["content-security-policy"]
        sources = re.findall(r"(?:script|style|connect|img)-src ([^;]*)", policy)
        assert sources == ["'self'"] * 4
        assert "'unsafe" not in policy
        # H04: whatever stands in the address, the page is the same and runs none of it.
        hostile = client.get("/graphql", params={"query": "</script><script>alert(1)", "x": "y"})
        assert hostile.content == response.content
        head = client.head("/graphql")
        assert (head.status_code, head.content) == (200, b"")
    with door.client() as client:
        assert client.get("/graphql").status_code == 200
        assert client.get("/graphql", params={"query": "{a}"}).status_code == 405


@pytest.mark.parametrize("name", ["ide.css", "ide.js", "schema.js", "icon.svg"])
def test_assets_are_served_with_their_type(door: OpenDoor, name: str) -> None:
    with door.client() as client:
        response = client.get(f"/assets/{name}")
    assert response.content == (ASSETS / name).read_bytes()
    kinds = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    assert response.headers["content-type"].startswith(kinds[name.partition(".")[2]])


def test_the_page_names_files_of_ours_alone(page: Elements) -> None:
    for _tag, attributes in page.found:
        for name in ("src", "href", "action", "data", "srcset"):
            value = attributes.get(name)
            assert value is None or value.startswith(("/assets/", "#", "/schema.graphql")), value
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert not page.inline


@pytest.mark.parametrize("name", sorted(path.name for path in ASSETS.iterdir()))
def test_no_file_names_a_foreign_address_or_keeps_anything(name: str) -> None:
    text = (ASSETS / name).read_text(encoding="utf-8").replace(SVG_NAMESPACE, "")
    assert not re.search(r"(?i)\b(?:https?:|wss?:)?//[\w-]+\.", text)
    for word in ("localStorage", "sessionStorage", "document.cookie", "innerHTML", "outerHTML"):
        assert word not in text
    for word in ("insertAdjacentHTML", "eval(", "Function(", "location.", "history.", "indexedDB"):
        assert word not in text
    assert "url(" not in text


def test_every_control_of_the_page_has_a_label(page: Elements) -> None:
    labelled = {attributes.get("for") for tag, attributes in page.found if tag == "label"}
    controls = {
        attributes["id"] for tag, attributes in page.found if tag in {"input", "select", "textarea"}
    }
    assert controls == labelled
    assert ("html", {"lang": "en"}) in page.found
    ids = [attributes["id"] for _tag, attributes in page.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    script = (ASSETS / "ide.js").read_text(encoding="utf-8")
    assert set(re.findall(r'\bat\("([\w-]+)"\)', script)) <= set(ids)


@pytest.mark.skipif(shutil.which("node") is None, reason="no node: the page's scripts are NOT run")
def test_the_schema_browser_reads_our_schema() -> None:
    """Each definition of the SDL with its fields, by the page's own module."""
    code = (
        "import { definitions, search } from './schema.js';"
        "import { readFileSync } from 'node:fs';"
        "const all = definitions(readFileSync(0, 'utf8'));"
        "const found = search(all, 'victimconn').map((d) => d.name);"
        "console.log(JSON.stringify({ found, all: Object.fromEntries("
        "all.map((d) => [d.name, d.lines.map((l) => l.name)])) }));"
    )
    ran = subprocess.run(
        ["node", "--input-type=module", "-e", code],
        cwd=ASSETS,
        input=SDL_FILE.read_text(encoding="utf-8"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    read = json.loads(ran.stdout)
    assert read["all"]["Node"] == ["id"]
    assert {"victim", "victims", "node", "me", "returnCases", "_entities"} <= set(
        read["all"]["Query"]
    )
    assert {"id", "withheld", "givenName", "returnCases"} <= set(read["all"]["Victim"])
    assert "VictimConnection" in read["found"]
    printed = set(re.findall(r"(?m)^(?:type|input|interface|enum) (\w+)", SDL_FILE.read_text()))
    assert printed <= set(read["all"])


def test_open_pages_tell_nothing_of_callers(door: OpenDoor) -> None:
    """H05: the same series before and after requests, labels constant, no name, no version."""
    with door.client() as client:
        before = client.get("/metrics").text
        for token in (GOOD, "other"):
            door.post({"query": "{a}"}, authorization=f"Bearer {token}", saphan_purpose="TRACING")
        after = client.get("/metrics").text
        assert client.get("/healthz").text == "ok\n"
        assert client.get("/readyz").text == "ready\n"
        assert client.get("/schema.graphql").text == SDL
    series = [re.sub(r" [\d.]+$", "", line) for line in before.splitlines()]
    assert series == [re.sub(r" [\d.]+$", "", line) for line in after.splitlines()]
    assert set(re.findall(r"\{.*\}", after)) == {f'{{status="{c}xx"}}' for c in (2, 4, 5)}
    assert "KH-MOSVY" not in after
    assert "TRACING" not in after


def test_metrics_say_when_the_registry_is_away() -> None:
    with open_door(ScriptedEngine(up=False)) as door, door.client() as client:
        assert "saphan_ready 0\n" in client.get("/metrics").text
