"""Drawn protocols: grants nobody wrote, as documents that the strict reader takes.

Takes Hypothesis' `draw`, gives protocol versions as TOML that was read back.
What the reader refuses is repaired or left out, so that every document is one
that a registry could hold.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from authz.documents import Document, DocumentRefused, read
from tests.judge.law import Proposed
from tests.judge.people import AGENCIES, Drawing
from tests.judge.sdl import CASE_BOUND, class_of, field_names, is_plain, level_of, object_type

SHIPPED = Path(__file__).resolve().parents[2] / "protocols"
_PARTIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "TH-KH-2014": ("MOU", ("TH", "KH")),
    "TH-LA-2017": ("MOU", ("TH", "LA")),
    "IOM-MSDHS-2007": ("PROJECT_MOU", ("INT-IOM", "TH")),
    "COMMIT-2004": ("MOU", ("KH", "CN", "LA", "MM", "TH", "VN")),
    "TH-LAW": ("LAW", ("TH",)),
    "KH-LAW": ("LAW", ("KH",)),
}
_USUAL = ("TH-KH-2014", "TH-KH-2014", "TH-LAW", "TH-LA-2017", "KH-LAW", "IOM-MSDHS-2007")
_CLAUSES = ("art. 2", "art. 9(2)", "art. 9(10)", "sec. 4")
ROLES = ("FOCAL_POINT", "CASE_WORKER", "TRACING_OFFICER", "PARTNER_CASEWORKER")
PURPOSES = ("TRACING", "RETURN", "COORDINATION")
_KINDS = ("Victim", "Victim", "Victim", "ReturnCase", "ReturnCase", "Consent", "Transition")
_RARE = ("Referral", "Assessment", "TravelPaper", "LegalRequest", "FollowUp")
_FREE = ("Agreement", "Clause", "FocalPoint", "BilateralContact")
_CONDITIONS = (
    "assigned",
    "home_province",
    "formal_request",
    "stage_from(NOTIFIED)",
    "stage_from(TRACING_REQUESTED)",
    "stage_between(TRACING_REQUESTED, ASSESSED)",
    "stage_between(SCREENED, TRACING)",
    "arrivals_window",
    "travel_window",
    "before_handover",
    "no_objection",
    "no_objection",
    "consent(TRACING)",
    "consent(TRACING)",
    "consent(RETURN)",
    "minor_needs_guardian",
    "adult",
)
_READABLE = ("SHELL", "PERSON", "CONSENT", "LEGAL")
_GUARDS = ("consent", "assigned", "formal_request", "no_objection")


@cache
def shipped() -> tuple[Proposed, ...]:
    """The protocols of the repository, ratified by all parties."""
    texts = {file.name: file.read_text(encoding="utf-8") for file in SHIPPED.glob("*.toml")}
    documents = [(read(texts[name], name), texts[name]) for name in sorted(texts)]
    return tuple(Proposed(doc, text, frozenset(doc.parties)) for doc, text in documents)


@cache
def classes_of(kind: str) -> tuple[str, ...]:
    """The classes of an entity's own fields, in schema order."""
    found = [class_of(kind, name) for name in field_names(kind)]
    return tuple(dict.fromkeys(each for each in found if each))


@dataclass(slots=True)
class Written:
    """A grant as its TOML keys."""

    clause: str
    grantee: dict[str, Any]
    purposes: list[str]
    entity: str
    classes: list[str]
    when: list[str]
    days: dict[str, dt.date] = field(default_factory=dict)

    def toml(self) -> str:
        """The `[[grant]]` table."""
        keys: dict[str, Any] = {
            "clause": self.clause,
            "grantee": self.grantee,
            "purposes": self.purposes,
            "entity": self.entity,
            "classes": self.classes,
            **({"when": self.when} if self.when else {}),
            **self.days,
        }
        return "[[grant]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items())


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dt.date):
        return value.isoformat()
    return f'"{value}"'


def laws(d: Drawing) -> tuple[Proposed, ...]:
    """The shipped protocols, or one to three drawn ones, or a drawn version beside shipped ones."""
    kind = d.one(("shipped", "drawn", "drawn", "drawn", "both"))
    if kind == "shipped":
        return shipped()
    codes = list(dict.fromkeys([d.one(_USUAL), *d.few(tuple(_PARTIES), 2)]))
    drawn = [found for code in codes if (found := _proposed(d, code))]
    if kind == "drawn":
        return tuple(drawn)
    held = {(p.document.agreement, p.document.version) for p in drawn}
    kept = [p for p in shipped() if (p.document.agreement, p.document.version) not in held]
    return (*kept, *drawn)


def _proposed(d: Drawing, code: str) -> Proposed | None:
    kind, parties = _PARTIES[code]
    version = d.one((3, 2, 4))
    # most are in force; one begins tomorrow, one has ended today
    begins, ends = d.one(((-9, None), (-9, None), (-9, 9), (0, None), (1, None), (-9, 0)))
    days = {"in_force": d.world.today + dt.timedelta(begins)}
    if ends is not None:
        days["until"] = d.world.today + dt.timedelta(ends)
    lines = [
        f'agreement = "{code}"',
        f"version = {version}",
        'title = "drawn"',
        f'kind = "{kind}"',
        f"parties = {_toml(list(parties))}",
        f"published = {str(d.chance()).lower()}",
        *(f"{key} = {_toml(day)}" for key, day in days.items()),
        "corridors = [",
        *(f"    {corridor}," for corridor in _corridors(d)),
        "]",
        *(f'[[clause]]\narticle = "{each}"\nsubject = "drawn"' for each in _CLAUSES),
    ]
    head = "\n".join(lines) + "\n"
    grants = []
    main = _grantee(d, parties, of_cases=True), d.few(PURPOSES, 2) or ["TRACING"]
    for _ in range(d.number(2, 8)):
        drawn = _grant(d, kind, parties, main)
        # the shell of the case opened by much the same rule: reasons are told only beside it
        for written in (drawn, *_shell_beside(d, drawn)):
            if _readable(head + written.toml(), code) is not None:
                grants.append(written.toml())
    text = head + "".join(grants)
    document = _readable(text, code)
    if document is None or not grants:
        return None
    missing = d.few(parties, 1) if d.number(0, 7) == 7 else []
    return Proposed(document, text, frozenset(parties) - set(missing))


def _readable(text: str, code: str) -> Document | None:
    try:
        return read(text, f"{code}.toml")
    except DocumentRefused:
        return None


def _corridors(d: Drawing) -> list[str]:
    return d.one(
        (
            ['{ host = "TH", origin = "KH" }', '{ host = "KH", origin = "TH" }'],
            ['{ host = "TH", origin = "*" }', '{ host = "*", origin = "TH" }'],
            ['{ host = "*", origin = "*", except = ["TH-KH-2014", "KH-VN-2005"] }'],
        )
    )


def _grantee(d: Drawing, parties: tuple[str, ...], of_cases: bool) -> dict[str, Any]:
    named = [a for p in parties for a in (AGENCIES.get(p, ()) if "-" not in p else (p,))][:7]
    grantee: dict[str, Any] = {}
    countries = [party for party in parties if "-" not in party]
    if d.number(0, 3) == 0 and countries:
        grantee["countries"] = d.few(countries, 2) or countries[:1]
    else:
        grantee["agencies"] = d.few(named, 3) or named[:1]
    side = d.one((None, None, "HOST", "ORIGIN", "ORIGIN", "ANY"))
    if side and of_cases:
        grantee["side"] = side
    roles = d.few(ROLES, 2)
    if roles:
        grantee["roles"] = roles
    return grantee


def _grant(
    d: Drawing, kind: str, parties: tuple[str, ...], main: tuple[dict[str, Any], list[str]]
) -> Written:
    pool = d.one((_KINDS, _KINDS, _KINDS, _RARE, _FREE)) if kind != "LAW" else _KINDS
    entity = d.one(pool)
    of_cases = entity in CASE_BOUND
    own = classes_of(entity)
    # most grants of a document go to the same desk, so that several compete for each field
    grantee, purposes = dict(main[0]), main[1]
    classes = list(dict.fromkeys([*d.few(own, 4), *(d.few(_READABLE, 3) if of_cases else ())]))
    if d.number(0, 3) == 0:
        grantee, purposes = _grantee(d, parties, of_cases), d.few(PURPOSES, 2) or ["TRACING"]
    if not of_cases or d.number(0, 2) == 0:
        grantee.pop("side", None)
    if any(level_of(c) >= 3 for c in classes):
        # whose desk may search by a name is said by role
        grantee.setdefault("roles", ["CASE_WORKER", "FOCAL_POINT"])
    grant = Written(
        d.one(_CLAUSES),
        grantee,
        purposes,
        entity,
        [c for c in classes if level_of(c) < 5] or [own[0]],
        _when(d, kind) if of_cases else _loose(d, entity),
    )
    if entity == "Consent" and d.chance():
        grant.when.append(d.one(("consent_is(TRACING)", "consent_is(NOTIFICATION)")))
    if d.number(0, 9) == 9:
        grant.days["from"] = d.day(-3, 0, 1)
    if d.number(0, 9) == 9:
        grant.days["until"] = d.day(1, 30)
    _repair(grant)
    return grant


def _loose(d: Drawing, entity: str) -> list[str]:
    names = ("party", "shares_corridor", "participant")
    return d.few(names if entity == "BilateralContact" else names[:2], 1)


def _when(d: Drawing, kind: str) -> list[str]:
    anchor = d.one(("lodged_under", "lodged_under", "covers_corridor"))
    if kind == "LAW":
        anchor = "held_by_party"
    return [anchor, *dict.fromkeys(d.few(_CONDITIONS, d.one((0, 1, 1, 2, 3))))]


def _repair(grant: Written) -> None:
    if grant.entity not in CASE_BOUND:
        return
    if "PHOTO" in grant.classes and grant.grantee.get("side") != "HOST":
        grant.when += [c for c in ("consent(PHOTO)", "adult") if c not in grant.when]
    if "covers_corridor" in grant.when and not any(c.startswith(_GUARDS) for c in grant.when):
        grant.when.append("no_objection")
    if grant.grantee.get("side") != "ORIGIN" and "before_handover" not in grant.when:
        grant.when.append("before_handover")


def _shell_beside(d: Drawing, grant: Written) -> list[Written]:
    if grant.entity not in CASE_BOUND or d.number(0, 2) == 0:
        return []
    when = [grant.when[0], *(c for c in grant.when if c in {"before_handover", "no_objection"})]
    shell = Written(
        grant.clause, dict(grant.grantee), grant.purposes, "ReturnCase", ["SHELL"], when
    )
    _repair(shell)
    return [shell]


def plain_fields(kind: str) -> list[str]:
    """Fields of a type that hold a value of their own."""
    return [
        name
        for name in object_type(kind).fields
        if name not in {"id", "withheld"} and is_plain(kind, name)
    ]
