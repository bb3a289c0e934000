"""A golden case: a folder with a question, the grants in force, who asks, and what must come out.

`asked.toml` names caller, purpose and variables. What differs from run to run
(ids of records, times, salts, cursors) is masked, nothing else.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from authz.caller import Caller
from authz.documents import Document, read
from authz.profile import Policy
from resolvers.documents import Documents, choose_operation
from resolvers.engine import Engine, EngineSettings, Request
from resolvers.inputs import coerce_variables
from resolvers.planning import plan_operation
from resolvers.policies import load
from resolvers.rendering import render
from resolvers.restriction import Narrowed, restrict
from schema.catalog import catalog
from schema.sdl import graphql_schema
from tests.compiler.registry import Registry, caller
from tests.golden.plantext import plan_text
from tests.golden.sqltext import folded

FOLDER = Path(__file__).resolve().parent
_MASKED = {"cursor", "startCursor", "endCursor", "accessRecord", "id", "at", "salt", "token"}


def case_folders() -> list[Path]:
    """Every case, by name."""
    return sorted(file.parent for file in FOLDER.glob("*/query.graphql"))


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked, by whom, under which grants."""

    query: str
    documents: tuple[Document, ...]
    caller: Caller
    purpose: str | None
    operation: str | None
    variables: dict[str, object]

    @classmethod
    def of(cls, folder: Path) -> Case:
        """Read a folder. Grants in `grants.toml`, a second agreement in `grants-2.toml`."""
        asked = tomllib.loads((folder / "asked.toml").read_text(encoding="utf-8"))
        texts = sorted(folder.glob("grants*.toml"))
        purpose = asked.get("purpose")
        who = caller(asked["agency"], *asked["roles"], purposes=(purpose,) if purpose else ())
        cases = asked.get("cases")
        return cls(
            (folder / "query.graphql").read_text(encoding="utf-8"),
            tuple(read(file.read_text(encoding="utf-8"), file.name) for file in texts),
            replace(
                who,
                unit=asked.get("unit", ""),
                cases=None if cases is None else tuple(cases),
            ),
            purpose,
            asked.get("operation"),
            asked.get("variables", {}),
        )

    def policy(self, found: Policy) -> Policy:
        """The registry's policy with this case's grants in the place of its own."""
        return replace(
            found,
            grants=tuple(grant for document in self.documents for grant in document.grants),
            parties={d.agreement: frozenset(d.parties) for d in self.documents},
            published=frozenset(d.agreement for d in self.documents if d.published),
        )

    def narrowed(self, policy: Policy) -> Narrowed:
        """The plan, narrowed to the grants."""
        document = Documents(graphql_schema()).get(self.query)
        operation = choose_operation(document, self.operation)
        variables = coerce_variables(graphql_schema(), operation, self.variables)
        plan = plan_operation(graphql_schema(), catalog(), document, operation, variables)
        return restrict(plan, catalog(), policy, self.caller, self.purpose)


@dataclass(frozen=True, slots=True)
class Asking:
    """One engine under one case's grants."""

    registry: Registry
    case: Case
    policy: Policy
    engine: Engine

    @classmethod
    async def start(cls, registry: Registry, case: Case, patch: pytest.MonkeyPatch) -> Asking:
        """Replaces what the engine reads of protocols; nothing else of it."""
        policy = case.policy(await load(registry.service))

        async def in_force(_dsn: str) -> Policy:
            return policy

        patch.setattr("resolvers.prepared.load", in_force)
        settings = EngineSettings(lambda: registry.service, b"k" * 32)
        engine = Engine(graphql_schema(), catalog(), settings)
        await engine.start()
        return cls(registry, case, policy, engine)

    async def ask(self, query: str, operation: str | None = None, **variables: Any) -> Any:
        """One answer, parsed."""
        return await self._ask(query, operation, variables, self.case.purpose)

    async def at_a_door(self, query: str, **variables: Any) -> Any:
        """One answer; where the case states no purpose, one that opens nothing protected."""
        return await self._ask(query, None, variables, self.case.purpose or "STATISTICS")

    async def _ask(
        self, query: str, operation: str | None, variables: dict[str, Any], purpose: str | None
    ) -> Any:
        request = Request(query, operation, variables, self.case.caller, purpose, "trace")
        return json.loads((await self.engine.answer(request)).body)

    async def produce(self) -> tuple[dict[str, str], Any]:
        """The case's golden texts by file name, and its answer as it came."""
        case = self.case
        answer = await self.ask(case.query, case.operation, **case.variables)
        narrowed = case.narrowed(self.policy)
        has_cases = case.caller.cases is not None
        statement = render(narrowed, has_unit=bool(case.caller.unit), has_cases=has_cases)
        texts = {
            "plan.txt": plan_text(narrowed, case.caller, case.purpose or ""),
            "response.json": _pretty(masked(answer)),
        }
        if not narrowed.whole:
            texts["statement.sql"] = folded(statement.sql)
        record = answer.get("extensions", {}).get("accessRecord")
        if record:
            leaves = sorted(self.registry.leaves(record), key=lambda leaf: str(leaf["pair"]))
            texts["record.json"] = _pretty([_masked_leaf(leaf) for leaf in leaves])
        return texts, answer


def masked(answer: Any) -> Any:
    """The answer with its cursors and the id of its record hidden."""
    if isinstance(answer, list):
        return [masked(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    cursors = _MASKED - {"id"}
    return {
        key: "<masked>" if key in cursors and isinstance(value, str) else masked(value)
        for key, value in answer.items()
    }


def _masked_leaf(leaf: dict[str, Any]) -> dict[str, Any]:
    return {key: "<masked>" if key in _MASKED else value for key, value in leaf.items()}


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
