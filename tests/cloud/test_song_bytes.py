"""Where songs' bytes stand: the same for a folder and for a real S3-compatible server, also when it goes away."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.errors import NotKnown, Unavailable
from sync.cloud.songs.opening import open_bytes
from sync.cloud.songs.ports import PART_BYTES, SongBytes
from sync.cloud.songs.settings import songs_of
from tests.support.swift.running import Swift, swift

NAME = f"{'a' * 20}/0123456789abcdef"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swift]:
    with swift(tmp_path_factory.mktemp("swift")) as one:
        one.make_bucket()
        yield one


@asynccontextmanager
async def place(kind: str, tmp_path: Path, server: Swift, **other: str) -> AsyncIterator[SongBytes]:
    environment = {**server.environment, **other} if kind == "s3" else {}
    async with open_bytes(songs_of("", environment, data=tmp_path).place) as store:
        yield store


async def whole(store: SongBytes, name: str, start: int, stop: int) -> bytes:
    return b"".join([block async for block in store.read(name, start=start, stop=stop)])


async def put(store: SongBytes, name: str, *contents: bytes) -> None:
    handle = await store.begin(name)
    tags = [await store.add(name, handle, number=at, content=one) for at, one in enumerate(contents, start=1)]
    await store.finish(name, handle, tags=tags)


kinds = pytest.mark.parametrize("kind", ["folder", "s3"])


@kinds
def test_parts_become_one_that_is_read_from_anywhere(kind: str, tmp_path: Path, server: Swift) -> None:
    first, last = os.urandom(PART_BYTES), os.urandom(3000)

    async def story() -> None:
        async with place(kind, tmp_path, server) as store:
            await store.check()
            handle = await store.begin(NAME)
            tags = [await store.add(NAME, handle, number=1, content=first)]
            # Whoever was not answered sends the same part again.
            assert [await store.add(NAME, handle, number=1, content=first)] == tags
            tags.append(await store.add(NAME, handle, number=2, content=last))
            await store.finish(NAME, handle, tags=tags)
            await store.finish(NAME, handle, tags=tags)
            assert await whole(store, NAME, 0, PART_BYTES + 3000) == first + last
            assert await whole(store, NAME, PART_BYTES - 5, PART_BYTES + 5) == first[-5:] + last[:5]
            await store.remove(NAME)
            await store.remove(NAME)
            with pytest.raises(NotKnown) as gone:
                await whole(store, NAME, 0, 5)
            assert gone.value.code == "song_bytes_gone"

    asyncio.run(story())


@kinds
def test_what_was_given_up_leaves_nothing(kind: str, tmp_path: Path, server: Swift) -> None:
    async def story() -> None:
        async with place(kind, tmp_path, server) as store:
            handle = await store.begin(NAME)
            await store.add(NAME, handle, number=1, content=b"x" * 100)
            await store.give_up(NAME, handle)
            await store.give_up(NAME, handle)
            with pytest.raises(NotKnown):
                await whole(store, NAME, 0, 5)

    asyncio.run(story())


def _refused(act: Callable[[SongBytes], Awaitable[object]], tmp_path: Path, server: Swift, **other: str) -> str:
    async def story() -> str:
        async with place("s3", tmp_path, server, **other) as store:
            with pytest.raises(Unavailable) as told:
                await act(store)
            assert told.value.code == "songs_away"
            return str(told.value)

    return asyncio.run(story())


def test_a_bucket_that_is_not_there_wrong_keys_and_a_dead_server_are_told_apart(tmp_path: Path, server: Swift) -> None:
    def check(store: SongBytes) -> Awaitable[object]:
        return store.check()

    def begin(store: SongBytes) -> Awaitable[object]:
        return store.begin(NAME)

    assert "no such bucket" in _refused(begin, tmp_path, server, PIKA_CLOUD_SONGS="s3://nowhere")
    assert "no such bucket" in _refused(check, tmp_path, server, PIKA_CLOUD_SONGS="s3://nowhere")
    for act in (check, begin):
        words = _refused(act, tmp_path, server, PIKA_CLOUD_S3_SECRET="wrong-and-secret")
        assert "refuses the cloud's keys" in words
        assert "wrong-and-secret" not in words
    dead = "http://127.0.0.1:9"
    assert "can't be reached" in _refused(check, tmp_path, server, PIKA_CLOUD_S3_ENDPOINT=dead)


def test_a_folder_that_cant_be_made_is_told(tmp_path: Path, server: Swift) -> None:
    (tmp_path / "songs").write_bytes(b"in the way")

    async def story() -> None:
        async with place("folder", tmp_path, server) as store:
            with pytest.raises(Unavailable) as told:
                await store.check()
            assert told.value.code == "songs_away"

    asyncio.run(story())
