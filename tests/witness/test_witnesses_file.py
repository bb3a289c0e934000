"""`SAPHAN_WITNESSES`: refused whole where one entry is not as it must be, and no value repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.cosignatures import CosignatureKey
from ledger.notes import Signer
from service.ledger.witnesses import load_witnesses
from service.settings import SettingsRefused
from tests.door.test_commands import is_one_line, run

ONE = CosignatureKey.of_seed("witness.example/kh", bytes(32))
TWO = CosignatureKey.of_seed("witness.example/th", b"2" * 32)


def entry(
    vkey: str = ONE.vkey, url: str = "https://witness.example/w/", country: str = "KH"
) -> str:
    return f'[[witness]]\nvkey = "{vkey}"\nurl = "{url}"\ncountry = "{country}"\n'


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "witnesses.toml"
    path.write_text(entry() + entry(TWO.vkey, "http://127.0.0.1:8010", "TH"))
    one, two = load_witnesses(path)
    assert (one.verifier, one.country, one.near) == (ONE.verifier, "KH", False)
    assert one.address == "https://witness.example/w/add-checkpoint"
    assert (two.address, two.near) == ("http://127.0.0.1:8010/add-checkpoint", True)
    assert load_witnesses(None) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "tables"),
        ("CANARY", "no TOML"),
        ("\xff", "no TOML"),
        ("witness = 1\n", "tables"),
        ('[witness]\nvkey = "x"\n', "tables"),
        (entry() + "CANARY = 1\n", "witness 1 has exactly"),
        (entry() + "[other]\n", "tables"),
        (entry().replace("country", "#"), "witness 1 has exactly"),
        (entry("CANARY"), "witness 1: `vkey`"),
        (entry(Signer.of_seed("log.example", bytes(32)).vkey), "witness 1: `vkey`"),
        (entry(ONE.skey), "witness 1: `vkey`"),
        (entry() + entry(TWO.vkey, "CANARY"), "witness 2: `url`"),
        (entry(url="ftp://CANARY"), "`url`"),
        (entry(url="https://"), "`url`"),
        (entry(url="https://CANARY:x/"), "`url`"),
        (entry(url="https://CANARY@witness.example"), "`url`"),
        (entry(url="https://witness.example/?CANARY"), "`url`"),
        (entry(url="https://witness.example/ CANARY"), "`url`"),
        (entry(country="kh"), "`country`"),
        (entry(country="KHM"), "`country`"),
        (entry() + entry(), "of one name"),
        (entry() + entry(CosignatureKey.of_seed("other", ONE.seed).vkey), "of one key"),
        (entry() + entry(CosignatureKey.of_seed(ONE.name, TWO.seed).vkey), "of one name"),
    ],
)
def test_a_file_with_a_fault_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "witnesses.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsRefused) as refused:
        load_witnesses(path)
    assert said in str(refused.value)
    assert str(refused.value).startswith("`SAPHAN_WITNESSES` ")
    assert "CANARY" not in str(refused.value)


def test_serve_and_integrate_refuse_it_before_anything_else(tmp_path: Path) -> None:
    for words in (["serve"], ["ledger", "integrate", "--once"]):
        ran = run(*words, folder=tmp_path / "s", SAPHAN_WITNESSES=str(tmp_path / "none"))
        assert (ran.returncode, ran.stdout) == (1, "")
        assert is_one_line(ran.stderr)
        assert "`SAPHAN_WITNESSES` names no file" in ran.stderr
    assert not (tmp_path / "s" / "postgres").exists()
