"""Databases to damage: with an evening in them, made by the box's own use cases."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

from appliance.bus.credentials import make_verifier
from appliance.domain.announcements import AnnouncementLevel, Wanted
from appliance.domain.audit import STAFF
from appliance.domain.models import ClockTrust, Stamp
from appliance.store.backup import make_backup
from appliance.store.migrate import open_database
from appliance.store.reader import SqliteReader
from appliance.store.recovery import Mended, mend
from appliance.store.writer import Writer
from appliance.usecases import announcements, likes, people, plays, sessions
from tests.support.evening import Told, open_evening, track

AT = Stamp(boot="boot-9", boot_ms=5_000, wall_ms=1_800_000_900_000, trust=ClockTrust.SAVED)


async def _evening(path: Path, *, plays_from: int, plays_to: int) -> None:
    told = Told()
    writer = Writer(await asyncio.to_thread(open_database, path), on_commit=told)
    writer.start()
    reader = await SqliteReader.open(path)
    evening = await open_evening(writer, reader, told)
    found = await reader.token_by_name("dj-anna")
    dj = (
        found[1]
        if found
        else (await people.issue_token(evening.ports, dj_name="DJ Anna", verifier=make_verifier, by=STAFF)).dj
    )
    started = await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor", take_over=False)
    for number in range(plays_from, plays_to):
        heard = plays.ToldPlay(track=track(f"Song {number}"), play_id=f"p{number}", session_id=started.session.id)
        await plays.announce_play(evening.ports, dj=dj, told=heard)
        await likes.set_like(evening.ports, guest_id=f"g{number}", play_id=f"p{number}", liked=True)
    await reader.close()
    await writer.stop()


def play_songs(path: Path, first: int, last: int) -> None:
    """Songs `first` to `last` (not included) are played and liked, in a new database or on top of what is there."""
    asyncio.run(_evening(path, plays_from=first, plays_to=last))


def say(path: Path, text: str) -> None:
    """The DJ who plays tells the stage something for an hour."""

    async def saying() -> None:
        writer = Writer(await asyncio.to_thread(open_database, path), on_commit=Told())
        writer.start()
        reader = await SqliteReader.open(path)
        evening = await open_evening(writer, reader, Told())
        found = await reader.token_by_name("dj-anna")
        assert found is not None  # songs were played before
        wanted = Wanted(text=text, level=AnnouncementLevel.IMPORTANT, duration_s=3600)
        await announcements.announce_to_stage(evening.ports, dj=found[1], wanted=wanted)
        await reader.close()
        await writer.stop()

    asyncio.run(saying())


def songs_in(path: Path) -> list[str]:
    """The ids of all plays, in order."""
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT id FROM plays ORDER BY number")]


def meta_in(path: Path) -> dict[str, str]:
    """The facts about the box."""
    with closing(sqlite3.connect(path)) as database:
        return dict(database.execute("SELECT name, value FROM meta").fetchall())


def with_log(path: Path) -> None:
    """Leaves the database as a pulled plug does: what was committed last is in the log beside it only."""
    held = path.with_name("held.db")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_autocheckpoint = 0")
        database.execute("INSERT INTO meta (name, value) VALUES ('late', 'committed')")
        database.commit()
        for suffix in ("", "-wal"):
            held.with_name(held.name + suffix).write_bytes(path.with_name(path.name + suffix).read_bytes())
    for suffix in ("", "-wal"):
        held.with_name(held.name + suffix).replace(path.with_name(path.name + suffix))


def backed_up(data: Path, folder: str = "backup") -> None:
    """The hourly backup."""
    toml = data / "box.toml"
    make_backup(database=data / "box.db", settings_file=toml, folder=data / folder, name="A box", at=AT)


def mended_in(data: Path, *more: Path, has_lived: bool = True) -> Mended | None:
    """What a start does about the database in `data`."""
    return mend(data / "box.db", backups=[data / "backup", *more], at=AT, has_lived=has_lived)


def noise(path: Path) -> None:
    """Nothing is left of it but its length."""
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))
