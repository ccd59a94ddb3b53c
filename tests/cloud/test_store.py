"""What both engines promise: schema steps, transactions, and values that can't be held."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from appliance.errors import BadConfig, Unavailable
from sync.cloud.store.engine import Clash, Database, Tx, ValueRefused, migrate, open_database
from sync.cloud.store.statements import for_postgres, statements
from sync.cloud.store.steps import Step, steps
from tests.support.postgres import USER, Postgres

Scene = Callable[[Database], Awaitable[Any]]
PlayOut = Callable[[Scene], None]


@pytest.fixture(params=["postgres", "sqlite"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/cloud.db"
    url: str = request.getfixturevalue("empty_postgres")
    return url


def play(address: str, scene: Scene) -> None:
    async def run() -> None:
        async with open_database(address) as database:
            await scene(database)

    asyncio.run(run())


async def version(database: Database) -> int:
    async with database.transaction(org=None) as tx:
        found = await tx.one("schema_version")
        assert found is not None
        return int(found["version"])


async def add_organisation(database: Database, org: str = "a" * 20) -> None:
    async with database.transaction(org=None) as tx:
        await tx.run("add_organisation", org=org, name="Hall", now_ms=1)


def test_the_schema_comes_up_and_coming_up_again_changes_nothing(address: str) -> None:
    async def scene(database: Database) -> None:
        await migrate(database)
        await add_organisation(database)
        await migrate(database)
        assert await version(database) == steps()[-1].number
        async with database.transaction(org=None) as tx:
            assert [row["name"] for row in await tx.all("organisations")] == ["Hall"]

    play(address, scene)


def test_several_processes_may_bring_the_schema_up_at_once(address: str) -> None:
    async def scene(database: Database) -> None:
        async def another() -> None:
            async with open_database(address) as own:
                await migrate(own)

        await asyncio.gather(migrate(database), *(another() for _ in range(4)))
        assert await version(database) == steps()[-1].number

    play(address, scene)


def test_a_newer_database_is_refused_and_left_alone(address: str) -> None:
    async def scene(database: Database) -> None:
        await migrate(database)
        newer = Step(9000, "later", "CREATE TABLE later (a text);", "CREATE TABLE later (a text);")
        await database.migrate([*steps(), newer])
        with pytest.raises(Unavailable, match="newer version") as refused:
            await migrate(database)
        assert refused.value.code == "store_too_new"

    play(address, scene)


def test_a_step_that_fails_leaves_nothing_of_itself(address: str) -> None:
    async def scene(database: Database) -> None:
        await migrate(database)
        words = "CREATE TABLE half (a text); CREATE TABLE half (a text);"
        with pytest.raises((asyncpg.PostgresError, sqlite3.Error), match="half"):
            await database.migrate([*steps(), Step(9000, "half", words, words)])
        await migrate(database)
        await database.migrate([*steps(), Step(9000, "half", words[:28], words[:28])])

    play(address, scene)


def test_what_fails_is_undone_and_a_savepoint_undoes_only_its_own(address: str) -> None:
    async def scene(database: Database) -> None:
        await migrate(database)

        async def add_two(tx: Tx, first: str, second: str) -> None:
            await tx.run("add_organisation", org=first * 20, name=first, now_ms=1)
            await tx.run("add_organisation", org=second * 20, name=second, now_ms=1)

        async def add_twice() -> None:
            async with database.transaction(org=None) as tx:
                await add_two(tx, "a", "a")

        async def try_two(tx: Tx) -> None:
            async with tx.savepoint():
                await add_two(tx, "c", "b")

        with pytest.raises(Clash):
            await add_twice()
        async with database.transaction(org=None) as tx:
            await tx.run("add_organisation", org="b" * 20, name="B", now_ms=1)
            with pytest.raises(Clash):
                await try_two(tx)
        async with database.transaction(org=None) as tx:
            assert [row["name"] for row in await tx.all("organisations")] == ["B"]

    play(address, scene)


def test_a_value_that_the_engine_cant_hold_is_told_apart(address: str) -> None:
    async def scene(database: Database) -> None:
        await migrate(database)
        with pytest.raises(ValueRefused):
            async with database.transaction(org=None) as tx:
                await tx.run("add_organisation", org="a" * 20, name="A", now_ms=2**70)
        with pytest.raises(TypeError, match="add_organisation takes"):
            async with database.transaction(org=None) as tx:
                await tx.run("add_organisation", org="a" * 20, title="A", now_ms=1)

    play(address, scene)


def test_transactions_side_by_side_do_not_mix(address: str) -> None:
    async def scene(database: Database) -> None:
        await migrate(database)
        await asyncio.gather(*(add_organisation(database, f"{number:020x}") for number in range(30)))
        async with database.transaction(org=None) as tx:
            assert len(await tx.all("organisations")) == 30

    play(address, scene)


def test_what_is_cut_off_at_any_moment_leaves_no_transaction_behind(address: str) -> None:
    async def scene(database: Database) -> None:
        await migrate(database)
        for turns in range(60):
            cut = asyncio.create_task(add_organisation(database, f"{turns:020x}"))
            for _ in range(turns % 20):
                await asyncio.sleep(0)
            # Between two turns of the loop the engine may have answered or not.
            await asyncio.sleep(0.0001 * (turns // 20))
            cut.cancel()
            await asyncio.wait([cut])
            assert await version(database) == steps()[-1].number
        await add_organisation(database, "f" * 20)

    play(address, scene)


def test_both_engines_know_the_same_statements_by_the_same_parameters() -> None:
    ours, twins = statements("postgres"), statements("sqlite")
    assert ours.keys() == twins.keys()
    assert {name for name in ours if set(ours[name].names) != set(twins[name].names)} == set()


def test_parameters_are_told_from_casts_and_texts() -> None:
    found = for_postgres("SELECT ':no', :b::text, a::int, :a, :b -- :never\nFROM t WHERE x = 'it''s :no'")
    assert found.names == ("b", "a")
    assert found.text == "SELECT ':no', $1::text, a::int, $2, $1 -- :never\nFROM t WHERE x = 'it''s :no'"


def test_an_address_of_another_kind_is_refused() -> None:
    async def run() -> None:
        async with open_database("mysql://somewhere/cloud"):
            raise AssertionError("opened")

    with pytest.raises(BadConfig, match="postgresql://"):
        asyncio.run(run())


@pytest.mark.parametrize("may", [True, False])
def test_a_plain_user_needs_the_two_roles_and_nothing_else(postgres: Postgres, empty_postgres: str, may: bool) -> None:
    name = empty_postgres.rpartition("/")[2]
    plain = f"plain_{name}"
    postgres.say(f"CREATE ROLE {plain} LOGIN", f"ALTER DATABASE {name} OWNER TO {plain}")
    if may:
        postgres.say(f"GRANT pika_service TO {plain}", f"GRANT pika_tenant TO {plain}")

    async def scene(database: Database) -> None:
        if may:
            await migrate(database)
            await add_organisation(database)
            await add_organisation(database, "b" * 20)
            async with database.transaction(org="b" * 20) as tx:
                assert [row["org_id"] for row in await tx.all("organisations")] == ["b" * 20]
        else:
            with pytest.raises(Unavailable, match="GRANT pika_service") as refused:
                await migrate(database)
            assert refused.value.code == "database_rights"

    try:
        play(empty_postgres.replace(f"{USER}@", f"{plain}@"), scene)
    finally:
        postgres.drop(empty_postgres)
        postgres.say(f"DROP ROLE {plain}")


def test_a_server_that_is_away_is_unavailable_and_used_again_when_it_is_back(
    postgres: Postgres, cloud_postgres: str
) -> None:
    async def scene(database: Database) -> None:
        await add_organisation(database)
        postgres.end()
        try:
            with pytest.raises(Unavailable) as refused:
                await version(database)
            assert refused.value.code == "database_away"
        finally:
            postgres.start()
        assert await version(database) == steps()[-1].number

    play(cloud_postgres, scene)
