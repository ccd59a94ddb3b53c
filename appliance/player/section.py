"""The player that the box runs itself: one section of the settings."""

from dataclasses import dataclass, field

from appliance.secret import Secret


@dataclass(frozen=True, slots=True)
class PlayerSection:
    """A house player on the box's own loudspeakers."""

    #: its token, made at /organiser/players; empty for none: then none runs
    token: Secret = field(default_factory=lambda: Secret(""))
    #: what mpv calls an audio output, such as alsa, or a device of `mpv --audio-device=help`; empty lets mpv choose
    sink: str = ""
    #: from one song into the next, seconds
    crossfade_s: int = 5
