"""Whether an act may be done: locked, judged, compared; then what is to be written.

Takes an act under way and a wire, gives what it writes, or the troubles in its
way with the most basic first: sight, permission, versions, state, guards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from authz.profile import Policy
from resolvers.casework.asking import Going, as_parameters, as_text, selected
from resolvers.casework.definitions import Act, Facts, Trouble, Work, Written
from resolvers.casework.given import value_of
from resolvers.casework.standing import GIVEN, SEES, Found, Standing, beforehand, read, standing
from resolvers.casework.verdicts import conflict, illegal, invalid, not_permitted, unknown, unmet
from resolvers.execution import bind_all
from resolvers.prepared import Prepared
from resolvers.wire import Wire
from schema.classes import DataClass
from schema.machine import Guard


@dataclass(frozen=True, slots=True)
class Decided:
    """Nothing stands in the way: what is to be written."""

    work: Work
    written: Written


async def decide(
    wire: Wire, ready: Prepared, going: Going, context: tuple[bytes, ...] | None
) -> tuple[Trouble, ...] | Decided:
    """Lock and decide, then what is to be written; or the troubles."""
    asked, act, caller = going.asked, going.asked.act, going.request.caller
    made = None
    if act.make is not None:
        facts = await _before(wire, ready, going, context)
        context = None
        made = act.make(caller, asked.given, facts)
        unseen = _unseen(act, asked.given, facts)
        if unseen or made.troubles:
            return unseen or made.troubles
    subject = str(asked.given[act.subject.argument]) if act.subject else str(made.made["id"])  # type: ignore[union-attr]
    classes = act.classes(asked.given)
    ground = _standing(ready, going, classes)
    values = {
        **_values(going, ground),
        "subject_id": subject,
        "expected": _expected(asked.given),
    }
    flight = [(sql, as_parameters(params)) for sql, params in (made.statements if made else ())]
    flight.append((ground.lock, bind_all(ground.lock_binds, {}, values)))
    flight.append((ground.sql, bind_all(ground.binds, {}, values)))
    result = (await wire.fly(flight, context))[-1]
    row = None
    if result.ntuples:
        row = [as_text(result.get_value(0, i)) for i in range(result.nfields)]
    found = read(ground, row)
    troubles = _against(act, asked.given, found)
    if troubles:
        return troubles
    stand = found.stand
    assert stand is not None  # noqa: S101  # for the type checker: `_against` has looked
    work = Work(caller, asked.given, stand, str(going.header["record_id"]))
    written = act.write(work)
    if written.troubles:
        return written.troubles
    if made is not None:
        written = replace(written, made={**made.made, **written.made})
    return Decided(work, written)


def _standing(ready: Prepared, going: Going, classes: tuple[DataClass, ...]) -> Standing:
    caller = going.request.caller
    has_unit, has_cases = bool(caller.unit), caller.cases is not None
    key = (
        going.asked.act.name,
        classes,
        caller.agency,
        frozenset(caller.roles),
        going.request.purpose,
        has_unit,
        has_cases,
        going.policy.version,
        going.policy.horizon,
    )
    known = ready.standings.get(key)
    if not isinstance(known, Standing):
        known = standing(
            ready.catalog,
            going.profile,
            going.asked.act,
            classes,
            has_unit=has_unit,
            has_cases=has_cases,
            in_force=sorted({d.agreement for d in going.policy.documents}),
            permitting=permitting(going.policy),
        )
        ready.standings.put(key, known)
    return known


async def _before(
    wire: Wire, ready: Prepared, going: Going, context: tuple[bytes, ...] | None
) -> Facts:
    """What the registry says before the subject is made, in a flight of its own."""
    caller = going.request.caller
    ground = beforehand(
        ready.catalog,
        going.profile,
        going.asked.act,
        has_unit=bool(caller.unit),
        has_cases=caller.cases is not None,
    )
    flight = [(ground.sql, bind_all(ground.binds, {}, _values(going, ground)))]
    result = (await wire.fly(flight, context))[-1]
    row = [as_text(result.get_value(0, i)) for i in range(result.nfields)]
    return dict(zip(ground.facts, row, strict=True))


def _values(going: Going, ground: Standing) -> dict[str, object]:
    """The values that facts may name: of the request, the arguments, what the payload asks for."""
    given = going.asked.given
    values = {
        **going.header,
        **{f"{GIVEN}{name}": value_of(given, name) for name in given},
        "selected": list(selected(going.asked)),
        "reads_accesses": bool(going.profile.carrying("AccessRecord", DataClass.ACCESS)),
    }
    for bind in ground.binds:
        if bind.name.startswith(GIVEN):
            values.setdefault(bind.name, None)
    return values


def _unseen(act: Act, given: Mapping[str, object], facts: Facts) -> tuple[Trouble, ...]:
    """Records that arguments name and the caller may not see."""
    return tuple(
        unknown(argument)
        for argument in act.sees
        if given.get(argument) is not None and facts[f"{SEES}{argument}"] not in ("t", "true")
    )


def permitting(policy: Policy) -> list[str]:
    """Countries whose law has a desk that gives exit permits."""
    agencies = {
        agency
        for grant in policy.grants
        if "recordExitPermit" in grant.operations
        for agency in grant.grantee.agencies
    }
    return sorted({policy.countries[a] for a in agencies if policy.countries.get(a)})


def _expected(given: Mapping[str, object]) -> list[str]:
    return sorted(_versions(given))


def _versions(given: Mapping[str, object]) -> dict[str, int]:
    expected = given.get("expect")
    found: dict[str, int] = {}
    for each in expected if isinstance(expected, list) else ():
        word = each["data_class"] if "data_class" in each else each["dataClass"]
        found[str(getattr(word, "value", word))] = int(each["version"])
    return found


def _against(act: Act, given: Mapping[str, object], found: Found) -> tuple[Trouble, ...]:
    """What stands in the way, the most basic first: sight, permission, versions, state, guards."""
    stand = found.stand
    if stand is None:
        if act.subject is None:  # made just now: no clause would show it to who made it
            return (not_permitted("NO_PROTOCOL", None, None),)
        return (unknown(act.subject.argument),)
    if found.refused:
        one = act.classes(given) == (DataClass.SHELL,)
        return tuple(
            not_permitted(reason, clause, None if one else data_class)
            for data_class, reason, clause in found.refused
        )
    if act.make is None and (unseen := _unseen(act, given, stand.facts)):
        return unseen
    expected = _versions(given)
    changed = act.classes(given)
    foreign = [name for name in expected if DataClass(name) not in changed]
    if foreign:
        return (invalid("expect", "it names classes that this act does not change"),)
    for name, version in expected.items():
        if (found.versions or {}).get(name) != version:
            return (conflict(name, "this has been changed since you read it"),)
    if act.source is not None and stand.state not in act.source:
        return (illegal(stand.state),)
    return tuple(unmet(guard) for guard in act.guards if not _holds(act, guard, given, found))


def _holds(act: Act, guard: Guard, given: Mapping[str, object], found: Found) -> bool:
    argument = act.answered.get(guard)
    if argument is not None:
        return bool(given.get(argument))
    return found.stand is not None and found.stand.is_true(guard.value)
