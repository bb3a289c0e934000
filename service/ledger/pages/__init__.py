"""Self-contained pages about the ledger: for an auditor, and for the person it speaks of.

In the order the data flow: `markup` (texts become escaped elements), `drawing`
(accesses become a timeline), `sheet` (the frame of a page: one file, no script,
nothing from elsewhere), `timeline` (one record, for auditors), `personal` (one
person, for herself).
"""
