"""An evening of a real player of a real box, before a hall of phones: box, player and mpv fall, DJs come and go.

The music must never be away for two seconds but for a DJ, by the samples that a null sink was given; what was heard,
and nothing else, must be the box's history, in its order; and every like that was answered must be in its sums.
"""

import asyncio
import json
import os
import random
import signal
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from appliance.ports import Transaction
from appliance.store.migrate import open_database
from appliance.store.writer import Writer
from tests.chaos.crowd import Crowd
from tests.chaos.report import Outcome, progress
from tests.player.loudspeaker import Loudspeaker, loudspeaker, silences
from tests.player.sound import Ear, Player, write_songs
from tests.support.library import library_file, library_track
from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Visitor

SILENCE_MOST_S = 2.0
STAGE = "main-floor"
SONGS = 8
SONG_S = 5
_PHONES = 200
_HISTORY = 80
#: the box answers again within this, and the player with it
_BACK_S = 20.0
#: one that fell several times within a minute is given time by whoever watches over it
_BACK_AT_ALL_S = 120.0
_GIVES_WAY_S = 5.0


@dataclass
class Evening:
    """What is on."""

    box: RealBox
    player: Player
    player_id: str
    ear: Ear
    loudspeaker: Loudspeaker
    staff: Visitor
    dj: Visitor
    outcome: Outcome
    #: where on the tape a DJ had the stage
    of_djs: list[tuple[float, float]] = field(default_factory=list)
    #: what happened, and where on the tape
    happened: list[tuple[float, str]] = field(default_factory=list)

    def wrong(self, words: str) -> None:
        self.outcome.faults.append(words)

    async def box_falls(self) -> None:
        """Killed; whoever watches starts it again."""
        pid = self.box.server_pid()
        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        while not await asyncio.to_thread(self._is_back, pid):
            await self.ear.listen_for(0.1)
            if time.monotonic() - began > _BACK_S:
                self.wrong("the box did not come back")
                return
        self.outcome.starts_s.append(time.monotonic() - began)

    def _is_back(self, pid: int) -> bool:
        try:
            self.box.wait_until_served(within_s=0.05, not_pid=pid)
        except TimeoutError:
            return False
        return True

    async def box_hangs(self) -> None:
        """For as long as a song lasts: what is heard meanwhile is told afterwards."""
        pid = self.box.server_pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            await self.ear.listen_for(SONG_S - 0.5)
        finally:
            os.kill(pid, signal.SIGCONT)

    async def player_falls(self) -> None:
        self.player.kill_player()

    async def mpv_falls(self) -> None:
        """The one that is heard."""
        self.player.strike(self.player.on())

    async def both_mpv_fall(self) -> None:
        """At once."""
        for which in (0, 1):
            self.player.strike(which)

    async def mpv_freezes(self) -> None:
        """It is there, and does nothing any more."""
        self.player.strike(self.player.on(), by=signal.SIGSTOP)

    async def player_and_mpv_fall(self) -> None:
        """At once: nobody is there to take over."""
        self.player.strike(self.player.on())
        self.player.kill_player()

    async def dj_plays(self) -> None:
        """A DJ goes live: the house is silent, and comes back by itself."""
        began_s = self.loudspeaker.now_s()
        session = self.dj.post(f"/api/v1/stages/{STAGE}/sessions").json["session"]["id"]
        if not await self.ear.until(lambda: self.ear.silent_s() > 0.6, within_s=_GIVES_WAY_S):
            self.wrong("the player goes on beside a DJ")
        self.dj.post(f"/api/v1/sessions/{session}/end")
        if not await self.ear.until(lambda: self.ear.silent_s() < 0.2, within_s=_GIVES_WAY_S):
            self.wrong("the house does not come back after a DJ")
        # A tape is a little late.
        self.of_djs.append((began_s, self.loudspeaker.now_s() + 0.5))

    def longest_silence(self) -> tuple[float, str]:
        """The longest on the tape while no DJ had the stage, seconds; and what had happened last."""
        found = [
            (length, since)
            for since, length in silences(self.loudspeaker.heard())
            if not any(since < end and begin < since + length for begin, end in self.of_djs)
        ]
        length, since = max(found, default=(0.0, 0.0))
        before = [what for at, what in self.happened if at <= since + 0.2]
        return length, before[-1] if before else "nothing"

    def heard(self) -> list[str]:
        """Titles in the order in which they were heard; what kept songs are called, the player's own notes say."""
        doing = json.loads((self.player.data / "doing.json").read_text(encoding="utf-8"))
        titles = {one["path"]: one["title"] for one in doing["heard"]}
        return [titles[path] for path in self.ear.songs]

    def plays(self) -> list[dict[str, Any]]:
        """What the box says was played, the oldest first."""
        told = self.staff.get(f"/api/v1/players/{self.player_id}/plays").json["plays"]
        found: list[dict[str, Any]] = list(reversed(told))
        return found


def _once(titles: list[str]) -> list[str]:
    return [title for at, title in enumerate(titles) if at == 0 or titles[at - 1] != title]


def _commands(player: Player) -> list[str]:
    """Every command line of a player's, but that of its keeper, which a person types."""
    return [" ".join(child.cmdline()) for child in psutil.Process(player.process.pid).children(recursive=True)]


async def _judged(evening: Evening, crowd: Crowd) -> None:
    """Nothing is on its way any more: what is kept is what was heard, seen and answered."""
    await asyncio.to_thread(evening.box.wait_until_served, within_s=_BACK_AT_ALL_S)
    await evening.ear.until(lambda: evening.plays()[-1]["title"] == evening.heard()[-1], within_s=4)
    plays = evening.plays()
    told = _once([play["title"] for play in plays])
    heard = _once(evening.heard())
    # The history that is asked for has an end.
    if told[-_HISTORY:] != heard[-_HISTORY:]:
        evening.wrong(f"heard {heard}, told {told}")
    if evening.player.token in " ".join(_commands(evening.player)):
        evening.wrong("anybody on the machine reads the player's token")
    silent_s, why = evening.longest_silence()
    evening.outcome.notes.append(f"{silent_s:.2f} s of silence at most, but for DJs, after {why}")
    if silent_s >= SILENCE_MOST_S:
        evening.wrong(f"{silent_s:.1f} s of silence after {why}")
    if evening.ear.begun_anew:
        evening.wrong(f"songs began anew: {evening.ear.begun_anew}")
    for play in plays:
        least, most = crowd.answered.get(play["play"], 0), crowd.asked.get(play["play"], 0)
        evening.outcome.checked += least
        if not least <= play["likes"] <= most:
            evening.wrong(f"{play['title']}: {least} likes answered, {play['likes']} kept, {most} asked for")
    if not crowd.seen & {play["play"] for play in plays}:
        evening.wrong("no phone saw what was played")


def known_library(database: Path, music: Path) -> None:
    """The library has heard all of it: on a busy machine it would wait for a quiet moment."""

    def job(tx: Transaction) -> None:
        for number, path in enumerate(sorted(music.iterdir())):
            artist, _, title = path.stem.partition(" - ")
            tx.put_library_track(library_track(f"song{number}", title, artist))
            found = path.stat()
            kept = library_file(path.name, f"song{number}", root=str(music), size=found.st_size)
            tx.put_library_file(replace(kept, modified_ns=found.st_mtime_ns))

    async def keep() -> None:
        writer = Writer(open_database(database), on_commit=lambda _: None)
        writer.start()
        await writer.write(job)
        await writer.stop()

    database.parent.mkdir(parents=True)
    asyncio.run(keep())


def _begin(box: RealBox, folder: Path, loudspeaker: Loudspeaker, outcome: Outcome) -> Evening:
    staff = box.staff()
    made = staff.post(f"/api/v1/stages/{STAGE}/players", json_body={"name": "Bar"}).json
    address = f"http://127.0.0.1:{box.port}"
    player = Player(None, folder / "player", loudspeaker=loudspeaker, box=address, token=made["secret"])
    return Evening(box, player, made["player"]["id"], Ear(player), loudspeaker, staff, box.dj("DJ Chaos"), outcome)


async def _play_out(evening: Evening, *, rounds: int, seed: int, is_shown: bool) -> None:
    chance = random.Random(seed)
    await evening.ear.wait_for_music()
    crowd = Crowd(evening.box.port, STAGE, chance)
    await crowd.come(_PHONES)
    accidents: list[Callable[[], Coroutine[Any, Any, None]]] = [
        evening.mpv_falls,
        evening.dj_plays,
        evening.player_falls,
        evening.box_hangs,
        evening.box_falls,
        evening.both_mpv_fall,
        evening.mpv_freezes,
        evening.player_and_mpv_fall,
    ]
    for number in progress("player", rounds, is_shown=is_shown):
        # Each once, then as it comes.
        accident = accidents[number] if number < len(accidents) else chance.choice(accidents)
        evening.happened.append((evening.loudspeaker.now_s(), accident.__name__))
        await accident()
        await evening.ear.listen_for(1.0 if rounds <= len(accidents) else chance.uniform(1, 12))
    await evening.ear.listen_for(1.5)
    await _judged(evening, crowd)
    ear = evening.ear
    evening.outcome.notes.append(
        f"{len(ear.songs)} songs heard, {len(crowd.seen)} seen on"
        f" {crowd.open} phones, {sum(crowd.answered.values())} likes answered"
    )
    await crowd.go()


def player(folder: Path, *, rounds: int, seed: int, is_shown: bool = False) -> Outcome:
    """An evening with so many accidents."""
    outcome, began = Outcome("player", rounds), time.monotonic()
    write_songs(folder / "music", SONGS, seconds=SONG_S)
    known_library(folder / "box" / "box.db", folder / "music")
    environment = {"PIKA_BOX_LIBRARY_FOLDERS": str(folder / "music")}
    with loudspeaker(folder / "hall") as heard, running_box(folder / "box", env=environment) as box:
        evening = _begin(box, folder, heard, outcome)
        try:
            asyncio.run(_play_out(evening, rounds=rounds, seed=seed, is_shown=is_shown))
        finally:
            evening.player.end()
    outcome.took_s = time.monotonic() - began
    return outcome
