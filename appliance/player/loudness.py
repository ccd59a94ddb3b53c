"""How much softer a song is played so that all are equally loud. Only ever softer: nothing can clip."""

#: what every song is brought down to; most music for dancing is louder
WANTED_LUFS = -20.0
#: what a song is taken for to which nobody listened
_UNHEARD_LUFS = -14.0


def level(lufs: float | None) -> float:
    """The amplitude, 0 to 1, at which a song of this loudness in LUFS is as loud as it should be, or as it can be."""
    heard = _UNHEARD_LUFS if lufs is None else lufs
    return float(min(1.0, 10 ** ((WANTED_LUFS - heard) / 20)))
