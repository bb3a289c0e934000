"""What a partner may ask for: the GraphQL types, code first and data only.

In the order the data flows: `enums`, `directives`, `scalars` and `names` (the
schema's own words), `records` (interfaces, connections, what is withheld),
`refs` (types by name, as they point at each other), one module per part of
the registry, gathered in `entities`, `me` and `query` (the roots),
`comparisons`, `filters` and `arguments` (the inputs, made from the catalog),
`federation` (words for what Strawberry adds by itself).
No field has a resolver: a compiler turns documents into SQL, and only `me`
and introspection are answered from Python objects.
"""
