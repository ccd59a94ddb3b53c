"""The status of the box for whoever asks: gathers the facts one by one, and says the lights in a language.

Each fact is looked up on its own, so that a dead broker, a broken store or an unreadable disk is one light and not a
missing page. What a fact means is decided in `domain.status`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from appliance import __version__
from appliance.domain import rules, status
from appliance.domain.certificate import Certificate
from appliance.domain.facts import Facts, Music, OnStage, Part, Phones, Unknown
from appliance.domain.live_state import StageState
from appliance.domain.models import Stamp
from appliance.domain.status import Level, Light, Say
from appliance.errors import BoxError, Unavailable
from appliance.web.site import Site
from appliance.web.words import Words

_Fact = TypeVar("_Fact")
#: a card that is dying takes minutes for an answer; nobody looks at a page that long
_READ_WITHIN_S = 2.0


class LightOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to know about the box."""

    #: stable, for programs
    name: str
    level: Level
    title: str
    #: what is, and what it means for the evening
    text: str
    #: what to do; empty when there is nothing to do
    advice: str
    #: what a part itself says, in English; mostly empty
    detail: str
    #: the level in a word
    word: str
    icon: str


class NoticeOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened and that nobody has read yet, in English."""

    code: str
    words: str
    #: UTC as the box believed then
    at: str


class StatusOut(msgspec.Struct, frozen=True, kw_only=True):
    """How the box is, in words."""

    v: int
    language: str
    level: Level
    verdict: str
    lights: list[LightOut]
    notices: list[NoticeOut]


@dataclass(frozen=True, slots=True)
class Seen:
    """The lights of one moment, not said in any language yet."""

    lights: Sequence[Light]
    level: Level
    verdict: Say


def _known(ask: Callable[[], _Fact]) -> _Fact | Unknown:
    """A fact, or why it can't be learned: the system or a setting says no."""
    try:
        return ask()
    except OSError as error:
        return Unknown(str(error))
    except BoxError as error:
        return Unknown(error.detail)


async def _read(ask: Awaitable[_Fact]) -> _Fact | Unknown:
    """What the store says, or why it does not."""
    try:
        async with asyncio.timeout(_READ_WITHIN_S):
            return await ask
    except Unavailable as error:
        return Unknown(error.detail)
    except TimeoutError:
        return Unknown("What the box keeps can't be read: the card does not answer.")


def _phones(site: Site) -> Phones:
    around = site.surroundings
    return Phones(open=site.hub.streams(), joined=around.joined(), room=around.room())


def _on_stages(states: Sequence[StageState], now: Stamp) -> list[OnStage]:
    found = []
    for state in states:
        session = state.session
        silent_ms = rules.silent_ms(session, now) if session else 0
        found.append(OnStage(stage=state.stage.name, dj=session.dj_name if session else None, silent_ms=silent_ms))
    return found


async def _music(site: Site) -> Music | Unknown:
    counts = await _read(site.ports.reader.library_counts())
    if isinstance(counts, Unknown):
        return counts
    return Music(site.library.scan(), playable=counts.playable, faulty=counts.faulty)


def _parts(site: Site, reading: str | None) -> list[Part]:
    """Every part; a store that takes what is written and can't be read is broken too."""
    parts = []
    for part in site.parts:
        problem = part.problem()
        parts.append(Part(part.name, problem or reading if part.name == "store" else problem))
    return parts


async def look(site: Site, *, language: str) -> Seen:
    """The lights as they are now. `language` is for dates; it never raises for what is broken."""
    now = site.ports.clock.now()
    stored = await _read(site.ports.reader.stage_states())
    # The board remembers who is on, only not when they were last heard.
    states = list(site.board.states()) if isinstance(stored, Unknown) else stored
    certificate = _known(site.certificate)
    until_ms = certificate.not_after_ms if isinstance(certificate, Certificate) else None
    facts = Facts(
        wifi=_known(site.surroundings.wifi),
        phones=_known(lambda: _phones(site)),
        djs=_on_stages(states, now),
        cloud=_known(site.cloud.carrying),
        clock=now.trust,
        disk=_known(site.space),
        certificate=certificate,
        certificate_until=site.pages.words.day(language, until_ms) if until_ms is not None else "",
        mode=site.portal_mode(),
        version=__version__,
        up_ms=now.boot_ms,
        parts=_parts(site, stored.why if isinstance(stored, Unknown) else None),
        renamed=site.renamed(),
        notices=len(site.notices.all()),
        music=await _music(site),
    )
    lights = status.lights(facts)
    level, verdict = status.verdict(lights)
    return Seen(lights=lights, level=level, verdict=verdict)


def said(words: Words, language: str, say: Say | None) -> str:
    """A sentence of the catalogue `status`; nothing for none."""
    return words.text(language, f"status.{say.key}", **say.values) if say else ""


def spoken(words: Words, language: str, light: Light) -> LightOut:
    """A light in words."""
    return LightOut(
        name=light.name,
        level=light.level,
        title=said(words, language, light.title),
        text=said(words, language, light.says),
        advice=said(words, language, light.advice),
        detail=light.detail,
        word=words.text(language, f"status.level_{light.level.value}"),
        icon=light.icon,
    )


async def anybody_may_play(site: Site) -> bool:
    """Whether somebody has set this box up: a DJ has a token. True when that can't be read: no wall invites twice."""
    tokens = await _read(site.ports.reader.tokens())
    return isinstance(tokens, Unknown) or bool(tokens)
