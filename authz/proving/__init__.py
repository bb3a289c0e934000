"""Proofs over protocol documents: what no clause may open, on any row there can be.

In the order in which the data flows: `words` numbers the countries, agencies
and codes of the documents; `symbols` is a case of which nothing is known;
`meanings` says what each condition asks of it and `opening` when a grant opens
it; `events` what may happen to it; `properties` what must never be true;
`clauses` compares clauses with each other; `search` asks the solver, `reading`
turns its answer into a `cases.Case` and `stories` into words; `running` goes
through them all and gives a `report.Report`.

The solver (z3) is an extra and is loaded with the first proof.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from authz.document_register import SAPHAN
from authz.proving.cases import Case, Statement
from authz.proving.report import Finding, Proof, Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from authz.document_register import Register
    from authz.documents import Document

__all__ = ["Case", "Finding", "Proof", "ProverMissing", "Report", "Statement", "prove"]

REMEDY: Final = "pip install saphan[prove]"

_ONE_AT_A_TIME = threading.Lock()  # the terms of all proofs live in one context, which has no lock


class ProverMissing(Exception):
    """No solver is installed, so nothing can be proved."""

    def __init__(self) -> None:
        super().__init__(f"proofs need the solver z3: {REMEDY}")


def prove(documents: Sequence[Document], register: Register = SAPHAN) -> Report:
    """Prove every property over all grants of `documents` together.

    Pass what will be in force at the same time: for a proposal, the documents in force with the
    proposed version in the place of the one it supersedes. Takes some seconds of one core.
    Raises ProverMissing.
    """
    try:
        from authz.proving.running import report_of  # noqa: PLC0415  # z3 is heavy, and optional
    except ModuleNotFoundError as missing:
        if missing.name != "z3":
            raise
        raise ProverMissing from missing
    with _ONE_AT_A_TIME:
        return report_of(tuple(documents), register)
