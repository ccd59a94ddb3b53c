"""What a set was: a page for everybody, the same with exact numbers for its own people, and a table for them.

A set that was behind a PIN opens here to nobody who has not opened it.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response
from starlette.routing import Route

from appliance.domain.models import Dj, Event, Session
from appliance.domain.recaps import Told, exactly, feeling
from appliance.domain.schedule.plan import night_of
from appliance.domain.sheets import length, safe_cell
from appliance.domain.voices import Tempo, TempoTally
from appliance.errors import NotAllowed
from appliance.usecases import profiles, recaps
from appliance.usecases.recaps import Recap
from appliance.usecases.sessions import session_unknown
from appliance.web import asking, passes
from appliance.web.looks import stage_look
from appliance.web.operations import Call, Operation
from appliance.web.site import Request, Site, site_of
from appliance.wire import known
from appliance.wire_voices import TempoOut, tempo_out

_COLUMNS = ("number", "into_the_set", "time", "title", "artist", "bpm", "key", "likes", *Tempo)


class RecapTrackOut(msgspec.Struct, frozen=True, kw_only=True):
    """One track of a set list. What nobody knows is absent."""

    title: str
    artist: str
    #: how far into the set it began, milliseconds
    into_ms: int | UnsetType = UNSET
    #: when it began, as the event's clock showed it
    time: str | UnsetType = UNSET
    bpm: float | UnsetType = UNSET
    key: str | UnsetType = UNSET
    #: absent: fewer than 5
    likes: int | UnsetType = UNSET
    #: absent: too few said how it felt, or they did not agree
    feeling: Tempo | UnsetType = UNSET
    #: for the set's own people
    tempo: TempoOut | UnsetType = UNSET


class RecapPollOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and what came of it."""

    question: str
    options: list[str]
    votes: list[int]


class RecapOut(msgspec.Struct, frozen=True, kw_only=True):
    """A set that is over."""

    session: str
    stage: str
    stage_name: str
    event_name: str
    dj: str
    #: whether small numbers are told too
    exact: bool
    tracks: list[RecapTrackOut]
    #: the date of its evening
    night: str | UnsetType = UNSET
    lasted_ms: int | UnsetType = UNSET
    #: on all tracks together; absent: fewer than 5
    likes: int | UnsetType = UNSET
    feeling: Tempo | UnsetType = UNSET
    #: the most phones at once; absent: fewer than 5, or nobody counted
    peak: int | UnsetType = UNSET
    #: for the set's own people
    tempo: TempoOut | UnsetType = UNSET
    reactions: dict[str, int] | UnsetType = UNSET
    polls: list[RecapPollOut] | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class _Look:
    """A recap with who looks at it."""

    recap: Recap
    event: Event
    stage_name: str
    #: for the set's own people
    exact: bool


async def _is_own(request: Request, session: Session) -> bool:
    """Whether the asker is the set's DJ."""
    try:
        dj: Dj = await asking.dj(request)
    except NotAllowed:
        return False
    return dj.id == session.dj_id


async def _runs(request: Request, event: Event) -> bool:
    """Whether the asker runs the event."""
    try:
        await asking.organiser(request, event.id)
    except NotAllowed:
        return False
    return True


async def _look(request: Request) -> _Look:
    """Raises: as `recaps.over`."""
    site, session_id = site_of(request), request.path_params["session"]
    found = await site.ports.reader.session(session_id)
    state, event = (site.board.state(found.stage_id), site.board.event_of(found.stage_id)) if found else (None, None)
    if found is None or state is None or event is None:
        raise session_unknown()
    # A PIN keeps dancers and other DJs out, and not the set's DJ nor those who run the event.
    is_own = await _is_own(request, found) or await _runs(request, event.event)
    inside = passes.opened(request) | ({found.lock or ""} if is_own else frozenset())
    session = await recaps.over(site.ports, session_id=session_id, inside=inside)
    recap = await recaps.recap(site.ports, session=session, event=event.event, inside=inside)
    exact = "as" not in request.query_params and is_own
    return _Look(recap, event.event, state.stage.name, exact)


def _track_out(told: Told, *, exact: bool) -> RecapTrackOut:
    play, track = told.play, told.play.track
    return RecapTrackOut(
        title=track.title,
        artist=track.artist,
        into_ms=known(told.into_ms),
        time=told.shown.shown[11:16] if told.shown else UNSET,
        bpm=known(track.bpm),
        key=known(track.key),
        likes=known(exactly(play.likes, exact=exact)),
        feeling=known(feeling(play.tempo)),
        tempo=tempo_out(play.tempo) if exact else UNSET,
    )


def _night(recap: Recap) -> str | UnsetType:
    shown = next((told.shown for told in recap.tracks if told.shown), None)
    return night_of(shown).isoformat() if shown else UNSET


def _recap_out(look: _Look) -> RecapOut:
    recap, exact = look.recap, look.exact
    polls = [
        RecapPollOut(question=poll.question, options=list(poll.options), votes=list(poll.votes)) for poll in recap.polls
    ]
    return RecapOut(
        session=recap.session.id,
        stage=recap.session.stage_id,
        stage_name=look.stage_name,
        event_name=look.event.name,
        dj=recap.session.dj_name,
        exact=exact,
        tracks=[_track_out(told, exact=exact) for told in recap.tracks],
        night=_night(recap),
        lasted_ms=known(recap.lasted_ms),
        likes=known(exactly(recap.likes, exact=exact)),
        feeling=known(feeling(recap.tempo)),
        peak=known(exactly(recap.peak, exact=exact)),
        tempo=tempo_out(recap.tempo) if exact else UNSET,
        reactions={kind.value: count for kind, count in recap.reactions.items()} if exact else UNSET,
        polls=polls if exact else UNSET,
    )


async def _show(call: Call) -> RecapOut:
    return _recap_out(await _look(call.request))


def _day(site: Site, look: _Look, language: str) -> str:
    shown = next((told.shown for told in look.recap.tracks if told.shown), None)
    return site.pages.words.night(language, night_of(shown)) if shown else ""


def _numbers(votes: TempoTally) -> dict[str, int]:
    return {vote.value: getattr(votes, vote) for vote in Tempo}


def _row(told: Told, *, exact: bool) -> dict[str, object]:
    play, felt = told.play, feeling(told.play.tempo)
    return {
        "into": length(told.into_ms // 1000) if told.into_ms is not None else "",
        "time": told.shown.shown[11:16] if told.shown else "",
        "title": play.track.title,
        "artist": play.track.artist,
        "bpm": play.track.bpm,
        "key": play.track.key,
        "likes": exactly(play.likes, exact=exact),
        "feeling": felt.value if felt else "",
        "tempo": _numbers(play.tempo),
    }


async def page(request: Request) -> Response:
    """A set, once it is over."""
    site, look, language = site_of(request), await _look(request), asking.language(request)
    recap, exact = look.recap, look.exact
    felt = feeling(recap.tempo)
    words = {
        "session": recap.session.id,
        "stage": {"id": recap.session.stage_id, "name": look.stage_name},
        "event": look.event.name,
        "look": stage_look(site, look.event, recap.session.stage_id),
        "dj": recap.session.dj_name,
        "slug": await profiles.slug_of(site.ports, recap.session.dj_id),
        "exact": exact,
        "day": _day(site, look, language),
        "lasted": length(recap.lasted_ms // 1000) if recap.lasted_ms is not None else "",
        "tracks": [_row(told, exact=exact) for told in recap.tracks],
        "likes": exactly(recap.likes, exact=exact),
        "feeling": felt.value if felt else "",
        "tempo": _numbers(recap.tempo),
        "is_counted": recap.peak is not None,
        "peak": exactly(recap.peak, exact=exact),
        "reactions": {kind.value: count for kind, count in recap.reactions.items()} if exact else {},
        "polls": [list(zip(poll.options, poll.votes, strict=True)) for poll in recap.polls] if exact else [],
        "questions": [poll.question for poll in recap.polls] if exact else [],
    }
    response = site.pages.page("recap.html", words, language=language)
    response.headers["cache-control"] = "no-cache"
    asking.remember_language(request, response)
    return response


def _cells(recap: Recap) -> Iterator[list[str]]:
    for number, told in enumerate(recap.tracks, start=1):
        track = told.play.track
        into = length(told.into_ms // 1000) if told.into_ms is not None else ""
        when = [str(number), into, told.shown.shown[11:16] if told.shown else ""]
        said = [safe_cell(track.title), safe_cell(track.artist)]
        facts = [f"{track.bpm:g}" if track.bpm is not None else "", safe_cell(track.key or "")]
        counts = [told.play.likes, *_numbers(told.play.tempo).values()]
        yield [*when, *said, *facts, *map(str, counts)]


async def table(request: Request) -> Response:
    """The set list with exact numbers. The mark at its beginning tells spreadsheets that it is UTF-8.

    Raises: NotAllowed with the code `recap_not_yours`.
    """
    look = await _look(request)
    if not look.exact:
        raise NotAllowed("recap_not_yours", "This table is for the set's own people.", advice="Log in as its DJ.")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    writer.writerows(_cells(look.recap))
    headers = {"content-disposition": 'attachment; filename="set-list.csv"', "cache-control": "no-store"}
    return Response(("\ufeff" + out.getvalue()).encode(), media_type="text/csv; charset=utf-8", headers=headers)


OPERATIONS = (
    Operation(
        "GET",
        "/sessions/{session}/recap",
        "showRecap",
        "What a set was, once it is over. Its DJ and the event's organisers are told small numbers too.",
        _show,
        gives=RecapOut,
        also=((403, "It was behind a PIN."), (404, "No such session."), (409, "It is not over yet.")),
    ),
)
ROUTES = [Route("/recap/{session}", page), Route("/recap/{session}/set-list.csv", table)]
