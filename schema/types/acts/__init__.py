"""The acts of the mutation root: one field each, its arguments and what it answers.

`field` says what an act is made of, `problems` and `payloads` what it answers;
`law`, `cases` and the modules beside them list the acts. Data only.
"""
