"""What was said on an event's stages, as organisers see it: what counts and what does not, and polls of their own."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.audit import Actor
from appliance.domain.live_state import StageState
from appliance.domain.polls import Poll, PollEnd
from appliance.domain.voices import Tempo, TempoTally
from appliance.errors import BoxError, NotAllowed
from appliance.ports import PlayTally
from appliance.usecases import polls
from appliance.web import asking, asking_floor
from appliance.web.console import page_with_error
from appliance.web.events_api import event_of_stage, known_event, own_stage
from appliance.web.operations import Auth, Call, Operation
from appliance.web.site import Request, Site, site_of

#: plays and polls of a stage that are shown
PLAYS_SHOWN, POLLS_SHOWN = 20, 5


class TallyOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many words of one kind."""

    #: in the sums that everybody sees
    counted: int
    #: kept, and in no sum: of guests whom nobody has seen, and of banned ones
    discounted: int


class PlayTallyOut(msgspec.Struct, frozen=True, kw_only=True):
    play: str
    title: str
    artist: str
    likes: TallyOut
    #: by vote
    tempo: dict[str, TallyOut]


class PollTallyOut(msgspec.Struct, frozen=True, kw_only=True):
    poll: str
    question: str
    open: bool
    #: whether it was taken back
    cancelled: bool
    options: list[str]
    #: for each option
    votes: list[TallyOut]


class TalliesOut(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first."""

    stage: str
    plays: list[PlayTallyOut]
    polls: list[PollTallyOut]


def _tempo_out(counted: TempoTally, raw: TempoTally) -> dict[str, TallyOut]:
    return {
        vote.value: TallyOut(counted=getattr(counted, vote.value), discounted=getattr(raw, vote.value))
        for vote in Tempo
    }


def _play_out(one: PlayTally) -> PlayTallyOut:
    play = one.play
    return PlayTallyOut(
        play=play.id,
        title=play.track.title,
        artist=play.track.artist,
        likes=TallyOut(counted=play.likes, discounted=one.likes),
        tempo=_tempo_out(play.tempo, one.tempo),
    )


def _poll_out(poll: Poll, raw: Mapping[int, int]) -> PollTallyOut:
    votes = [TallyOut(counted=n, discounted=raw.get(place, 0)) for place, n in enumerate(poll.votes)]
    return PollTallyOut(
        poll=poll.id,
        question=poll.question,
        open=poll.end is None,
        cancelled=poll.end is PollEnd.CANCELLED,
        options=list(poll.options),
        votes=votes,
    )


async def _tallies(site: Site, stage_id: str) -> TalliesOut:
    reader = site.ports.reader
    plays = await reader.tallies(stage_id, limit=PLAYS_SHOWN)
    asked = await reader.polls_of_stage(stage_id, limit=POLLS_SHOWN)
    raw = await reader.raw_votes([poll.id for poll in asked])
    return TalliesOut(
        stage=stage_id,
        plays=[_play_out(one) for one in plays],
        polls=[_poll_out(poll, raw.get(poll.id, {})) for poll in asked],
    )


async def show_tallies(call: Call) -> TalliesOut:
    return await _tallies(call.site, await own_stage(call))


async def _stage_words(site: Site, state: StageState, *, typed: Mapping[str, str]) -> dict[str, Any]:
    mine = typed if typed.get("stage") == state.stage.id else {}
    return {
        "id": state.stage.id,
        "name": state.stage.name,
        "tallies": await _tallies(site, state.stage.id),
        "form": {name: mine.get(name, "") for name in asking_floor.TYPED},
    }


async def _page(request: Request, *, error: BoxError | None = None, typed: Mapping[str, str] | None = None) -> Response:
    site = site_of(request)
    event = known_event(site, request.path_params["event"]).event
    await asking.organiser(request, event.id)
    stages = [await _stage_words(site, state, typed=typed or {}) for state in site.board.stages_of(event.id)]
    words = {"event": {"id": event.id, "name": event.name}, "stages": stages, "lasts": asking_floor.LASTS}
    return page_with_error(request, "organiser_voices.html", words, error=error)


async def show(request: Request) -> Response:
    """What was said at an event."""
    return await _page(request)


Act = Callable[[Site, str, Mapping[str, str], Actor], Awaitable[object]]


def _form(act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        site, event_id = site_of(request), request.path_params["event"]
        person = await asking.organiser(request, known_event(site, event_id).event.id)
        fields = await asking.form(request)
        try:
            if event_of_stage(site, fields.get("stage", "")).event.id != event_id:
                raise NotAllowed("stage_elsewhere", "This stage belongs to another event.", advice="Load the page.")
            await act(site, fields["stage"], fields, person.actor)
        except BoxError as error:
            return await _page(request, error=error, typed=fields)
        return RedirectResponse(f"/organiser/events/{event_id}/voices", status_code=303)

    return endpoint


async def _ask(site: Site, stage_id: str, fields: Mapping[str, str], by: Actor) -> None:
    pause_s, draft = site.settings.limits.poll_pause_s, asking_floor.draft_of(fields)
    await polls.open_stage_poll(site.ports, stage_id=stage_id, draft=draft, pause_s=pause_s, by=by)


async def _end(site: Site, stage_id: str, fields: Mapping[str, str], by: Actor) -> None:
    poll_id = fields.get("poll", "")
    await polls.end_stage_poll(site.ports, stage_id=stage_id, poll_id=poll_id, end=PollEnd.ENDED, by=by)


async def _cancel(site: Site, stage_id: str, fields: Mapping[str, str], by: Actor) -> None:
    poll_id = fields.get("poll", "")
    await polls.end_stage_poll(site.ports, stage_id=stage_id, poll_id=poll_id, end=PollEnd.CANCELLED, by=by)


# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/stages/{stage}/tallies", "tallies",
        "What was said of a stage's newest plays and in its newest polls: counted and discounted.", show_tallies,
        Auth.ORGANISER, gives=TalliesOut, also=((403, "Another organiser's event."), (404, "No such stage."))),
)
# fmt: on

ROUTES = [
    Route("/organiser/events/{event}/voices", show),
    Route("/organiser/events/{event}/voices/ask", _form(_ask), methods=["POST"]),
    Route("/organiser/events/{event}/voices/end", _form(_end), methods=["POST"]),
    Route("/organiser/events/{event}/voices/cancel", _form(_cancel), methods=["POST"]),
]
