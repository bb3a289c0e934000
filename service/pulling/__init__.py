"""`saphan pull`: a government system's client in one command, over HTTP alone.

`asking` (one question over HTTP), `document` (which fields are asked for),
`files` (opened, replaced, told by name where they fail), `copying` (the copy: a
file for each type), `state` (what the last run left), `journal` (what was
pulled and is not in the copy yet), `pulling` (a run from the first page to the
acknowledgement).
"""
