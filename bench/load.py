"""Load: a few kept connections that ask one question again and again over real HTTP."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

CONCURRENCY = 4


@dataclass(frozen=True, slots=True)
class Target:
    """Where a question is asked: `request` is the whole HTTP/1.1 request, headers and body."""

    port: int
    request: bytes


def request_of(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A POST as bytes."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        "Accept: application/graphql-response+json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode(errors="replace").splitlines()[0])
    length = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    return await reader.readexactly(length)


async def once(target: Target) -> bytes:
    """One answer's body. Raises RuntimeError for any status but 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    try:
        writer.write(target.request)
        return await _answer(reader)
    finally:
        writer.close()


async def rate(target: Target, seconds: float) -> float:
    """Answers per second of CONCURRENCY connections within about `seconds`."""
    begun = time.perf_counter()
    counts = await asyncio.gather(*(_asking(target, begun + seconds) for _ in range(CONCURRENCY)))
    return sum(counts) / (time.perf_counter() - begun)


async def _asking(target: Target, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    count = 0
    try:
        while time.perf_counter() < until:
            writer.write(target.request)
            await _answer(reader)
            count += 1
    finally:
        writer.close()
    return count
