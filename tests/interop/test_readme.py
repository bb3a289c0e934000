"""`ledger/README.md` to the letter: its commands accept what is true, and nothing beside it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.spelling import decoded, encoded
from tests.house.rooms import ROOT, text
from tests.interop.building import NEEDS, Programs, environment
from tests.interop.exports import exported
from tests.interop.trees import LOG, WITNESSES, Tree, grown
from tests.ledger.oracle import body

INDEX = 413
SHELL, GO = text("ledger/README.md").split("## A whole export, with Go")


def blocks(part: str) -> list[str]:
    """The fenced commands of a part of the page, as they stand."""
    return re.findall(r"(?ms)^```sh\n(.*?)^```$", part)


TAKEN, *STEPS = blocks(SHELL)


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    needed = ("openssl", "sha256sum", "base64", "xxd", "awk")
    missing = [name for name in needed if shutil.which(name) is None]
    if missing:
        pytest.skip(f"NOT CHECKED BY HAND: needs {', '.join(missing)}")


def ran(commands: str, folder: Path, shell: str = "sh") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shell, "-c", commands],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def laid_out(folder: Path, tree: Tree, index: int) -> Path:
    """What the page says that the auditor holds."""
    (folder / "leaf.json").write_bytes(body(index))
    (folder / "leaf.tlog-proof").write_text(tree.proof(index), encoding="utf-8")
    (folder / "log.vkey").write_text(f"{LOG.vkey}\n")
    (folder / "witness.vkey").write_text(f"{WITNESSES[1].vkey}\n")
    return folder


def test_the_page_has_its_steps() -> None:
    assert len(STEPS) == 5
    assert [step.count("openssl pkeyutl -verify") for step in STEPS] == [0, 0, 1, 0, 1]


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_steps_hold_for_a_true_proof(tmp_path: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"NOT CHECKED BY HAND: needs {shell}")
    found = ran("".join(STEPS), laid_out(tmp_path, grown(700), INDEX), shell)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines() == [
        "Signature Verified Successfully",
        f"record {INDEX} is in the tree of 700 leaves",
        "Signature Verified Successfully",
        "witness.example/la saw it at 2026-05-28T20:26:40Z",
    ]


@pytest.mark.parametrize(
    ("size", "index"),
    [(1, 0), (2, 1), (3, 2), (255, 254), (256, 0), (257, 256), (700, 699), (70_000, 65_536)],
)
def test_the_steps_hold_at_every_border(tmp_path: Path, size: int, index: int) -> None:
    found = ran("".join(STEPS), laid_out(tmp_path, grown(size), index))
    assert (found.returncode, found.stderr) == (0, "")
    assert f"record {index} is in the tree of {size} leaves" in found.stdout


def edited(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        place = folder / name
        before = place.read_text(encoding="utf-8")
        assert before.count(old) >= 1
        place.write_text(before.replace(old, new, 1), encoding="utf-8")

    return edit


def another_proof(folder: Path) -> None:
    (folder / "leaf.tlog-proof").write_text(grown(700).proof(INDEX + 1), encoding="utf-8")


def another_key(folder: Path) -> None:
    (folder / "log.vkey").write_text(WITNESSES[1].vkey)


def longer_key(folder: Path) -> None:
    """Its id is right: an id is of all bytes that are there."""
    raw = bytes([1]) + LOG.verifier.public + b"\0"
    key_id = sha256(LOG.name.encode() + b"\n" + raw).hexdigest()[:8]
    (folder / "log.vkey").write_text(f"{LOG.name}+{key_id}+{encoded(raw)}")


def longer_hash(folder: Path) -> None:
    proof = folder / "leaf.tlog-proof"
    lines = proof.read_text(encoding="utf-8").splitlines()
    lines[2] = encoded(decoded(lines[2]) + b"\0")
    proof.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def without_hash(place: int) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        proof = folder / "leaf.tlog-proof"
        lines = proof.read_text(encoding="utf-8").splitlines(keepends=True)
        proof.write_text("".join(lines[:place] + lines[place + 1 :]), encoding="utf-8")

    return edit


def signed_by_nobody(folder: Path) -> None:
    proof = folder / "leaf.tlog-proof"
    before = proof.read_text(encoding="utf-8")
    lines = [line for line in before.splitlines(keepends=True) if LOG.name + " " not in line]
    proof.write_text("".join(lines), encoding="utf-8")


def seen_by_nobody(folder: Path) -> None:
    (folder / "witness.vkey").write_text(
        WITNESSES[1].vkey.replace("/la+", "/zz+"), encoding="utf-8"
    )


def dropped_cosignature(folder: Path) -> None:
    proof = folder / "leaf.tlog-proof"
    before = proof.read_text(encoding="utf-8")
    lines = [line for line in before.splitlines(keepends=True) if "witness.example/la" not in line]
    proof.write_text("".join(lines), encoding="utf-8")


TAMPERED = {
    "another header": (1, edited("leaf.tlog-proof", "tlog-proof@v1", "tlog-proof@v2")),
    "an empty line more": (1, edited("leaf.tlog-proof", "\n700\n", "\n700\n\n")),
    "a place with a zero": (1, edited("leaf.tlog-proof", f"index {INDEX}", f"index 0{INDEX}")),
    "a longer key": (2, longer_key),
    "a witness's key as the log's": (2, another_key),
    "a key of another name": (2, edited("log.vkey", "log.example/s", "log.example/t")),
    "another size": (3, edited("leaf.tlog-proof", "\n700\n", "\n701\n")),
    "a signature of another name": (
        3,
        edited("leaf.tlog-proof", "— log.example/s", "— log.example/t"),
    ),
    "no signature": (3, signed_by_nobody),
    "another record": (4, edited("leaf.json", '"n":413', '"n":414')),
    "a newline": (4, edited("leaf.json", "}", "}\n")),
    "its neighbour's place": (4, edited("leaf.tlog-proof", f"index {INDEX}", f"index {INDEX + 1}")),
    "a place outside": (4, edited("leaf.tlog-proof", f"index {INDEX}", "index 700")),
    "its neighbour's proof": (4, another_proof),
    "no first hash": (4, without_hash(2)),
    "a longer hash": (4, longer_hash),
    "no last hash": (4, without_hash(11)),
    "a witness of another name": (5, seen_by_nobody),
    "no cosignature": (5, dropped_cosignature),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_the_steps_end_where_something_is_wrong(tmp_path: Path, name: str) -> None:
    step, tamper = TAMPERED[name]
    tamper(laid_out(tmp_path, grown(700), INDEX))
    found = ran("".join([*STEPS[: step - 1], "echo so far\n", *STEPS[step - 1 :]]), tmp_path)
    assert found.returncode != 0
    # Not before, and nothing of what the step would say.
    assert found.stdout.splitlines()[-1] in {"so far", "Signature Verification Failure"}
    assert "so far" in found.stdout


def test_a_record_is_taken_out_of_an_export_byte_for_byte(tmp_path: Path) -> None:
    folder = exported(grown(700), tmp_path / "export")
    assert ran(TAKEN, folder).returncode == 0
    assert (folder / "leaf.json").read_bytes() == body(INDEX)


def test_the_program_is_built_and_run_as_the_page_says(
    go: Programs, room: Path, tmp_path: Path
) -> None:
    building, asking = blocks(GO)
    laid_out(tmp_path, grown(700), INDEX)
    # In a folder like the checkout's root: nothing may be left in the checkout.
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    export = exported(grown(700), tmp_path / "export")
    commands = f"set -eu\nEXPORT={export}\n{building}{asking}"
    kept = {name: environment(room)[name] for name in ("HOME", "GOCACHE")}
    found = subprocess.run(
        ["sh", "-c", commands],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], **kept},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines()[-1] == (
        "leaves from 0 up to, without, 700: 698 records, 1 erased, 1 withheld"
    )


def test_every_command_of_the_program_stands_on_the_page(go: Programs) -> None:
    ran = go.check()
    assert ran.returncode == 2
    offered = set(re.findall(r"(?m)^  check (\w+)", ran.stderr))
    assert offered == set(re.findall(r"`\./check (\w+)", GO))


def test_absence_is_said_aloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tests.interop import building

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="NOT CHECKED BY GO: needs `go`"):
        building.found()
    assert NEEDS == "NOT CHECKED BY GO: needs"
