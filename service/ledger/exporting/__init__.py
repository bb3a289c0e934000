"""A part of the ledger as a folder, for somebody who may read whole leaves and trusts nobody.

In the order in which an export comes to be: `judging` (who may, and which
leaves), `folder` and `manifest` (where, and whose), `recording` (on record before
anything is written), `reading` (the ledger as its auditor's role sees it), `lines`
and `records` (leaf by leaf), `tree` (tiles, checkpoints, keys), `also` with
`flattening`, `tables` and `ocsf` (files for people and machines that know no
tree). `sitting` puts them together.
"""
