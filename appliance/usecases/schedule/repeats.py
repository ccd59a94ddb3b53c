"""What was heard at an event before, so that DJs don't play it again without knowing.

A track is the same when artist and title are, as tracks have it. An event that nobody dated goes on for ever; there,
only what was heard within a day counts.
"""

from collections.abc import Sequence

from appliance.domain import rules
from appliance.domain.models import Event, Play, Stamp, TrackInfo
from appliance.errors import Invalid
from appliance.ports import HeardBefore, Ports, Transaction

#: how long ago counts at an event without dates
UNDATED_MS = 24 * 3600 * 1000
#: characters of a search
SEARCH_MOST = 200


def _counts(heard: HeardBefore | None, *, event: Event | None, now: Stamp) -> HeardBefore | None:
    if heard is None or event is None:
        return None
    dated = event.starts_ms is not None
    return heard if dated or rules.age_ms(heard.play, now) <= UNDATED_MS else None


def found(tx: Transaction, play: Play, *, now: Stamp) -> HeardBefore | None:
    """The earlier play that this one repeats, if it does."""
    return _counts(tx.heard_before(play), event=tx.event_of_stage(play.stage_id), now=now)


async def before_play(ports: Ports, *, play: Play, event: Event) -> HeardBefore | None:
    """As `found`, for a page; `event` is the play's."""
    return _counts(await ports.reader.heard_before(play), event=event, now=ports.clock.now())


async def before_playing(ports: Ports, *, event: Event, track: TrackInfo) -> HeardBefore | None:
    """The play that one of this track, as it is being typed, would repeat."""
    meant = TrackInfo(artist=rules.clean_text(track.artist), title=rules.clean_text(track.title))
    return _counts(await ports.reader.last_heard(event.id, meant), event=event, now=ports.clock.now())


async def find(ports: Ports, *, event: Event, text: str, limit: int, hidden: bool = False) -> Sequence[HeardBefore]:
    """Tracks that an event has ever heard, by words of artist and title in any order, the newest first.

    With what was played behind a PIN where whoever asks may know of `hidden` sets.
    Raises: Invalid with the code `search_too_long`.
    """
    if len(text) > SEARCH_MOST:
        raise Invalid(
            "search_too_long",
            f"The search has {len(text)} characters; {SEARCH_MOST} is the most.",
            advice="A word or two are enough.",
        )
    words = rules.identity_key(rules.clean_text(text)).split()
    return await ports.reader.heard_at_event(event.id, limit=limit, words=words, hidden=hidden) if words else []


async def heard_at_event(ports: Ports, *, event: Event, limit: int, hidden: bool = False) -> Sequence[HeardBefore]:
    """Every track that counts as heard at an event, the newest first; `hidden` as in `find`."""
    now = ports.clock.now()
    heard = await ports.reader.heard_at_event(event.id, limit=limit, hidden=hidden)
    return [one for one in heard if _counts(one, event=event, now=now)]
