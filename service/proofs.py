"""The solver behind the engine's `prove`: what fails, as stories; nothing where no solver is."""

from __future__ import annotations

from collections.abc import Sequence

from authz import proving
from authz.documents import Document
from resolvers.lawmaking import ProofUnavailable


def stories(documents: Sequence[Document]) -> Sequence[str]:
    """A story for each property that does not hold. Raises ProofUnavailable."""
    try:
        report = proving.prove(documents)
    except proving.ProverMissing as missing:
        raise ProofUnavailable from missing
    return [f"{finding.property}: {finding.story}" for finding in report.failures]
