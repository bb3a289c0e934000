"""The log's key: made once, kept to its owner, and the only one that goes on with its tree."""

from __future__ import annotations

import stat
from pathlib import Path

import psycopg
import pytest

from ledger.integrating import Integrator, LedgerBroken
from ledger.notes import Signer, Verifier
from service import cli
from tests.integrating.trees import SIGNER, Ledger


@pytest.mark.parametrize(
    "other",
    [
        Signer.of_seed(SIGNER.name, bytes(32)),
        Signer.of_seed("another.example/saphan", SIGNER.seed),
    ],
    ids=["of the same name", "of another name"],
)
def test_a_tree_is_not_gone_on_with_by_another_key(tree: Ledger, other: Signer) -> None:
    tree.add('{"n":0}')
    tree.place()
    tree.add('{"n":1}')
    with psycopg.connect(tree.integrator, autocommit=True) as connection:
        integrator = Integrator(connection, other)
        assert integrator.lead()
        with pytest.raises(LedgerBroken, match="not by this key"):
            integrator.step()
    assert tree.checkpoints()[-1].size == 1
    assert tree.place() == 2
    tree.assert_whole()


def test_the_command_makes_a_key_and_never_over_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ledger.key"
    assert cli.run(["ledger", "key", "registry.example/saphan", str(file)]) == 0
    public = Verifier.parse(capsys.readouterr().out.strip())
    made = Signer.parse(file.read_text().strip())
    assert made.verifier == public
    assert public.name == "registry.example/saphan"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    assert cli.run(["ledger", "key", "registry.example/saphan", str(file)]) == 1
    assert "cannot be made: file exists" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert cli.run(["ledger", "key", "two words", str(tmp_path / "other.key")]) == 1
    assert not (tmp_path / "other.key").exists()
    assert cli.run(["ledger", "key"]) == 2
