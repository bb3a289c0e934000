"""The published keys of all issuers, fetched once: for a command that verifies one token.

Takes the issuers as the file names them, gives the same issuers with their
keys. One that is away has none, and its tokens are refused; the others do not
wait longer for it than a fetch may take.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from authz.issuers import Issuer, IssuerSet
from service.keysets.fetching import Fetch, KeySetFetcher, NotFetched


def published(issuers: IssuerSet, fetch: Fetch | None = None) -> IssuerSet:
    """The issuers with the keys that they publish now. Not to be called in an event loop."""
    if all(issuer.discovery is None for issuer in issuers):
        return issuers
    return asyncio.run(_all(issuers, fetch or KeySetFetcher()))


async def _all(issuers: IssuerSet, fetch: Fetch) -> IssuerSet:
    found = await asyncio.gather(*(_with_keys(issuer, fetch) for issuer in issuers))
    return IssuerSet({issuer.iss: issuer for issuer in found})


async def _with_keys(issuer: Issuer, fetch: Fetch) -> Issuer:
    if issuer.discovery is None:
        return issuer
    try:
        return replace(issuer, keys=(await fetch(issuer)).keys)
    except NotFetched:
        return issuer
