"""What proving gives: one proof for each property, and what speaks against it.

Takes nothing, gives `Report`, `Proof` and `Finding`. Promises to need no solver.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from authz.grants import Grant
    from authz.proving.cases import Case


@dataclass(frozen=True, slots=True)
class Finding:
    """One clause against one property, as a short story.

    `case` is the counterexample; `after` the same case after an event or with a claim more, which
    alone is read; both None where the finding is about clauses and not about a row. `fails` is
    False for a remark: something to know, which breaks nothing.
    """

    property: str
    clause: str
    story: str
    grant: Grant
    case: Case | None = None
    after: Case | None = None
    fails: bool = True


@dataclass(frozen=True, slots=True)
class Proof:
    """One property over all the grants that it speaks of."""

    name: str
    sentence: str
    grants: int
    seconds: float
    findings: tuple[Finding, ...]

    @property
    def proved(self) -> bool:
        return not any(finding.fails for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Report:
    """Every proof, in the order of the properties."""

    documents: tuple[str, ...]
    grants: int
    proofs: tuple[Proof, ...]

    @property
    def holds(self) -> bool:
        """True where every property is proved."""
        return all(proof.proved for proof in self.proofs)

    @property
    def failures(self) -> tuple[Finding, ...]:
        """What speaks against a property, remarks left out."""
        return tuple(f for proof in self.proofs for f in proof.findings if f.fails)

    @property
    def remarks(self) -> tuple[Finding, ...]:
        """What breaks nothing and should be known."""
        return tuple(f for proof in self.proofs for f in proof.findings if not f.fails)
