"""Commands of the ledger: trace, questions, export, check, integrator, witness."""
