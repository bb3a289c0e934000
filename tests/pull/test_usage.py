"""A command line that cannot be is said at once, and a line that cannot be is not tried again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.pull.served import Served


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--out", ""), "--out is empty"),
        (("--token", "a.b\n.c"), "the token"),
        (("--token", "a.b\u2028.c"), "the token"),
        (("--purpose", "TRACING\r\nX: y"), "the purpose"),
        (("--purpose", ""), "the purpose"),
        (("--since", "a\nb"), "the cursor"),
        (("--url", "http://127.0.0.1 x"), "the address"),
        (("--url", "http://127.0.0.1/a b"), "the address"),
        (("--url", " https://registry.example"), "the address"),
        (("--url", "registry.example"), "the address"),
        (("--url", "https:///graphql"), "the address"),
        (("--url", "https://a..b"), "the address"),
        (("--url", "ftp://registry.example"), "the address"),
    ],
)
def test_a_command_line_that_cannot_be_was_tried(
    served: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    named: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    begun = time.monotonic()
    ran = served.pull(tmp_path, "x.y.z", *words)
    assert ran.exit_code == 2, ran.output
    assert named in ran.output
    assert time.monotonic() - begun < 1
    assert not list(tmp_path.iterdir())


def test_a_line_without_tls_was_tried_again_and_again(served: Served, tmp_path: Path) -> None:
    begun = time.monotonic()
    ran = served.pull(tmp_path, "x.y.z", "--url", served.url.replace("http:", "https:"))
    assert ran.exit_code == 1
    assert "TLS" in ran.output
    assert time.monotonic() - begun < 2
