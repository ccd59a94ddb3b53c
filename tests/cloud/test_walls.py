"""Row-level security: an organisation meets its own rows and no others, in whatever table, by whatever id."""

# ruff: noqa: S608 - the names in these statements are those of the database's own tables

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from appliance.domain.events import GuestForgotten
from sync.cloud import ingest
from sync.cloud.push.reading import Reader
from sync.cloud.report import shares
from sync.cloud.songs import book
from sync.cloud.store.engine import Tx, open_database
from tests.cloud.boxes import NOW_MS, History, enrolled
from tests.cloud.stories import EVENT, an_evening, derive

OWN, OTHER = "a" * 20, "b" * 20


@asynccontextmanager
async def as_tenant(url: str, org: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection that has what a transaction of an organisation has, and any statement it wants."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"SET ROLE pika_tenant; SET app.org = '{org}'")
        yield connection
    finally:
        await connection.close()


async def _fill_songs(tx: Tx, *, org: str, box: str) -> None:
    thing = {"org": org, "now_ms": 1}
    await tx.run("song_upload_begun", **thing, id=org, name="a", size=9, object=f"{org}/a", handle="h")
    await tx.run("song_part_came", org=org, upload=org, number=1, tag="t")
    await tx.run("add_song", **thing, id=org, name="a.mp3", size=9, sha256="0", object=f"{org}/b")
    await tx.run("song_left", **thing, object=f"{org}/c", handle="")
    await book.give_to(tx, org=org, song_id=org, boxes=[box])
    await book.hear(tx, [book.Said(org, "here")], pause="", org=org, box=box, now_ms=1)


async def fill(url: str) -> None:
    """Something of each of two organisations in every table that has organisations."""
    async with open_database(url) as database:
        for org, box in ((OWN, "box-a"), (OTHER, "box-b")):
            who = await enrolled(database, org=org, box=box)
            history = History(box=box).add(3)
            history.lines.append(b"no event")
            await ingest.take(database, who, batch=history.batch(), now_ms=NOW_MS)
            await ingest.take(database, who, batch=History(box=box).add(4, x=1).batch(), now_ms=NOW_MS)
            async with database.transaction(org=None) as tx:
                digest = {"id": org, "digest": org}
                await tx.run("add_access_key", **digest, org=org, now_ms=1)
                await tx.run("add_box_key", id=org, org=org, box=box, public_key="x", now_ms=1)
                await tx.run("set_live", org=org, box=box, boot="b", boot_ms=1, body="{}", now_ms=1)
                await tx.run("add_share", id=org, org=org, box=box, event="e", now_ms=1, expires_ms=2)
                await tx.run("set_zone_of_box", org=org, box=box, zone="UTC")
                await tx.run("fleet_watched", org=org, box=box, heard_since_ms=1, dropped=0, dropped_ms=None)
                alarm = {"org": org, "box": box, "kind": "stuck", "subject": "", "now_ms": 1}
                await tx.run("raise_alarm", **alarm)
                await tx.run("clear_alarm", **alarm)
                await _fill_songs(tx, org=org, box=box)
            night = an_evening().tell(GuestForgotten("zoe"))
            night.box, night.epoch = box, "night"
            night.says("claim.made", {"guest": "ann", "event": EVENT, "stage": None, "digest": box})
            night.says("intent.made", {"intent": "i"})
            await night.send(database, who)
        await derive(database)
        await Reader(database, lambda: NOW_MS).once()
        async with database.transaction(org=None) as tx:
            for org, box in ((OWN, "box-a"), (OTHER, "box-b")):
                await tx.run("claim_push", org=org, box=box, intent="i", phones='["p"]', now_ms=1)
                await shares.add(tx, org=org, box=box, event=EVENT, days=7, now_ms=NOW_MS)
                await shares.set_zone(tx, org=org, box=box, zone="Europe/Berlin")


def with_both(url: str, scene: Callable[["asyncpg.Connection[asyncpg.Record]", list[str]], Awaitable[None]]) -> None:
    async def run() -> None:
        await fill(url)
        owner = await asyncpg.connect(url)
        try:
            found = await owner.fetch(
                "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
                " WHERE a.attname = 'org_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"
            )
            tables = [row["relname"] for row in found]
            for table in tables:
                both = await owner.fetchval(f"SELECT count(DISTINCT org_id) FROM {table}")
                assert both == 2, f"{table} has no rows of both, so nothing would be tried there"
            await scene(owner, tables)
        finally:
            await owner.close()

    asyncio.run(run())


def test_every_table_with_an_organisation_has_a_wall_even_for_its_owner(swept_postgres: str) -> None:
    async def scene(owner: "asyncpg.Connection[asyncpg.Record]", tables: list[str]) -> None:
        assert {"boxes", "events", "histories", "live", "quarantine"} <= set(tables)
        for table in tables:
            row = await owner.fetchrow(
                "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = $1", table
            )
            assert row is not None
            assert (row[0], row[1]) == (True, True), table

    with_both(swept_postgres, scene)


def test_an_organisation_sees_its_own_rows_in_every_table_and_no_others(swept_postgres: str) -> None:
    async def scene(owner: "asyncpg.Connection[asyncpg.Record]", tables: list[str]) -> None:
        async with as_tenant(swept_postgres, OWN) as tenant:
            for table in tables:
                seen = await tenant.fetch(f"SELECT DISTINCT org_id FROM {table}")
                assert [row[0] for row in seen] == [OWN], table
                assert await tenant.fetch(f"SELECT 1 FROM {table} WHERE org_id = $1", OTHER) == []

    with_both(swept_postgres, scene)


async def attempt(connection: "asyncpg.Connection[asyncpg.Record]", statement: str, *values: object) -> str:
    """What the server says to a statement: how much it changed, or that it must not be."""
    try:
        return str(await connection.execute(statement, *values))
    except (asyncpg.InsufficientPrivilegeError, asyncpg.CheckViolationError):
        return "refused"


def test_an_organisation_changes_nothing_of_another_in_any_table(swept_postgres: str) -> None:
    async def scene(owner: "asyncpg.Connection[asyncpg.Record]", tables: list[str]) -> None:
        async with as_tenant(swept_postgres, OWN) as tenant:
            for table in tables:
                before = await owner.fetch(f"SELECT * FROM {table} WHERE org_id = $1 ORDER BY 1, 2, 3", OTHER)
                for statement in (
                    f"DELETE FROM {table} WHERE org_id = $1",
                    f"UPDATE {table} SET org_id = org_id WHERE org_id = $1",
                    f"""INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, x)).* FROM
                        (SELECT to_jsonb(t) || jsonb_build_object('org_id', $1::text) AS x FROM {table} t) z""",
                ):
                    assert await attempt(tenant, statement, OTHER) in {"refused", "DELETE 0", "UPDATE 0"}, statement
                # Nor may it give away what is its own.
                given = await attempt(tenant, f"UPDATE {table} SET org_id = $1", OTHER)
                assert given == "refused", table
                assert await owner.fetch(f"SELECT * FROM {table} WHERE org_id = $1 ORDER BY 1, 2, 3", OTHER) == before

    with_both(swept_postgres, scene)


def test_the_services_own_tables_and_the_parts_are_out_of_reach(swept_postgres: str) -> None:
    async def scene(owner: "asyncpg.Connection[asyncpg.Record]", tables: list[str]) -> None:
        parts = await owner.fetch("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
        assert len(parts) == 16
        async with as_tenant(swept_postgres, OWN) as tenant:
            for table in ["secrets", "claims", *(row[0] for row in parts)]:
                assert await attempt(tenant, f"SELECT * FROM {table}") == "refused", table

    with_both(swept_postgres, scene)


def test_without_a_role_not_even_the_owner_sees_a_row(swept_postgres: str) -> None:
    async def scene(owner: "asyncpg.Connection[asyncpg.Record]", tables: list[str]) -> None:
        await owner.execute("CREATE ROLE plain_owner; GRANT ALL ON ALL TABLES IN SCHEMA public TO plain_owner")
        try:
            for table in tables:
                await owner.execute(f"ALTER TABLE {table} OWNER TO plain_owner")
            await owner.execute("SET ROLE plain_owner")
            for table in tables:
                assert await owner.fetchval(f"SELECT count(*) FROM {table}") == 0, table
        finally:
            await owner.execute("RESET ROLE; REASSIGN OWNED BY plain_owner TO pika; DROP OWNED BY plain_owner")
            await owner.execute("DROP ROLE plain_owner")

    with_both(swept_postgres, scene)
