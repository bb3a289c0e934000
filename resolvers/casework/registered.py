"""Every act on the registry by its name. A root field of `Mutation` has an act here or in
`resolvers.mutating`, never in both; a test compares them with the schema.
"""

from __future__ import annotations

from resolvers.casework import (
    agreeing,
    amending,
    consenting,
    contacts,
    discussing,
    drafting,
    minutes,
    offices,
    opening,
    reception,
    referring,
    resting,
    returning,
    tracing,
    withholding,
)
from resolvers.casework.definitions import Act

ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        *opening.ACTS,
        *tracing.ACTS,
        *returning.ACTS,
        *reception.ACTS,
        *resting.ACTS,
        *amending.ACTS,
        *consenting.ACTS,
        *referring.ACTS,
        *withholding.ACTS,
        *discussing.ACTS,
        *drafting.ACTS,
        *agreeing.ACTS,
        *offices.ACTS,
        *contacts.ACTS,
        *minutes.ACTS,
    )
}
