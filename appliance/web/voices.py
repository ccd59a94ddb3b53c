"""How dancers answer back on the stage page: the parts beside the heart, and their forms where no script runs."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import wire
from appliance.domain.live_state import StageState
from appliance.domain.polls import Poll
from appliance.domain.voices import Reaction, Tempo
from appliance.errors import Invalid
from appliance.usecases import polls, reactions, tempo
from appliance.usecases.reactions import Tap
from appliance.web import asking, attending, hearing, passes
from appliance.web.site import Request, Site, site_of
from appliance.wire_voices import PollOut, poll_out, tempo_out

#: an option's place has no more digits
_DIGITS = 4


def poll_words(poll: PollOut, *, mine: int | None = None) -> dict[str, object]:
    """A poll for a template."""
    total = sum(poll.votes)
    rows = zip(poll.options, poll.votes, strict=True)
    won = poll.winners if isinstance(poll.winners, Sequence) else []
    return {
        "id": poll.id,
        "question": poll.question,
        "options": [
            {"place": place, "text": text, "votes": votes, "mine": place == mine, "won": place in won}
            for place, (text, votes) in enumerate(rows)
        ],
        "total": total,
        "open": poll.open,
        "left_ms": poll.left_ms if isinstance(poll.left_ms, int) else None,
        "winners": [poll.options[place] for place in won],
    }


async def words_for(site: Site, state: StageState, guest_id: str | None) -> dict[str, Any]:
    """What the parts show to a guest; None for a phone that is new."""
    reader, now = site.ports.reader, site.ports.clock.now()
    play = state.now.id if state.now else None
    felt = await reader.tempo_votes_among(guest_id, [play]) if play and guest_id else {}
    shown = wire.shown_poll(state, now)
    poll = shown if isinstance(shown, PollOut) else None
    mine = await reader.poll_vote(poll.id, guest_id) if poll and guest_id else None
    return {
        "tempo": tempo_out(state.now.tempo) if state.now else None,
        "felt": felt.get(play) if play else None,
        "poll": poll_words(poll, mine=mine) if poll else None,
        "reaction_id": site.ports.new_id(),
    }


def shown(poll: Poll | None, site: Site) -> dict[str, object] | None:
    """A poll for a page that only shows it."""
    return poll_words(poll_out(poll, site.ports.clock.now())) if poll else None


async def _sent(request: Request) -> tuple[Site, str, dict[str, str]]:
    """Where a form of a stage's page belongs, and what was sent."""
    return site_of(request), request.path_params["stage"], await asking.form(request)


def _back(stage_id: str) -> Response:
    return RedirectResponse(f"/s/{stage_id}", status_code=303)


async def tempo_form(request: Request) -> Response:
    """How the tempo feels."""
    site, stage_id, fields = await _sent(request)
    guest_id = attending.guest_at(request, stage_id)
    site.guest_writes.take(asking.phone(request))
    there = hearing.is_there(request, guest_id)
    vote = fields.get("vote", "")
    if vote != "none" and vote not in set(Tempo):
        raise Invalid("vote_invalid", "vote must be slower, perfect, faster or none.", advice="Open the page again.")
    felt = None if vote == "none" else Tempo(vote)
    await tempo.vote(
        site.ports,
        guest_id=guest_id,
        stage_id=stage_id,
        play_id=fields.get("play", ""),
        tempo=felt,
        inside=passes.opened(request),
        there=there,
    )
    return _back(stage_id)


async def thanks_form(request: Request) -> Response:
    """A tap for the DJ."""
    site, stage_id, fields = await _sent(request)
    guest_id = attending.guest_at(request, stage_id)
    site.paces.reactions.take(asking.phone(request))
    there = hearing.is_there(request, guest_id)
    kind = fields.get("kind", "")
    if kind not in set(Reaction):
        raise Invalid("kind_invalid", "There is no such reaction.", advice="Open the page again.")
    tap = Tap(
        id=fields.get("id", ""),
        reaction=Reaction(kind),
        session_id=fields.get("session") or None,
        play_id=fields.get("play") or None,
        inside=passes.opened(request),
    )
    await reactions.react(site.ports, guest_id=guest_id, stage_id=stage_id, tap=tap, there=there)
    return _back(stage_id)


async def poll_form(request: Request) -> Response:
    """An answer to a poll."""
    site, stage_id, fields = await _sent(request)
    guest_id = attending.guest_at(request, stage_id)
    site.guest_writes.take(asking.phone(request))
    there = hearing.is_there(request, guest_id)
    sent, ports = fields.get("option", ""), site.ports
    if sent != "none" and not (sent.isascii() and sent.isdecimal() and len(sent) <= _DIGITS):
        raise Invalid("option_unknown", "This poll has no such option.", advice="Choose one of them.")
    option = None if sent == "none" else int(sent)
    await polls.answer(
        ports,
        guest_id=guest_id,
        stage_id=stage_id,
        poll_id=fields.get("poll", ""),
        option=option,
        inside=passes.opened(request),
        there=there,
    )
    return _back(stage_id)


ROUTES = [
    Route("/s/{stage}/tempo", tempo_form, methods=["POST"]),
    Route("/s/{stage}/thanks", thanks_form, methods=["POST"]),
    Route("/s/{stage}/poll", poll_form, methods=["POST"]),
]
