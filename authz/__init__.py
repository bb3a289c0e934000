"""Who may: tokens become callers, protocol documents become grants, grants become decisions with a
reason.

In the order the data flows: `strictjwt`, `issuers` with `discovery`, `tokens`
and `denials` give a `caller`; `documents` gives `grants`; `conditions` names what a grant may ask
of a row; `profile` picks the grants in force for one caller and purpose;
`proving` shows what no document can open, whatever the row.
No database driver, no web framework, no telemetry.
"""
