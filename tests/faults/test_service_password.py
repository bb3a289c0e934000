"""Who has the service's database password: what that lets one do to the ledger, and what not.

A record can be added, also one that lies: the role that writes them says for
whom it works. None can be changed or removed. Each attempt runs as the role,
working for an agency that the records concern, and afterwards the superuser
compares every row and the structure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from ledger.fsck import Kind, fsck
from ledger.ids import uuid7
from ledger.integrating import LOCK
from service.ledger.running import Integrating
from tests.durability.ground import becomes
from tests.exporting.exports import Ground, founded
from tests.faults.keeping import Keeping
from tests.faults.scene import KH
from tests.integrating.trees import SIGNER
from tests.tracing.house import HOLDER

HERE = Path(__file__).parent
NOT_ALLOWED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported)
RECORD = (
    "insert into ledger.access_record (id, kind, outcome, agency, country, subject)"
    " values (%s, 'ACCESS', 'DISCLOSED', %s, %s, 'somebody else')"
)
LEAF = "insert into ledger.access_leaf (record_id, pair, actor, body) values (%s, 'KH-TH', %s, %s)"
STRUCTURE = """
select json_agg(found order by found::text)::text from (
    select c.relname as a, c.relowner::text as b, c.relacl::text as c, c.relrowsecurity::text as d
        from pg_class c where c.relnamespace = 'ledger'::regnamespace
    union all select p.polname, p.polrelid::text, p.polqual::text, p.polwithcheck::text
        from pg_policy p
    union all select t.tgname, t.tgrelid::text, t.tgenabled::text, t.tgfoid::text from pg_trigger t
    union all select f.proname, f.proowner::text, f.proacl::text, f.prosrc
        from pg_proc f where f.pronamespace = 'ledger'::regnamespace
    union all select r.rolname, r.rolsuper::text, r.rolbypassrls::text, r.rolconfig::text
        from pg_roles r
    union all select m.roleid::text, m.member::text, '', '' from pg_auth_members m
) found
"""


def statements(name: str) -> list[str]:
    """Those of a file beside this one."""
    lines = (HERE / name).read_text().splitlines()
    return [line.removesuffix(";") for line in lines if line and not line.startswith("--")]


@pytest.fixture(scope="module")
def registry(_template: str) -> Iterator[Ground]:
    with founded(_template) as made:
        made.house.desk(HOLDER, made.house.cambodian.case)
        made.fill(20)
        yield made


def as_service(registry: Ground, agency: str = "TH-DATIP") -> psycopg.Connection[Any]:
    """A session with the password, which has said for whom it works."""
    connection = psycopg.connect(registry.as_role("saphan_service"), autocommit=True)
    connection.execute(
        "select set_config('saphan.party', %s, false), set_config('saphan.agency', %s, false)",
        (agency[:2], agency),
    )
    return connection


def attempt(registry: Ground, statement: str) -> None:
    """One statement, committed where it is not refused."""
    with as_service(registry) as connection:
        row = connection.execute(
            "select to_char(clock_timestamp() at time zone 'UTC', '\"access_leaf_\"YYYY_MM')"
        ).fetchone()
        assert row is not None
        named = {"{month}": row[0], "{database}": str(conninfo_to_dict(registry.dsn)["dbname"])}
        for word, name in named.items():
            statement = statement.replace(word, name)
        connection.execute(statement.encode())


def everything(registry: Ground) -> tuple[object, object]:
    """Every row and the structure."""
    row = registry.house.owner.execute(STRUCTURE.encode()).fetchone()
    return Keeping(registry.dsn).fingerprint(), row


@pytest.fixture(scope="module")
def before(registry: Ground) -> tuple[object, object]:
    """What was there before anything was tried."""
    return everything(registry)


@pytest.mark.parametrize("statement", statements("refused.sql"))
def test_A05_is_refused(registry: Ground, before: tuple[object, object], statement: str) -> None:
    with pytest.raises(NOT_ALLOWED):
        attempt(registry, statement)
    assert everything(registry) == before


@pytest.mark.parametrize("statement", statements("harmless.sql"))
def test_A05_changes_nothing(
    registry: Ground, before: tuple[object, object], statement: str
) -> None:
    attempt(registry, statement)
    assert everything(registry) == before


def test_A05_copying_rows_in_does_not_pass_the_wall(
    registry: Ground, before: tuple[object, object]
) -> None:
    into = "copy ledger.access_leaf (record_id, pair, actor, body) from stdin"
    with (
        as_service(registry) as connection,
        pytest.raises(NOT_ALLOWED),
        connection.cursor().copy(into) as copy,
    ):
        copy.write_row((uuid7(), "KH-TH", "TH", "{}"))
    assert everything(registry) == before


def test_the_integrators_session_is_not_the_services_to_end(registry: Ground) -> None:
    with psycopg.connect(registry.as_role("saphan_integrator"), autocommit=True) as other:
        with as_service(registry) as connection, pytest.raises(NOT_ALLOWED):
            connection.execute("select pg_terminate_backend(%s)", (other.info.backend_pid,))
        assert other.execute("select 1").fetchone() == (1,)


def test_a_record_is_written_for_whom_the_session_works_and_no_other(registry: Ground) -> None:
    """What the wall checks: the columns against the session. It does not read the body."""
    with as_service(registry) as connection:
        for agency, country in (("KH-MOSVY", "KH"), ("TH-DATIP", "KH"), ("KH-MOSVY", "TH")):
            with pytest.raises(NOT_ALLOWED):
                connection.execute(RECORD, (uuid7(), agency, country))
        with pytest.raises(NOT_ALLOWED):
            connection.execute(LEAF, (uuid7(), "KH", "{}"))


def test_a_lie_is_an_addition_and_nothing_that_was_there_gives_way(
    registry: Ground, tmp_path: Path
) -> None:
    """The finding: whoever has the password may say to work for anybody, and then writes in the
    name of that agency. The lie gets a place of its own after all that was there, is signed for as
    what was written, and is found by who looks for it at the agency; the truth stays provable.
    """
    before = registry.leaves()
    lie = json.loads(before[-1].body or "")
    lie |= {"id": uuid7(), "caller": lie["caller"] | {"agency": "KH-MOSVY", "country": "KH"}}
    body = json.dumps(lie, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    with as_service(registry, "KH-MOSVY") as connection:
        connection.execute(RECORD, (lie["id"], "KH-MOSVY", "KH"))
        connection.execute(LEAF, (lie["id"], "KH", body))
    size = registry.place()
    after = registry.leaves()
    assert after[: len(before)] == before
    assert [leaf.body for leaf in after[len(before) :]] == [body]
    registry.export(KH, tmp_path / "well")
    assert fsck(tmp_path / "well", SIGNER.verifier).clean
    # what is no record at all is called that, at its place
    with as_service(registry) as connection:
        connection.execute(LEAF, (uuid7(), "TH", '{"nothing":"true"}'))
    registry.place()
    registry.export(KH, tmp_path / "badly")
    report = fsck(tmp_path / "badly", SIGNER.verifier)
    assert [(found.kind, found.index) for found in report.problems] == [(Kind.FORM, size + 1)]


@pytest.mark.parametrize("body", ["{}\n", '{"a":\n1}', None])
def test_a_leaf_that_no_export_could_hold_made_every_export_look_tampered_with(
    registry: Ground, body: str | None
) -> None:
    """A leaf is one line of an export and has content until it is erased."""
    with as_service(registry) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(LEAF, (uuid7(), "TH", body))


def test_the_password_can_hold_up_the_tree_and_not_alter_it(registry: Ground) -> None:
    """The finding: advisory locks are anybody's. While the integrators' own is held, no leaf gets a
    place, which makes the registry late, not ready; afterwards all of them do.
    """
    size = len(registry.leaves())
    dsn = registry.as_role("saphan_integrator")
    running = Integrating(lambda: dsn, SIGNER)
    with as_service(registry) as connection:
        connection.execute("select pg_advisory_lock(%s)", (LOCK,))
        connection.execute(
            "insert into ledger.access_leaf (record_id, pair, actor, at, body) values"
            " (%s, 'KH-TH', 'TH', clock_timestamp() - interval '1 minute', '{}')",
            (uuid7(),),
        )
        running.start()
        try:
            assert becomes(lambda: running.late, 60)
            assert not running.leads
            assert len(registry.leaves()) == size
        finally:
            running.stop()
    assert registry.place() > size
