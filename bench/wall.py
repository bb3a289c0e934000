"""What the second wall costs: the same statements with row-level security and without.

Two copies of one filled registry on one server; in one of them the policies of
the tables are switched off. Printed is the speed with the wall as a ratio of
the speed without. `python -m bench.wall`.
"""

from __future__ import annotations

import asyncio

import psycopg
from psycopg import sql

from bench.filled import filled, rendered
from bench.questions import Question
from bench.sides import Side, line, ratios
from service import embedded

_COPY = "saphan_without_wall"
_UNWALL = (
    "do $$ declare t regclass; begin for t in select oid from pg_class where relrowsecurity loop"
    " execute format('alter table %s disable row level security', t); end loop; end $$"
)


def unwalled(server: embedded.Server) -> str:
    """The service's way to a copy of the registry whose wall is down."""
    with psycopg.connect(server.dsn(embedded.SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(_COPY)))
        connection.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(_COPY), sql.Identifier("saphan")
            )
        )
    with psycopg.connect(server.dsn(embedded.SUPERUSER, _COPY), autocommit=True) as connection:
        connection.execute(_UNWALL.encode())
        connection.execute("vacuum analyze")
    return server.dsn("saphan_service", _COPY)


async def _measure(walled: str, bare: str, asked: tuple[Question, ...]) -> dict[str, list[float]]:
    statements = {question.name: await rendered(walled, question) for question in asked}
    return await ratios(Side(walled, statements), Side(bare, statements))


def main() -> None:
    """Make and fill a registry in a folder of its own, measure, print."""
    with filled("python -m bench.wall") as (server, asked):
        dsns = server.dsn("saphan_service"), unwalled(server)
        for name, measured in asyncio.run(_measure(*dsns, asked)).items():
            print(line(name, "the wall", measured))


if __name__ == "__main__":
    main()
