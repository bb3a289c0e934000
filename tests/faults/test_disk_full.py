"""The database's disk is full: no answer leaves, nothing is lost, and with room again all goes on.

The cluster lies on a small file system in memory that the test mounts, which
takes root. Twice it is filled to the last byte under load: once so that rows
find no room, once so that the write-ahead log finds none and PostgreSQL itself
gives up.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from service import embedded
from tests.durability import ground as grounds
from tests.durability.conftest import House
from tests.durability.database import Database
from tests.durability.ground import becomes
from tests.durability.nursery import Nursery
from tests.faults.asking import Load
from tests.faults.parts import PATIENCE, Parts, assembled, goes_on
from tests.faults.whole import audited, judged

MEGABYTES = 300
SMALL = {"max_wal_size": "48MB", "min_wal_size": "32MB", "shared_buffers": "32MB"}
ENOUGH = 20
BLOCK = bytes(1 << 20)


@dataclass(frozen=True, slots=True)
class Disk:
    """A small file system."""

    folder: Path

    @property
    def filler(self) -> Path:
        return self.folder / "filler"

    def fill(self) -> None:
        """Leave no byte."""
        size = len(BLOCK)
        with self.filler.open("ab", buffering=0) as file:
            while size:
                try:
                    file.write(BLOCK[:size])
                except OSError:
                    size //= 2
        assert shutil.disk_usage(self.folder).free == 0

    def free(self) -> None:
        """Give it back."""
        self.filler.unlink()


@contextmanager
def mounted() -> Iterator[Disk]:
    """For the time of the block. Skips where nothing may be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="saphan-disk-", dir="/var/tmp"))
    words = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=755", "tmpfs", str(folder)]
    try:
        done = os.geteuid() == 0 and subprocess.run(words, check=False, capture_output=True)
        if not done or done.returncode:
            pytest.skip("NOT TESTED: a full disk needs root and the right to mount a tmpfs")
        try:
            yield Disk(folder)
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    finally:
        folder.rmdir()


@contextmanager
def on(disk: Disk) -> Iterator[Database]:
    """A cluster on it."""
    with embedded.server(disk.folder, SMALL) as server:
        yield Database(server)
        server.ensure()
    embedded.remove(disk.folder)


def refuses(parts: Parts, load: Load) -> None:
    """Wait until nobody is answered any more, then see that it stays so."""
    refused = load.refused
    assert becomes(lambda: load.refused > refused + ENOUGH, PATIENCE), "nobody is refused"
    answers = len(load.whole)
    refused = load.refused
    assert becomes(lambda: load.refused > refused + ENOUGH, PATIENCE)
    # what still finds room on a page that is there may be answered: it is on record
    assert len(load.whole) - answers < ENOUGH
    assert parts.service.lives()


def exhaust_log(own: Database) -> None:
    """Begin new segments of the write-ahead log until PostgreSQL has no room for one and dies."""
    postmaster = own.postmaster()

    def dies() -> bool:
        try:
            with psycopg.connect(own.dsn, autocommit=True) as connection:
                connection.execute("select pg_logical_emit_message(false, 'fault', repeat('x', 9))")
                connection.execute("select pg_switch_wal()")
        except psycopg.OperationalError:
            return True
        return not Path(f"/proc/{postmaster}").exists()

    assert becomes(dies, PATIENCE), "the log found room"


def test_a_full_disk_lets_no_answer_out_and_loses_none(
    nursery: Nursery, house: House, tmp_path: Path
) -> None:
    with (
        mounted() as disk,
        on(disk) as own,
        grounds.made(own.dsn) as ground,
        assembled(nursery, house, ground, own, tmp_path) as parts,
    ):
        load = Load(lambda: parts.service.address, house.token, ground.people)
        assert becomes(parts.ready, PATIENCE)
        with contextlib.ExitStack() as room, load.going():
            goes_on(parts, load)
            disk.fill()
            room.callback(disk.filler.unlink, missing_ok=True)
            refuses(parts, load)
            disk.free()
            # the database never went away: the service resumes with nobody's help
            goes_on(parts, load)
            disk.fill()
            exhaust_log(own)
            refuses(parts, load)
            disk.free()
            own.revive()
            goes_on(parts, load)
        assert load.refused > 4 * ENOUGH
        assert load.cut == load.away == 0
        assert becomes(parts.settled, PATIENCE), "the ledger does not come to rest"
        found = judged(load, ground, parts.plan.key.verifier)
        assert found.cosigned > 0
        audited(parts.plan.settings, tmp_path, parts.plan.key.vkey)
        print(f"{found}, {load.refused} refused")  # noqa: T201
