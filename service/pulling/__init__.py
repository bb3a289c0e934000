"""`saphan pull`: a government system's client in one command, over HTTP alone.

`asking` (one question over HTTP), `document` (which fields are asked for),
`journal` (what was pulled and is not in the copy yet), `copying` (the copy: a
file for each type), `pulling` (a run from the first page to the
acknowledgement).
"""
