"""`make bench`: the registry beside its ceiling, ratios with their spread.

Both run as real HTTP servers in processes of their own over the same embedded
PostgreSQL and are asked in turn by the same client in one run: `saphan serve`
with a signed token and the GraphQL document, and the very statement that the
registry renders, access record and commit included, behind bare ASGI
(`bench.ceiling`). Machines are noisy: the ratio of two neighbouring rounds is
what counts, the rates beside it belong to this machine and this minute.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import orjson
import psycopg

from bench import acts, feed, subscriptions
from bench.figures import figures
from bench.filled import SIZES, prepared
from bench.load import Target, once, rate, request_of
from bench.questions import PURPOSE, Question
from service import embedded

SAPHAN = Path(sys.executable).with_name("saphan")


@contextlib.contextmanager
def _running(command: list[str], **environment: str) -> Iterator[int]:
    """A server for the time of the block; gives its port."""
    with _started(command, **environment) as (_pid, port):
        yield port


@contextlib.contextmanager
def _started(command: list[str], **environment: str) -> Iterator[tuple[int, int]]:
    """The same; gives the process too."""
    process = subprocess.Popen(  # our own commands
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith("listening on"):
            raise RuntimeError(f"`{' '.join(command[-2:])}` did not start")
        yield process.pid, int(line.rsplit(":", 1)[1])
    finally:
        process.terminate()
        process.wait(30)


def _token(agency: str, folder: Path, role: str = "FOCAL_POINT", purpose: str = PURPOSE) -> str:
    command = [str(SAPHAN), "token", "--agency", agency, "--role", role]
    made = subprocess.run(  # our own command
        [*command, "--purpose", purpose, "--expires-in", "3600"],
        env={**os.environ, "SAPHAN_FOLDER": str(folder)},
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.strip()


def _targets(question: Question, ours: int, ceiling: int, folder: Path) -> tuple[Target, Target]:
    body = orjson.dumps({"query": question.query, "variables": question.variables})
    token = _token(question.agency, folder, question.role, question.purpose)
    headers = {
        "Authorization": f"Bearer {token}",
        "Saphan-Purpose": question.purpose,
    }
    return (
        Target(ours, request_of("/graphql", body, headers)),
        Target(ceiling, request_of(f"/{question.name}", b"", {})),
    )


async def _compare(
    name: str, ours: Target, ceiling: Target, rounds: int, seconds: float
) -> list[tuple[float, float]]:
    """Answers per second of registry and ceiling in neighbouring rounds."""
    one, two = orjson.loads(await once(ours)), orjson.loads(await once(ceiling))
    if "errors" in one or one["data"] != two["data"]:
        raise RuntimeError(f"{name}: the registry and its ceiling answer differently")
    for warm in (ours, ceiling):
        await rate(warm, seconds)
    pairs = []
    for number in range(rounds):
        first, second = (ours, ceiling) if number % 2 else (ceiling, ours)
        begun, ended = await rate(first, seconds), await rate(second, seconds)
        pairs.append((begun, ended) if number % 2 else (ended, begun))
    return pairs


def _report(name: str, pairs: list[tuple[float, float]]) -> None:
    ratios = sorted(a / b for a, b in pairs)
    quarter = len(ratios) // 4
    print(
        f"{name:7} registry {statistics.median(a for a, _ in pairs):8.1f}/s"
        f"  ceiling {statistics.median(b for _, b in pairs):8.1f}/s"
        f"  ratio {statistics.median(ratios):.2f}"
        f" (middle half {ratios[quarter]:.2f} to {ratios[-1 - quarter]:.2f},"
        f" all {ratios[0]:.2f} to {ratios[-1]:.2f})",
        flush=True,
    )


@contextlib.contextmanager
def _life(number: int, home: Path, environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Both servers anew, in turn the one or the other first; gives registry's and ceiling's port.

    Two database processes with the same plan and the same data differ by up to a
    half on a virtual machine, for as long as they live: one pair of lives would
    measure their luck.
    """
    serve = [str(SAPHAN), "serve", "--port", "0"]
    bare = [sys.executable, "-m", "bench.ceiling"]
    ours = {"SAPHAN_FOLDER": str(home), "SAPHAN_LOG_LEVEL": "error"}
    if number % 2:
        with _running(serve, **ours) as one, _running(bare, **environment) as two:
            yield one, two
    else:
        with _running(bare, **environment) as two, _running(serve, **ours) as one:
            yield one, two


def _watched(home: Path, server: embedded.Server, size: str) -> None:
    """Many subscriptions to one process: what it holds, and how fast it tells."""
    serve = [str(SAPHAN), "serve", "--port", "0"]
    # as in production: a process that brings no database along, and neither migrates nor integrates
    ours = {
        "SAPHAN_FOLDER": str(home),
        "SAPHAN_LOG_LEVEL": "error",
        "SAPHAN_DATABASE_URL": server.dsn("saphan_service"),
        # all of them are watched by one caller
        "SAPHAN_CALLER_SUBSCRIPTIONS": str(sum(subscriptions.SIZES[size][:2])),
    }
    with _started(serve, **ours) as (pid, port):
        token = _token("KH-MOSVY", home)
        owner = server.dsn(embedded.SUPERUSER)
        watching = subscriptions.Watching(pid, port, token, PURPOSE, owner)
        subscriptions.report(size, asyncio.run(watching.measured(size)))


def main() -> None:
    """Make a registry in a folder of its own, fill it, measure, print ratios with their spread."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    size = parser.parse_args().size
    people, lives, rounds, seconds = SIZES[size]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "bench")
        with embedded.server(home) as server:
            asked = prepared(server, people)
            with psycopg.connect(server.dsn(embedded.SUPERUSER)) as connection:
                asked = (*asked, figures(connection))
            environment = {
                "BENCH_DSN": server.dsn("saphan_service"),
                "BENCH_QUESTIONS": json.dumps([asdict(question) for question in asked]),
            }
            pairs: dict[str, list[tuple[float, float]]] = {each.name: [] for each in asked}
            for number in range(lives):
                with _life(number, home, environment) as (ours, ceiling):
                    for each in asked:
                        sides = _targets(each, ours, ceiling, home)
                        pairs[each.name] += asyncio.run(
                            _compare(each.name, *sides, rounds, seconds)
                        )
            for name, found in pairs.items():
                _report(name, found)
            with psycopg.connect(server.dsn(embedded.SUPERUSER)) as connection:
                dsn = server.dsn("saphan_service")
                taken = asyncio.run(acts.measure(connection, dsn, *acts.SIZES[size]))
                print(acts.report(taken), flush=True)
            for line in feed.measured(server):
                print(line, flush=True)
            _watched(home, server, size)
        embedded.remove(home)


if __name__ == "__main__":
    main()
