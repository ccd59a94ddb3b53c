"""How the floor feels and what it is asked, on the DJ's console: words for its parts, and its forms."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance import wire
from appliance.domain import polls as rules
from appliance.domain.live_state import StageState
from appliance.domain.models import Dj
from appliance.domain.polls import PollDraft, PollEnd
from appliance.domain.voices import Reaction
from appliance.errors import Invalid
from appliance.usecases import polls
from appliance.usecases.polls import Which
from appliance.web.site import Site
from appliance.web.voices import poll_words
from appliance.wire_voices import PollOut, tempo_out

#: what the forms of a poll bring back after an error
TYPED = ("question", "options", "lasts")
#: seconds to choose from; empty for a poll that the DJ ends
LASTS = (("60", "1 minute"), ("120", "2 minutes"), ("300", "5 minutes"), ("", "Until I end it"))


@dataclass(frozen=True, slots=True)
class Preset:
    """A question that is asked with one tap."""

    question: str
    options: tuple[str, ...]
    lasts_s: int = 60


PRESETS = (
    Preset("What shall come next?", ("Slower", "Like this", "Faster")),
    Preset("More of this?", ("Yes, please", "One more", "Something else")),
    Preset("How are you?", ("Still warming up", "In the flow", "On fire", "I need a break")),
    Preset("Shall we go on longer tonight?", ("Yes", "No")),
)


def floor_words(site: Site, state: StageState) -> dict[str, object]:
    """What the console's parts show of a stage."""
    shown = wire.shown_poll(state, site.ports.clock.now())
    return {
        "poll": poll_words(shown) if isinstance(shown, PollOut) else None,
        "tempo": tempo_out(state.now.tempo) if state.now else None,
        "reactions": {kind.value: state.reactions.get(kind, 0) for kind in Reaction},
        "presets": [{"question": one.question, "options": one.options, "lasts": one.lasts_s} for one in PRESETS],
        "lasts": LASTS,
    }


def draft_of(fields: Mapping[str, str]) -> PollDraft:
    """A poll as a form has it. Raises: Invalid."""
    lasts = fields.get("lasts", "").strip()
    if lasts and not (lasts.isascii() and lasts.isdecimal() and len(lasts) <= len("300")):
        raise Invalid("lasts_out_of_range", "How long the poll lasts can't be read.", advice="Choose one of the times.")
    options = [line for line in fields.get("options", "").splitlines() if line.strip()]
    return rules.draft(fields.get("question", ""), options, lasts_s=int(lasts) if lasts else None)


async def ask(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    """A DJ asks."""
    pause_s, session_id = site.settings.limits.poll_pause_s, fields.get("session") or None
    await polls.open_poll(site.ports, dj=dj, draft=draft_of(fields), pause_s=pause_s, session_id=session_id)


def _which(fields: Mapping[str, str]) -> Which:
    return Which(poll_id=fields.get("poll") or None, session_id=fields.get("session") or None)


async def end(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    """A DJ has heard enough."""
    await polls.end_poll(site.ports, dj=dj, which=_which(fields), end=PollEnd.ENDED)


async def cancel(site: Site, dj: Dj, fields: Mapping[str, str]) -> None:
    """A DJ takes a poll back."""
    await polls.end_poll(site.ports, dj=dj, which=_which(fields), end=PollEnd.CANCELLED)
