"""The database's history: Alembic's environment, one module a revision, its SQL frozen beside it.

A revision runs the files of `sql/<revision>/` in the order of their names and
`down.sql` to undo them. The SQL is frozen text, not made from `schema.tables`,
so that a revision means the same for ever; a test compares the two.
"""
