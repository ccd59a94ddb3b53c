"""A stage where the house plays, with guests and a library that sounds."""

from collections.abc import Iterable
from dataclasses import replace

from appliance.domain.analysis import Analysis
from appliance.domain.audit import STAFF
from appliance.domain.ballots import Ballot
from appliance.domain.house import Why
from appliance.domain.models import Dj, TrackInfo
from appliance.domain.players import ToldSong, ToldWord
from appliance.house.chooser import HouseChooser
from appliance.ports import Transaction
from appliance.usecases import ballots, likes, plays, sessions
from appliance.usecases.players import hearing, managing
from appliance.usecases.players.managing import Draft
from appliance.usecases.plays import ToldPlay
from tests.support.evening import Evening, plain_verifier
from tests.support.library import KNOWN, library_file, library_track

STAGE = "main-floor"


def sounding(bpm: float, *, energy: float = 0.0) -> Analysis:
    assert KNOWN.tempo is not None
    return replace(KNOWN, tempo=replace(KNOWN.tempo, bpm=bpm), embedding=(0.0, energy, 0.0, 0.0, 0.0))


async def put(evening: Evening, tracks: Iterable[tuple[str, str, Analysis]]) -> None:
    """Tracks with a file each: id, artist, sound. Each is called by its id."""

    def change(tx: Transaction) -> None:
        for track_id, artist, sound in tracks:
            tx.put_library_track(library_track(track_id, f"title {track_id}", artist, sound=sound))
            tx.put_library_file(library_file(f"{track_id}.mp3", track_id))

    await evening.ports.store.write(change)


LIBRARY = [(f"t{n}", f"Artist {n}", sounding(118 + n / 10, energy=(-1) ** n * 2.0)) for n in range(12)]


class House:
    """A stage where the house plays, with guests."""

    def __init__(self, evening: Evening, *, guests: Iterable[str] = ()) -> None:
        self.evening = evening
        self.guests = set(guests)
        self.chooser = HouseChooser(present=lambda stage_id: self.guests if stage_id == STAGE else ())
        self.chooser.start(evening.ports)
        evening.told.listeners.append(self.chooser.on_commit)

    async def open(self) -> "House":
        await put(self.evening, LIBRARY)
        self.dj: Dj = await self.evening.dj()
        await sessions.start_session(self.evening.ports, dj=self.dj, stage_id=STAGE)
        return self

    async def play(self, track_id: str) -> None:
        """As whoever plays spells it."""
        track = TrackInfo(artist=f"ARTIST {track_id[1:]} ", title=f"Title {track_id}")
        await plays.announce_play(self.evening.ports, dj=self.dj, told=ToldPlay(track=track, play_id=f"p-{track_id}"))

    async def open_house(self) -> "House":
        """No DJ; a player that the box knows."""
        await put(self.evening, LIBRARY)
        draft = Draft("Bar", STAGE)
        made = await managing.add(self.evening.ports, draft=draft, verifier=plain_verifier, by=STAFF)
        self.player = made.player
        return self

    async def house_plays(self, track_id: str, *, times: int = 1) -> str:
        """The player says that it plays a track; the id of that play."""
        play_id = f"h-{track_id}-{times}"
        told = ToldWord(on=ToldSong(play_id, track_id))
        await hearing.hear(self.evening.ports, player=self.player, told=told)
        return play_id

    async def asks(self, play_id: str) -> Ballot | None:
        """What dancers are asked while a play is on."""
        found = await self.chooser.candidates(STAGE)
        return await ballots.open_ballot(self.evening.ports, play_id=play_id, candidates=found)

    async def like(self, guest: str, track_id: str, *, there: bool = True) -> None:
        await likes.set_like(self.evening.ports, guest_id=guest, play_id=f"p-{track_id}", liked=True, there=there)

    async def next(self, *after: str) -> tuple[str, Why] | None:
        chosen = await self.chooser.next_track(STAGE, after=after)
        return (chosen.playable.track.id, chosen.why.why) if chosen else None
