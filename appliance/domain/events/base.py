"""What every body that is journaled is made of. Knows no kind of row."""

from appliance.domain.models import TrackInfo

#: version of every journal body in this package
BODY_VERSION = 1

Body = dict[str, str | int | float | bool | list[int] | list[str] | dict[str, int] | None]


def track_body(track: TrackInfo) -> Body:
    """The track's known fields."""
    fields: Body = {
        "artist": track.artist,
        "title": track.title,
        "bpm": track.bpm,
        "key": track.key,
        "energy": track.energy,
        "danceability": track.danceability,
        "brightness": track.brightness,
        "acousticness": track.acousticness,
        "groove": track.groove,
        "bpm_origin": track.bpm_origin.value if track.bpm_origin else None,
        "key_origin": track.key_origin.value if track.key_origin else None,
    }
    return {name: value for name, value in fields.items() if value is not None}
