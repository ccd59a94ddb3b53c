"""What house players and the box say to each other as JSON, over HTTP and through the broker; and players as managers
are told of them. `appliance.player` speaks it from the other side.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from appliance import wire
from appliance.domain import players
from appliance.domain.library import LibraryTrack
from appliance.domain.live_state import StageState
from appliance.domain.models import Stamp
from appliance.domain.players import Orders, Player, Silence, Status, ToldSong, ToldWord

Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Age = Annotated[int, msgspec.Meta(ge=0, le=7 * 24 * 3600 * 1000)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]


class SongIn(msgspec.Struct, frozen=True, kw_only=True):
    """A song that a player plays, or played."""

    #: the player's own id for this play; the same id twice is one play
    play: wire.SendersId
    #: the library's id, as `next-song` gave it; empty when it is not the library's
    track: Annotated[str, msgspec.Meta(max_length=64)] = ""
    artist: Text = ""
    title: Text = ""
    #: how long ago it began, milliseconds
    age_ms: Age = 0

    def told(self) -> ToldSong:
        """The same for the use case."""
        return ToldSong(self.play, self.track, artist=self.artist, title=self.title, age_ms=self.age_ms)


class WordIn(msgspec.Struct, frozen=True, kw_only=True):
    """How a player is."""

    #: what is heard; absent for silence
    on: SongIn | None = None
    #: what was heard before that and could not be told, the oldest first
    before: Annotated[list[SongIn], msgspec.Meta(max_length=players.TOLD_MOST)] = []
    paused: bool = False
    volume: Percent = 100
    #: what is wrong; empty when nothing is
    error: Text = ""

    def told(self) -> ToldWord:
        """The same for the use case."""
        return ToldWord(
            on=self.on.told() if self.on else None,
            before=tuple(song.told() for song in self.before),
            is_paused=self.paused,
            volume=self.volume,
            error=self.error,
        )


class BrokerOut(msgspec.Struct, frozen=True, kw_only=True):
    """Where orders come at once: at the box's own address, with the player's token as the password."""

    port: int
    #: the username; orders are at `pika/v1/player/<name>/orders`
    name: str


class OrdersOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a player is to do now."""

    v: int
    plays: bool
    volume: int
    #: why not, when it is not to play
    silence: Silence | UnsetType = UNSET
    #: a play that is to be cut short, if it is on
    skip: str | UnsetType = UNSET
    #: absent where there is no broker for this player, and in what the broker itself tells
    broker: BrokerOut | UnsetType = UNSET


class ComingOut(msgspec.Struct, frozen=True, kw_only=True):
    """What comes after the track that is on; without the rest when the box does not know."""

    v: int
    stage: str
    #: the play that is on; with any other on, this is not true any more
    after: str | UnsetType = UNSET
    artist: str | UnsetType = UNSET
    title: str | UnsetType = UNSET


def coming_out(state: StageState) -> ComingOut:
    """What comes next on a stage, as its dancers are told."""
    coming, stage = state.coming, state.stage.id
    if coming is None or state.now is None or state.now.id != coming.play_id:
        return ComingOut(v=wire.VERSION, stage=stage)
    return ComingOut(v=wire.VERSION, stage=stage, after=coming.play_id, artist=coming.artist, title=coming.title)


class NextSongOut(msgspec.Struct, frozen=True, kw_only=True):
    """What comes next, and where its file is."""

    #: the library's id
    id: str
    artist: str
    title: str
    #: of its file, on this box and with the player's token; it takes ranges
    address: str
    duration_ms: int
    #: why it was chosen
    why: str
    #: as broadcasters measure it, in LUFS; absent when nobody knows
    lufs: float | UnsetType = UNSET
    bpm: float | UnsetType = UNSET


class ProofsOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whose box this is."""

    v: int
    #: of each player, HMAC-SHA256 of the nonce in hexadecimal; the key is the SHA-256 of its token, in hexadecimal too
    proofs: list[str]


class PlayingOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a player plays."""

    play: str
    title: str
    artist: str
    #: the library's id; absent when it is not the library's
    track: str | UnsetType = UNSET


class PlayerOut(msgspec.Struct, frozen=True, kw_only=True):
    """A player as its managers see it."""

    id: str
    name: str
    stage: str
    status: Status
    #: its name at the broker
    handle: str
    #: what is wanted of it
    paused: bool
    volume: int
    returns: bool
    tagged: bool
    #: seconds since it said something; absent when that was before the box was started
    heard_s: int | UnsetType = UNSET
    on: PlayingOut | UnsetType = UNSET
    #: what is wrong, in its own words
    error: str | UnsetType = UNSET
    #: the account that may tell it what to do
    manager: str | UnsetType = UNSET


def orders_out(orders: Orders, *, broker: BrokerOut | None = None) -> OrdersOut:
    """Orders for a player."""
    return OrdersOut(
        v=wire.VERSION,
        plays=orders.plays,
        volume=orders.volume,
        silence=orders.silence or UNSET,
        skip=orders.skip or UNSET,
        broker=wire.known(broker),
    )


def next_song_out(track: LibraryTrack, *, address: str, why: str) -> NextSongOut:
    """A song for a player."""
    sound = track.analysis
    return NextSongOut(
        id=track.id,
        artist=track.labels.artist,
        title=track.labels.title,
        address=address,
        duration_ms=sound.duration_ms,
        why=why,
        lufs=sound.loudness.lufs if sound.loudness else UNSET,
        bpm=sound.tempo.bpm if sound.tempo else UNSET,
    )


def player_out(player: Player, at: Stamp) -> PlayerOut:
    """A player as it is at `at`."""
    word, status = player.word, player.status(at)
    is_known = word is not None and word.heard.boot == at.boot
    return PlayerOut(
        id=player.id,
        name=player.name,
        stage=player.stage_id,
        status=status,
        handle=player.handle,
        paused=player.wish.is_paused,
        volume=player.wish.volume,
        returns=player.wish.returns,
        tagged=player.tag_digest is not None,
        heard_s=max(0, at.boot_ms - word.heard.boot_ms) // 1000 if word and is_known else UNSET,
        on=_playing(player) if status is Status.ACTIVE else UNSET,
        error=(word.error or UNSET) if word else UNSET,
        manager=wire.known(player.manager_id),
    )


def _playing(player: Player) -> PlayingOut | UnsetType:
    word = player.word
    if word is None or word.play_id is None:
        return UNSET
    return PlayingOut(play=word.play_id, title=word.title, artist=word.artist, track=word.track_id or UNSET)
