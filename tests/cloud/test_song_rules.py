"""What is taken for sound, how much an organisation may keep, and that nothing is left in the store."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.errors import BadConfig, Refused
from sync.cloud import organisations
from sync.cloud.songs import book
from sync.cloud.songs.bringing import Bringing, Kept
from sync.cloud.songs.folder import FolderBytes
from sync.cloud.songs.kinds import kind_of
from sync.cloud.songs.rations import Rations
from sync.cloud.songs.settings import Bucket, SongsSettings, songs_of
from sync.cloud.songs.sweeping import GIVEN_UP_AFTER_MS, sweep
from sync.cloud.spreading import TooOften
from sync.cloud.store.engine import migrate, open_database
from tests.support.songs import mp3

NOW_MS = 1_800_000_000_000


async def pieces(*contents: bytes) -> AsyncIterator[bytes]:
    for one in contents:
        yield one


@asynccontextmanager
async def bringing(tmp_path: Path, *, most: int = 3, bytes_most: int = 20_000) -> AsyncIterator[tuple[Bringing, str]]:
    settings = SongsSettings(tmp_path / "songs", songs_most=most, bytes_most=bytes_most)
    async with open_database(f"sqlite:///{tmp_path}/cloud.db") as database:
        await migrate(database)
        org, _ = await organisations.found(database, name="Hall", now_ms=NOW_MS)
        store = FolderBytes(tmp_path / "songs")
        yield Bringing(database, store, settings=settings, now_ms=lambda: NOW_MS), org


async def bring(one: Bringing, org: str, content: bytes) -> Kept:
    coming = await one.begin(org, name="a.mp3", size=len(content))
    kept = await one.append(org, coming, pieces(content))
    assert isinstance(kept, Kept)
    return kept


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "songs").rglob("*") if path.is_file()]


def test_an_organisation_keeps_no_more_songs_and_bytes_than_it_may(tmp_path: Path) -> None:
    async def story() -> None:
        async with bringing(tmp_path) as (one, org):
            for seed in (1, 2):
                await bring(one, org, mp3(seed))
            with pytest.raises(Refused) as too_much:
                await one.begin(org, name="a.mp3", size=11_000)
            assert too_much.value.code == "songs_no_room"
            # What is on its way counts.
            coming = await one.begin(org, name="a.mp3", size=5000)
            with pytest.raises(Refused) as too_many:
                await one.begin(org, name="a.mp3", size=10)
            assert too_many.value.code == "songs_too_many"
            await one.drop(org, coming.id)
            await bring(one, org, mp3(3))

    asyncio.run(story())


def test_of_two_who_send_the_same_piece_one_is_refused_and_the_song_is_whole(tmp_path: Path) -> None:
    async def story() -> None:
        async with bringing(tmp_path) as (one, org):
            content = mp3(7)
            coming = await one.begin(org, name="a.mp3", size=len(content))
            twice = [one.append(org, coming, pieces(content)) for _ in range(2)]
            done = await asyncio.gather(*twice, return_exceptions=True)
            assert [each.was_there for each in done if isinstance(each, Kept)] == [False]
            assert all(isinstance(each, Kept | Refused) for each in done), done
            await sweep(one._database, one.store, now_ms=NOW_MS)
            [path] = files(tmp_path)
            assert path.read_bytes() == content

    asyncio.run(story())


def test_what_was_deleted_dropped_doubled_or_given_up_leaves_the_store(tmp_path: Path) -> None:
    async def story() -> None:
        async with bringing(tmp_path) as (one, org):
            database = one._database
            kept = await bring(one, org, mp3(1))
            assert (await bring(one, org, mp3(1))).was_there
            dropped = await one.begin(org, name="b.mp3", size=5000)
            await one.drop(org, dropped.id)
            await one.begin(org, name="c.mp3", size=5000)
            assert len(files(tmp_path)) == 2
            await sweep(database, one.store, now_ms=NOW_MS)
            assert len(files(tmp_path)) == 1
            assert len(await one.waiting(org)) == 1
            async with database.transaction(org=org) as tx:
                await book.delete(tx, org=org, song_id=kept.id, now_ms=NOW_MS)
            await sweep(database, one.store, now_ms=NOW_MS + GIVEN_UP_AFTER_MS + 1)
            assert files(tmp_path) == []
            assert await one.waiting(org) == []
            assert not any((tmp_path / "songs" / ".parts").iterdir())
            assert await sweep(database, one.store, now_ms=NOW_MS) == 0

    asyncio.run(story())


def test_a_box_gets_a_song_some_times_a_day_and_what_it_did_not_get_counts_for_nothing() -> None:
    now = 0.0
    rations = Rations(lambda: now)
    for _ in range(4):
        rations.check("box", "song", size=100)
        rations.note("box", "song", count=100)
    for _ in range(50):
        rations.check("box", "other", size=100)
    with pytest.raises(TooOften) as told:
        rations.check("box", "song", size=100)
    assert told.value.facts["wait_s"] == 24 * 3600
    rations.check("another", "song", size=100)
    now = 24 * 3600 + 1.0
    rations.check("box", "song", size=100)
    rations.note("box", "song", count=100)
    rations.check("box", "song", size=100)


ID3 = b"ID3\x04\x00\x00" + bytes([0, 0, 0, 20]) + bytes(20)
ATOM = b"\x00\x00\x00\x20ftyp"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (mp3(1), "mp3"),
        (ID3 + mp3(1), "mp3"),
        (ID3 + b"fLaC", "flac"),
        (b"ID3\x04\x00\x00\x00\x7f\x7f\x7f", "mp3"),
        (b"fLaC\x00", "flac"),
        (b"OggS" + bytes(24) + b"\x01vorbis", "ogg"),
        (b"OggS" + bytes(24) + b"OpusHead", "ogg"),
        (b"OggS" + bytes(24) + b"\x80theora", ""),
        (b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt ", "wav"),
        (b"RIFF" + struct.pack("<I", 36) + b"AVI LIST", ""),
        (b"FORM\x00\x00\x00\x00AIFF", "aiff"),
        (ATOM + b"M4A ", "mp4"),
        (ATOM + b"heic", ""),
        (b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9) + b"\xff\xf1\x50\x80\x02\x1f\xfc", "aac"),
        (b"\x1a\x45\xdf\xa3", "mka"),
        (b"\xff\xfb\x90\x64" + bytes(4000), ""),
        (b"\xff" * 4000, ""),
        (b"%PDF-1.7", ""),
        (b"PK\x03\x04", ""),
        (b"<!doctype html>", ""),
        (b"ID3", ""),
        (b"", ""),
    ],
)
def test_sound_is_told_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert kind_of(head[:4096]) == kind


S3 = {"PIKA_CLOUD_S3_KEY": "k", "PIKA_CLOUD_S3_SECRET": "hush-hush"}


def test_settings_name_a_folder_or_a_bucket_and_hide_the_secret() -> None:
    assert songs_of("", {}, data=Path("/d")).place == Path("/d/songs")
    assert songs_of("/srv/songs", {"PIKA_CLOUD_SONGS": "s3://no"}, data=Path("/d")).place == Path("/srv/songs")
    given = {**S3, "PIKA_CLOUD_S3_ENDPOINT": "https://s3.example.org:9000/", "PIKA_CLOUD_SONGS_GB": "3"}
    found = songs_of("s3://pika-songs/hall/", given, data=Path("/d"))
    assert found.bytes_most == 3_000_000_000
    assert found.place == Bucket("pika-songs", "hall/", "https://s3.example.org:9000", "us-east-1", "k", "hush-hush")
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("place", "environment"),
    [
        ("s3://UPPER", S3),
        ("s3://bucket", {}),
        ("s3://bucket", {**S3, "PIKA_CLOUD_S3_ENDPOINT": "ftp://x"}),
        ("s3://bucket", {**S3, "PIKA_CLOUD_S3_ENDPOINT": "https://user:pw@host"}),
        ("", {"PIKA_CLOUD_SONGS_MOST": "many"}),
        ("", {"PIKA_CLOUD_SONGS_GB": "0"}),
    ],
)
def test_settings_that_mean_nothing_are_refused_without_their_secret(place: str, environment: dict[str, str]) -> None:
    with pytest.raises(BadConfig) as told:
        songs_of(place, environment, data=Path("/d"))
    assert told.value.code == "songs_settings_wrong"
    assert "hush" not in str(told.value)
