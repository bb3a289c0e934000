"""The documents that come with saphan are proved, all of them, in time for `make check`."""

from __future__ import annotations

import time

from authz.proving import prove
from tests.proofs.making import shipped


def test_every_property_is_proved_within_a_minute() -> None:
    begun = time.monotonic()
    report = prove(shipped())
    assert not [(f.property, f.clause, f.story) for f in report.failures]
    assert report.holds
    assert time.monotonic() - begun < 60
    assert report.grants == sum(len(d.grants) for d in shipped())
    # no property is proved of nothing
    assert all(proof.grants > 0 for proof in report.proofs)
    assert [proof.name for proof in report.proofs] == [
        "third-state",
        "organisation",
        "sealed",
        "later",
        "notice",
        "objection",
        "consent",
        "minor",
        "withdrawal",
        "claims",
        "dead",
        "contained",
    ]


def test_no_document_is_no_failure() -> None:
    report = prove([])
    assert report.holds
    assert report.grants == 0
