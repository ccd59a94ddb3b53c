"""Whether what is on is heard: what moves on is, where there is a loudspeaker. Pure; times are given, in seconds."""

from appliance.player.deck import Place

#: a song that stands still for so long does not go on by itself
STUCK_S = 1.0
#: the same at its beginning, when a loudspeaker may have to wake up, as those by radio do
_BEGINS_S = 3.0
_RUNS_S = 1.0
#: a loudspeaker that is away for less is not worth a word
_AWAY_S = 3.0
_LOOK_AGAIN_S = 2.0
NO_LOUDSPEAKER = (
    "No loudspeaker can be opened, so nobody hears the music. See that it is plugged in and switched on: the music is "
    "heard again by itself. If it is, choose it with --sink: `mpv --audio-device=help` lists what there is."
)
HANGS = "The loudspeaker takes no sound. Switch it off and on, or plug it in again."


class Progress:
    """Knows since when a song stands still."""

    def __init__(self) -> None:
        self._last = Place(None)
        self._since_s = 0.0
        #: how much of what is on was heard, seconds
        self._ran_s = 0.0
        #: whether anything moved since a song was found stuck
        self.has_moved = True

    def is_stuck(self, place: Place, now_s: float) -> bool:
        """Looks once; whether it has stood still for too long."""
        last, self._last = self._last, place
        if last.path != place.path or place.path is None or place.is_paused:
            self._since_s, self._ran_s = now_s, 0.0
        elif place.position_s != last.position_s:
            self._since_s = now_s
            if place.position_s is not None and last.position_s is not None:
                self._ran_s += max(0.0, place.position_s - last.position_s)
                self.has_moved = True
        return now_s - self._since_s >= (STUCK_S if self._ran_s >= _RUNS_S else _BEGINS_S)

    def found_stuck(self, now_s: float) -> None:
        """Something was done about it: it is given as long again."""
        self._since_s = now_s
        self.has_moved = False

    def begin_anew(self) -> None:
        """A loudspeaker is opened anew: it is given as long as for a song's beginning."""
        self._ran_s = 0.0


class Loudspeaker:
    """Knows since when there is none."""

    def __init__(self) -> None:
        self._away_since_s: float | None = None
        self._looked_s = 0.0

    def is_to_be_looked_for(self, place: Place, now_s: float) -> bool:
        """Sees where a deck is; whether one should be looked for now."""
        if place.path is None:
            return False
        if not place.is_unheard:
            self._away_since_s = None
            return False
        if self._away_since_s is None:
            # Once at once: what failed to open it may have been another program's last moment with it.
            self._away_since_s = self._looked_s = now_s
            return True
        is_due = now_s - self._looked_s >= _LOOK_AGAIN_S
        self._looked_s = now_s if is_due else self._looked_s
        return is_due

    def is_away(self, now_s: float) -> bool:
        """Whether nothing is heard, and not only for a moment."""
        return self._away_since_s is not None and now_s - self._away_since_s >= _AWAY_S
