"""Import of HTCDS workbooks: a file from outside becomes victims and return cases, or a report.

In the order in which the data flows: `archive` (bytes of a ZIP file, bounded
and repacked), `parts` (its XML members, without anything that reaches out),
`sheet` (the grid, found by the template's own headers, from the columns that
`columns` knows), `text`, `dates` and `values` (one cell), `rows` (one row
becomes a `drafts.RowDraft` or faults), `store` (drafts and tables, one
transaction), `report` (what became of each row), `refusedbook` (the refused
rows as a workbook to mend), `command` (the command line).

Nothing is guessed and nothing is evaluated: a cell is text, a number, a yes or
no, or a date, else its row is refused. A report names row and column and never
repeats what the cell held.

Human Trafficking Case Data Standard (HTCDS) by IOM, CC BY 4.0.
"""
