"""How: a document becomes a plan, a narrower plan, one statement, and bytes.

In the order the data flows: `documents` (text -> validated operation),
`planning` (operation -> plan), `restriction` (plan and grants -> narrowed
plan), `predicates` and `rendering` (narrowed plan -> one SQL statement),
`execution` (statement -> answer and durable access record).
"""
