"""HTTP: from bytes on a socket to a request for the engine, and back.

In the order a request meets them: `protocol` (limits on connections and
headers), `door` (which of the two ways a request takes), `endpoint` (POST
/graphql: `fields`, `media`, `parameters`, `watching`, `answers`), `pages`
(everything else, by Starlette), `meters` (counts), `listening` (the server
process). Only `service.app` puts them together.
"""
