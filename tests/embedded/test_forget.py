"""`make forget` ends in one line, never in a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from service import embedded
from service.embedded.forget import main


def test_a_server_in_use_is_not_forgotten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "saphan"
    with embedded.server(folder):
        assert main(str(folder)) == 1
        told = capsys.readouterr().err
        assert told.startswith("error: ")
        assert told.count("\n") == 1
    assert main(str(folder)) == 0
    assert not (folder / "postgres").exists()
