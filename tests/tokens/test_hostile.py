"""Every hostile token is refused, each for the one defect that it was made with."""

from __future__ import annotations

import pytest

from authz.strictjwt import Cause, TokenRefused
from tests.tokens import forge as f
from tests.tokens.hostile_claims import CLAIMS, Build
from tests.tokens.hostile_texts import TEXTS

HOSTILE = TEXTS | CLAIMS


def test_no_name_stands_in_both_tables() -> None:
    assert TEXTS.keys().isdisjoint(CLAIMS)


def test_the_token_without_a_defect_is_believed() -> None:
    assert f.verifier().verify(f.forge(f.claims())).agency == "KH-MOSVY"


@pytest.mark.parametrize(("build", "cause"), HOSTILE.values(), ids=HOSTILE)
def test_refused_for_its_defect(build: Build, cause: Cause) -> None:
    verifier = f.verifier()
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(build(f.NOW))
    assert refused.value.cause is cause
    assert str(refused.value) == "token refused"
    assert refused.value.args == ("token refused",)
    assert refused.value.__cause__ is None
    assert verifier.kept == 0
