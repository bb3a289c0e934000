"""The feed of changes: what enters, changes in or leaves the view of one puller, in order.

In the order in which it flows: `streams` (who pulls), `legend` (classes as
bits, fields of classes), `clocks` (what time alone opens and closes),
`judging` (the compiler's own decision over many rows, compared with what the
stream was told), `linking` (to which records a record's links lead),
`withdrawing` (what the ledger shows as delivered and is closed now),
`advancing` (one step: events, clock, rights -> entries), `places` (cursors),
`pages` (an answer of `changes` as part of the one statement), `following`
(what an operation does before its statement), `acknowledging`, `overdue` and
`keeping` (what runs beside the requests). Advancing discloses nothing.
"""
