"""The decision: for one row, which grant permits each class, or why none does, as SQL.

Takes an entity, its grants for this caller and the classes that are asked,
gives expressions over the row. One grant's rows are never joined to another's
classes: a grant permits a class only where all of *its own* conditions hold on
*one* case (`mask = 0`).

A class's state is one integer: the number of the permitting clause (> 0), 0
where the value is public, or minus a code that holds the furthest reason and
its clause (`reason_of`). Of a grant that fails, the mask has one bit for each
rank of condition that fails, in the order of testing, so the first failure is
the lowest bit; bits whose facts the caller may not read are cleared before.
"""

from __future__ import annotations

from dataclasses import dataclass

from authz.conditions import CONDITIONS
from authz.grants import Condition, Grant
from authz.reasons import DenialReason
from resolvers.belonging import PER_ROW
from resolvers.freezing import Groups, groups
from resolvers.predicates import (
    Where,
    anchor,
    anchors,
    is_anchor,
    origin_may_see,
    predicate,
)
from resolvers.sender import restricted, restrictions
from resolvers.sharing import any_met, shared
from schema.catalog import EntitySource
from schema.classes import DataClass

_RANKS = sorted({c.rank for c in CONDITIONS.values() if c.reason is not DenialReason.NO_PROTOCOL})
_BITS = {rank: 1 << position for position, rank in enumerate(_RANKS)}
UNREADABLE = 1 << len(_RANKS)
CLAUSES = 4096
NO_PROTOCOL = -1
_STAGE_BIT = _BITS[CONDITIONS["stage_from"].rank]
RESTRICTED_BIT = _BITS[CONDITIONS["not_restricted"].rank]
REASON_BY_BIT: dict[int, str] = {
    _BITS[c.rank]: c.reason.value for c in CONDITIONS.values() if c.rank in _BITS
} | {UNREADABLE: DenialReason.WITHHELD.value}
_READERS = (DataClass.PERSON, DataClass.CONSENT, DataClass.LEGAL)


def bit_of(condition: Condition) -> int:
    """The bit of a condition in a mask."""
    return _BITS[CONDITIONS[condition.name].rank]


def reason_of(state: int) -> tuple[str, int]:
    """Reason and clause number (0: none) of a negative state."""
    if state == NO_PROTOCOL:
        return DenialReason.NO_PROTOCOL.value, 0
    bit, clause = divmod(-state, CLAUSES)
    return REASON_BY_BIT[bit], CLAUSES - 1 - clause


def _readable_with(reader: DataClass | None) -> int:
    bits = 0
    for condition in CONDITIONS.values():
        if condition.rank in _BITS and condition.readable_with is reader:
            bits |= _BITS[condition.rank]
    return bits


@dataclass(frozen=True, slots=True)
class Decision:
    """One entity's grants for one caller; `clauses` numbers every clause of
    the statement from 1.
    """

    entity: EntitySource
    grants: tuple[Grant, ...]
    shells: tuple[Grant, ...]
    clauses: dict[str, int]

    @property
    def on_case(self) -> bool:
        return self.entity.binding in ("CASE", "PART", "PERSON")

    def where(self, base: Where, record: str, case: str) -> Where:
        return Where(self.entity.name, record, case, base.params, base.has_unit)

    def tests(self, grant: Grant, where: Where) -> list[tuple[int, str]]:
        """(bit, SQL) of each condition of the grant that is no anchor, implicit ones included."""
        tests = [(bit_of(c), predicate(c, grant, where)) for c in grant.when if not is_anchor(c)]
        if where.case:
            tests.append((_STAGE_BIT, origin_may_see(where)))
        return tests

    def holds(self, grant: Grant, where: Where) -> tuple[str, ...]:
        """Every expression that must be true for the grant, in a fixed order, each once."""
        parts = [*anchors(grant, where), *(sql for _, sql in self.tests(grant, where))]
        return tuple(dict.fromkeys(parts)) or ("true",)

    def any_of(self, grants: tuple[Grant, ...], where: Where) -> str:
        """True where some grant holds. A grant that asks for more than another adds nothing."""
        return any_met([self.holds(grant, where) for grant in grants])

    def visible(self, base: Where, record: str, case: str) -> str:
        """True where the row may be seen at all."""
        return self._opened(self.grants, base, record, case, None)

    def permitted(self, data_class: DataClass, base: Where, record: str, case: str) -> str:
        """True where a field of the class may be shown on the row."""
        grants = tuple(g for g in self.grants if data_class in g.classes)
        return self._opened(grants, base, record, case, data_class)

    def _opened(
        self,
        grants: tuple[Grant, ...],
        base: Where,
        record: str,
        case: str,
        data_class: DataClass | None,
    ) -> str:
        public = self.public(record) if data_class is None or data_class.is_public else None
        parts = [public] if public else []
        if grants:
            where = self.where(base, record, case)
            opened = self.any_of(grants, where)
            if self.entity.binding == "PERSON":
                opened = (
                    f"exists (select from registry.return_case {case}"
                    f" where {case}.victim_id = {record}.id and {opened})"
                )
            parts.append(f"({opened} and not {restricted(record, where, data_class)})")
        return f"({' or '.join(parts) or 'false'})"

    def public(self, record: str) -> str | None:
        """SQL that is true for published rows, None where the entity has none."""
        public = self.entity.public_where
        return f"({public.format(t=record)})" if public else None

    def number(self, grant: Grant) -> int:
        return self.clauses[str(grant.clause)]


@dataclass(frozen=True, slots=True)
class States:
    """The FROM text of the laterals (to stand after the row's own), the column of each class's
    state, and the name of the last lateral, which also has `vis` (number of the lowest clause that
    shows the row, 0 where it is public, null where it is hidden) and `pairs` (country pairs
    touched, comma between). `frozen` has, for classes that may be frozen, the column of the case
    whose copy is shown, null where the row itself is.
    """

    joins: str
    of_class: dict[DataClass, str]
    last: str
    frozen: dict[DataClass, str]


def state_columns(
    decision: Decision,
    classes: tuple[DataClass, ...],
    base: Where,
    record: str,
    case: str,
    tag: str,
    reasons: frozenset[DataClass] | None = None,
) -> States:
    """Laterals that compute the states of one row once. `reasons`: the classes for which it is told
    why one is closed, None: all; the others read NO_PROTOCOL where they are closed.
    """
    where = decision.where(base, record, case)
    grants = decision.grants
    told = frozenset(classes) if reasons is None else reasons & set(classes)
    why = reasons is None or bool(told)
    texts, facts = _shared(decision, where, f"h{tag}", why=why)
    *bits, shell, pair = texts
    masks = list(zip(grants, bits, strict=True))
    withheld = restrictions("array_agg(coalesce(r.data_class, '*'))", record, where)
    inner = ", ".join(f"{sql} as m{i}" for i, (_, sql) in enumerate(masks))
    d, m = f"d{tag}", f"m{tag}"
    copied = groups(grants, classes)
    if decision.entity.binding == "PERSON":
        per_case = [inner, f"{shell} as sh", f"{pair} as pairs", *copied.per_case(where.case)]
        asked = ", ".join(c for c in per_case if c)
        source = _over_cases(len(masks), asked, facts, where, withheld, m, copied, why=why)
        beside: list[str] = []
    else:
        beside = copied.of_case(m, where.case)
        columns = [c for c in (inner, f"{shell} as sh", f"{pair} as pairs") if c]
        source = (
            f"{facts} cross join lateral (select {', '.join(columns)},"
            f" ({withheld}) as rc offset 0) {m}"
        )
    public = decision.public(record)
    numbered = [(i, g, decision.number(g)) for i, (g, _) in enumerate(masks)]
    whole = f"coalesce('*' = any({m}.rc), false)"
    shown = " ".join(f"when {_open(decision, m, i)} then {n}" for i, _, n in numbered)
    shown = f"case when {whole} then null {shown} end" if shown else "null::int"
    visible = f"case when {public} then 0 else {shown} end" if public else shown
    states = ", ".join(
        f"{_state(decision, k, numbered, m, public, why=k in told)} as s_{k.value.lower()}"
        for k in classes
    )
    tail = "".join(f", {each}" for each in (states, *beside) if each)
    if told:
        readable = _readable(decision, m)
        source += f" cross join lateral (select {readable} as rd offset 0) r{tag}"
    source += (
        f" cross join lateral (select {visible} as vis, {m}.pairs as pairs{tail} offset 0) {d}"
    ).replace("{rd}", f"r{tag}.rd")
    of_class = {k: f"{d}.s_{k.value.lower()}" for k in classes}
    at = d if beside else m
    return States(source, of_class, d, {k: f"{at}.z{n}" for k, n in copied.of_class.items()})


def _shared(decision: Decision, where: Where, alias: str, *, why: bool) -> tuple[list[str], str]:
    """The masks, whether the shell may be seen and the pair, over facts that are read once. Without
    `why` a mask is 0 or null, and nobody asks for the shell.
    """
    grants, of_case = decision.grants, _of_case(where)
    shells = decision.shells if decision.on_case and why else ()
    predicates = [part for g in grants for part in anchors(g, where)]
    predicates += [sql for g in grants for _, sql in decision.tests(g, where)]
    predicates += [part for g in shells for part in decision.holds(g, of_case)]
    texts = [
        _mask(decision, g, where) if why else f"case when {_all(decision, g, where)} then 0 end"
        for g in grants
    ]
    texts.append(_shell(decision, where) if decision.on_case and why else "true")
    texts.append(pair_sql(where) if where.case else "''")
    return shared(texts, predicates, alias)


def _of_case(where: Where) -> Where:
    return Where("ReturnCase", where.case, where.case, where.params, where.has_unit)


def _over_cases(
    grants: int,
    per_case: str,
    facts: str,
    where: Where,
    withheld: str,
    m: str,
    copied: Groups,
    *,
    why: bool,
) -> str:
    """The masks of a person: one per grant and case, since one case must meet all of a grant
    together.
    """
    count = range(grants)
    opened = " or ".join(f"k.m{i} = 0" for i in count) or "false"
    columns = [f"coalesce(bool_or(k.m{i} = 0), false) as g{i}" for i in count]
    if why:
        columns += [
            f"array_agg(k.m{i}) filter (where k.sh and k.m{i} is not null) as m{i}" for i in count
        ]
    columns.append(
        f"coalesce(string_agg(distinct k.pairs, ',' order by k.pairs) filter (where {opened}), '')"
        " as pairs"
    )
    columns += [f"({withheld}) as rc", *copied.of_person("k")]
    return (
        f" cross join lateral (select {', '.join(columns)} from (select {per_case}"
        f" from registry.return_case {where.case}{facts}"
        f" where {where.case}.victim_id = {where.record}.id offset 0) k) {m}"
    )


def _mask(decision: Decision, grant: Grant, where: Where) -> str:
    """Bits of the conditions that fail; null where the anchor does not hold. As `integer`."""
    bits: dict[int, list[str]] = {}
    for bit, sql in decision.tests(grant, where):
        if sql not in bits.setdefault(bit, []):
            bits[bit].append(sql)
    terms = [
        f"case when {' and '.join(tests)} then 0 else {bit} end" for bit, tests in bits.items()
    ]
    return f"case when {anchor(grant, where)} then {' + '.join(terms) or '0'} end"


def _all(decision: Decision, grant: Grant, where: Where) -> str:
    return " and ".join(decision.holds(grant, where))


def _open(decision: Decision, m: str, i: int) -> str:
    return f"{m}.g{i}" if decision.entity.binding == "PERSON" else f"{m}.m{i} = 0"


def _shell(decision: Decision, where: Where) -> str:
    """Whether the caller may see the case's shell: only such a case may be
    spoken of in a reason.
    """
    if not decision.shells:
        return "false"
    opened = decision.any_of(decision.shells, _of_case(where))
    return f"({opened} and not {restricted(where.case, where, DataClass.SHELL)})"


def pair_sql(where: Where) -> str:
    """The countries whose case it is: origin's only while its side may see
    the shell (rulings, 3).
    """
    c = where.case
    closing = "s.state in ('REFUSED', 'WITHDRAWN')"
    objected = (
        "exists (select from registry.consent s where"
        f" s.case_id = {c}.id and s.purpose = 'NOTIFICATION' and {closing}"
        f" and ({c}.origin = any(s.recipients) or s.recipients = '{{}}')"
        " and not exists (select from registry.consent n where n.case_id = s.case_id"
        " and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED')"
        f" and {c}.origin = any(n.recipients) and n.stated_at > s.stated_at){PER_ROW})"
    )
    return (
        f"case when {c}.main_rank >= 3 and not {c}.not_a_national and not {objected}"
        f" then least({c}.host, {c}.origin) || '-' || greatest({c}.host, {c}.origin)"
        f" else {c}.host end"
    )


def _readable(decision: Decision, m: str) -> str:
    """Bits whose facts the caller may read on this record (rulings, section 5)."""
    terms = [str(_readable_with(DataClass.SHELL))]
    for reader in _READERS:
        carriers = [i for i, g in enumerate(decision.grants) if reader in g.classes]
        if carriers:
            opened = " or ".join(_open(decision, m, i) for i in carriers)
            hidden = f"coalesce('{reader.value}' = any({m}.rc) or '*' = any({m}.rc), false)"
            terms.append(
                f"case when ({opened}) and not {hidden} then {_readable_with(reader)} else 0 end"
            )
    return " | ".join(terms)


def _state(
    decision: Decision,
    data_class: DataClass,
    numbered: list[tuple[int, Grant, int]],
    m: str,
    public: str | None,
    *,
    why: bool,
) -> str:
    carriers = [(i, n) for i, g, n in numbered if data_class in g.classes]
    hidden = f"coalesce('{data_class.value}' = any({m}.rc) or '*' = any({m}.rc), false)"
    opened = " ".join(f"when {_open(decision, m, i)} then {n}" for i, n in carriers)
    permit = f"case when {hidden} then null {opened} end" if opened else "null::int"
    bit = f"(case when {hidden} then {RESTRICTED_BIT} else 0 end)"
    candidates = ", ".join(_candidate(decision, m, i, n, bit) for i, n in carriers if why)
    refused = (
        f"coalesce(-greatest({candidates}), {NO_PROTOCOL})" if candidates else str(NO_PROTOCOL)
    )
    state = f"coalesce({permit}, {refused})"
    if public and data_class.is_public:
        return f"case when {public} then 0 else {state} end"
    return state


def _candidate(decision: Decision, m: str, i: int, number: int, bit: str) -> str:
    """How far one grant got: its first readable failure and its clause, as
    one comparable number.
    """
    place = CLAUSES - 1 - number

    def first(mask: str) -> str:
        readable = f"(({mask} | {bit}) & ({{rd}}))"
        return f"coalesce(nullif({readable} & -{readable}, 0), {UNREADABLE})"

    if decision.entity.binding == "PERSON":
        return f"(select max({first('u.u')}) * {CLAUSES} + {place} from unnest({m}.m{i}) u(u))"
    # a grant whose anchor or side fails does not compete, also where the shell may be seen
    return (
        f"case when {m}.sh and {m}.m{i} is not null"
        f" then {first(f'{m}.m{i}')} * {CLAUSES} + {place} end"
    )
