"""What exists: data classes, code lists, tables, GraphQL types and the catalog over them.

In the order the data flows: `classes` (how sensitive), `codes` (closed value
lists), `tables` (where it is stored), `types` (what a partner may ask for),
`catalog` (which field is which column, link and data class), `sdl` (the
printed schema). Imports nothing else of saphan.
"""
