"""Acts on the registry: one mutation each, in the order in which a request passes them.

`definitions` what an act is; `given` its input, checked; `standing` the statement
that locks the record, decides and reads what the act depends on; `guards` what
must be true before a step; `verdicts` what is in the way; the modules of acts
(`identification`, `tracing`, `returning`, ...) what is written; `payload` what
is answered; `performing` all of it in one transaction.
"""
