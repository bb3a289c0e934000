"""Rest and end: edges 13 and 14. A case rests at the state it had, and goes on from there."""

from __future__ import annotations

from resolvers.casework.definitions import Act, Statement, Trouble, Work, Written
from resolvers.casework.given import TEXT, text, text_of, value_of
from resolvers.casework.guards import GUARDS
from resolvers.casework.steps import SEATED, change, enter, step
from resolvers.casework.verdicts import not_permitted, unmet
from schema.codes import MAIN_RANK, CaseState
from schema.machine import Guard

_S = CaseState
NEEDED: dict[Guard, tuple[CaseState, CaseState]] = {
    Guard.NO_OBJECTION: (_S.NOTIFIED, _S.DOCUMENTS_READY),
    Guard.CONSENT_TRACING: (_S.TRACING_REQUESTED, _S.DOCUMENTS_READY),
    Guard.CONSENT_RETURN: (_S.RETURN_PLANNED, _S.DOCUMENTS_READY),
    Guard.NO_LEGAL_HOLD: (_S.RETURN_PLANNED, _S.DOCUMENTS_READY),
}
"""Between which states a guard must hold for a case to go on there."""
_AWAKE = "update registry.return_case set hold_reason = null where id = $1::uuid"


def _held(work: Work) -> Written:
    return Written((change(work, hold_reason=value_of(work.given, "holdReason")), hold(work)))


def hold(work: Work) -> Statement:
    """The case rests where it stands."""
    return enter(work, _S.ON_HOLD)


def _resumed(work: Work) -> Written:
    prior = CaseState(str(work.stand.facts["prior"]))
    rank = MAIN_RANK[prior]
    missing: list[Trouble] = [
        unmet(guard)
        for guard, (low, high) in NEEDED.items()
        if MAIN_RANK[low] <= rank <= MAIN_RANK[high] and not work.stand.is_true(f"go_{guard}")
    ]
    if missing:
        return Written(troubles=tuple(missing))
    return Written((enter(work, prior), (_AWAKE, (work.case,))))


def _ended(state: CaseState) -> Act:
    name = "chooseAlternative" if state is _S.ALTERNATIVE else "cancelReturn"

    def write(work: Work) -> Written:
        if work.side == "ORIGIN" and work.stand.is_true("seated"):
            return Written(troubles=(not_permitted("NOT_ASSIGNED", work.stand.clause, None),))
        return Written((enter(work, state),), reason=text_of(work.given, "decision"))

    return step(name, write, text("decision", TEXT, least=3), facts=SEATED)


ACTS: tuple[Act, ...] = (
    step("holdCase", _held),
    step("resumeCase", _resumed, facts={f"go_{guard}": GUARDS[guard] for guard in NEEDED}),
    _ended(_S.ALTERNATIVE),
    _ended(_S.CANCELLED),
)
