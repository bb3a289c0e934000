"""A filled registry of one bench, and the statements of its questions.

Gives a server that is gone with its folder after the block, and `rendered`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from authz.profile import Policy
from bench.ceiling import Ready, bound, caller_of
from bench.questions import Question, questions
from resolvers.documents import Documents, choose_operation
from resolvers.planning import plan_operation
from resolvers.policies import load
from resolvers.rendering import render
from resolvers.restriction import restrict
from schema.catalog import catalog
from schema.sdl import graphql_schema
from service import embedded, migrate, seeding
from service.stewards import ratify_shipped

SIZES = {"small": (8_000, 4, 3, 0.5), "full": (200_000, 6, 6, 1.5)}
"""People, lives, rounds in each life, seconds of each side in each round."""


def prepared(server: embedded.Server, people: int) -> tuple[Question, ...]:
    """Make and fill the registry of `server`; the questions about its people."""
    migrate.upgrade(server.dsn(embedded.OWNER))
    with psycopg.connect(server.dsn(embedded.SUPERUSER)) as connection:
        ratify_shipped(connection)
        connection.commit()
        seeding.fill(connection, people, 1, dt.datetime.now(dt.UTC).date())
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze")
        return questions(connection)


def as_it_is(policy: Policy) -> Policy:
    """The law unchanged."""
    return policy


@contextmanager
def filled(program: str) -> Iterator[tuple[embedded.Server, tuple[Question, ...]]]:
    """A server filled to the `--size` of the command line, and the questions about its people."""
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    people = SIZES[parser.parse_args().size][0]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "bench")
        with embedded.server(home) as server:
            yield server, prepared(server, people)
        embedded.remove(home)


async def rendered(
    dsn: str, question: Question, law: Callable[[Policy], Policy] = as_it_is
) -> Ready:
    """The question's statement under the law that `law` makes of the registry's."""
    schema, known, who = graphql_schema(), catalog(), caller_of(question)
    policy = law(await load(dsn))
    document = Documents(schema).get(question.query)
    operation = choose_operation(document, None)
    plan = plan_operation(schema, known, document, operation, question.variables)
    narrowed = restrict(plan, known, policy, who, question.purpose)
    return bound(render(narrowed, has_unit=False, has_cases=False), question, policy.version)
