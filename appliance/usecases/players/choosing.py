"""What a player plays next: the house's choice, and the same for one that asks twice."""

from dataclasses import dataclass

from appliance.domain import happenings
from appliance.domain.library import Playable
from appliance.domain.live_state import StageState
from appliance.domain.models import Doors
from appliance.domain.players import Coming, Player
from appliance.errors import NotKnown, Refused
from appliance.ports import Ports
from appliance.ports.house import Chooser, Chosen, Fitting
from appliance.usecases.players.hearing import of_library

#: a player keeps a handful of songs ahead
_REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class SongFile:
    """A file that may be given to players."""

    playable: Playable
    #: the folder or stick in which it was found
    root: str


class Offers:
    """Remembers what each player was offered last, in memory: after a restart it may be offered another song."""

    def __init__(self, chooser: Chooser) -> None:
        self.chooser = chooser
        self._last: dict[str, tuple[tuple[str, ...], Chosen]] = {}
        #: by player: what each plays, and after which song each of its newest offers comes, all by the library's ids
        self._on: dict[str, str] = {}
        self._following: dict[str, dict[str, Chosen]] = {}

    async def next_song(self, ports: Ports, *, player: Player, after: tuple[str, ...]) -> Chosen:
        """What comes after the library's `after`, the latest last.

        Raises: Refused with the code `nothing_to_play`, `rules_leave_nothing`, `dj_plays`, `house_closed`,
        `stage_paused`, or as `happenings.may_play`.
        """
        await _check_stage(ports, player)
        asked, last = self._last.get(player.id, ((), None))
        if last is not None and asked == after:
            again = await ports.reader.library_playable_track(last.playable.track.id)
            if again is not None:
                return Chosen(playable=again, why=last.why)
        chosen = await self.chooser.next_track(player.stage_id, after=after)
        if chosen is None:
            raise nothing_left(await self.chooser.fitting(player.stage_id))
        self._last[player.id] = (after, chosen)
        following = self._following.setdefault(player.id, {})
        following[after[-1] if after else self._on.get(player.id, "")] = chosen
        while len(following) > _REMEMBERED:
            del following[next(iter(following))]
        return chosen

    def plays(self, player: Player, track_id: str) -> None:
        """Notes what a player says that it plays: the library's id, empty for anything else and for silence."""
        self._on[player.id] = track_id

    def coming(self, player: Player, state: StageState | None) -> Coming | None:
        """What comes after the song that is on at a player's stage, if it is the player's and was offered already."""
        is_own = state is not None and state.session is not None and state.session.dj_id == player.dj_id
        track_id = self._on.get(player.id)
        chosen = self._following.get(player.id, {}).get(track_id) if track_id else None
        if state is None or state.now is None or not is_own or chosen is None:
            return None
        track = of_library(chosen.playable.track)
        return Coming(state.now.id, artist=track.artist, title=track.title)


def nothing_left(fitting: Fitting) -> Refused:
    """Why there is no song: `nothing_to_play` where the library has none, and a player goes on with what it keeps;
    `rules_leave_nothing` where a manager wants none of what it has, and a player is silent."""
    if fitting.playable and not fitting.allowed:
        return Refused(
            "rules_leave_nothing",
            f"This stage's rules allow none of the {fitting.playable} tracks that are here, so the house is silent.",
            advice="Allow more genres or tempi on the house's page.",
        )
    return Refused(
        "nothing_to_play",
        "The library has no track that could be played now.",
        advice="Bring music, plug its stick in again, or wait until the box has listened to what is there.",
    )


async def _check_stage(ports: Ports, player: Player) -> None:
    state = next((one for one in await ports.reader.stage_states() if one.stage.id == player.stage_id), None)
    event = await ports.reader.event(state.stage.event_id) if state else None
    if state is None or event is None:
        raise NotKnown("stage_unknown", "This player's stage is not there any more.", advice="Give it another stage.")
    happenings.may_play(event, state.stage)
    if state.stage.doors is Doors.PAUSED:
        raise Refused("stage_paused", "This stage has a break.", advice="Wait until it goes on.")
    if state.session is not None and state.session.dj_id != player.dj_id:
        raise Refused("dj_plays", f"{state.session.dj_name} is on.", advice="Wait.", dj=state.session.dj_name)


async def song_file(ports: Ports, track_id: str) -> SongFile:
    """Where a song of the library is.

    Raises: NotKnown with the code `song_unknown`.
    """
    playable = await ports.reader.library_playable_track(track_id)
    if playable is not None:
        for file in await ports.reader.library_files_of_track(playable.track.id):
            if file.path == playable.path:
                return SongFile(playable, file.root)
    raise song_unknown()


def song_unknown() -> NotKnown:
    """No such song can be given."""
    return NotKnown("song_unknown", "This song is not in the library, or its file is gone.", advice="Ask for the next.")
