"""A phone's own likes, night by night: what a dancer looks through the day after, and takes along."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from appliance.domain import recaps, zones
from appliance.domain.library import bare
from appliance.domain.models import Event
from appliance.domain.schedule.plan import night_of
from appliance.ports import LikedPlay, Ports

#: more than anybody gives in years of dancing; what is beyond it is the oldest
MOST = 5_000


@dataclass(frozen=True, slots=True)
class Liked:
    """One like in its night."""

    liked: LikedPlay
    #: when the track began, as the event's clock showed it, `21:14`; empty while the box did not know the time
    time: str


@dataclass(frozen=True, slots=True)
class LikedNight:
    """The likes of one night at one event, the latest track first."""

    event: Event
    #: the date of its evening; None while the box did not know the time
    night: date | None
    likes: tuple[Liked, ...]


def _is_meant(liked: LikedPlay, event: Event, wanted: Sequence[str]) -> bool:
    track = liked.play.track
    said = bare(f"{track.title} {track.artist} {liked.dj_name} {liked.stage_name} {event.name}")
    return all(word in said for word in wanted)


def _when(liked: LikedPlay, event: Event) -> tuple[date | None, str]:
    shown = recaps.shown(liked.play, zones.zone(event.zone))
    return (night_of(shown), shown.shown[11:16]) if shown else (None, "")


async def nights(
    ports: Ports, *, guest_ids: Sequence[str], event_of: Callable[[str], Event | None], words: str = ""
) -> list[LikedNight]:
    """The likes of a phone, who is another guest at each event; the latest night first, nights without a date last.

    `words` are searched for in titles, artists, DJs, stages and events; each has to be found.
    """
    wanted = bare(words).split()
    found: dict[tuple[str, date | None], list[Liked]] = {}
    events: dict[str, Event] = {}
    for liked in await ports.reader.liked_by(guest_ids, limit=MOST):
        event = event_of(liked.play.stage_id)
        if event is None or not _is_meant(liked, event, wanted):
            continue
        night, time = _when(liked, event)
        events[event.id] = event
        found.setdefault((event.id, night), []).append(Liked(liked, time))
    listed = [LikedNight(events[event_id], night, _in_order(likes)) for (event_id, night), likes in found.items()]
    return sorted(listed, key=lambda one: one.night or date.min, reverse=True)


def _in_order(likes: Sequence[Liked]) -> tuple[Liked, ...]:
    return tuple(sorted(likes, key=lambda one: one.liked.play.began_ms(), reverse=True))
