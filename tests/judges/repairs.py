"""Where the compiler is known to differ from the rulings, mended for the trials alone.

Each defect has a test of its own in `test_known.py` that fails as long as it is there. Without
these repairs every tenth trial would only say the same again. An entry leaves this table with its
defect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from resolvers import decision, predicates


def repair(patch: pytest.MonkeyPatch) -> None:
    """Mend what is known."""
    _last_day_of_a_request(patch)
    _anchor_that_fails(patch)


def _last_day_of_a_request(patch: pytest.MonkeyPatch) -> None:
    """A formal request is unexpired on its last day."""
    read: Callable[..., str] = predicates._PREDICATES["formal_request"]

    def mended(*given: Any) -> str:
        return read(*given).replace("expires_on > current_date", "expires_on >= current_date")

    patch.setitem(predicates._PREDICATES, "formal_request", mended)


def _anchor_that_fails(patch: pytest.MonkeyPatch) -> None:
    """On a case or its part, a grant whose anchor or side fails does not compete for the reason."""
    read: Callable[..., str] = decision._candidate

    def mended(made: decision.Decision, m: str, i: int, number: int, bit: str) -> str:
        return read(made, m, i, number, bit).replace(
            f"case when {m}.sh then", f"case when {m}.sh and {m}.m{i} is not null then"
        )

    patch.setattr(decision, "_candidate", mended)
