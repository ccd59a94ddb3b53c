"""The door of the DJs' links: batches of a journal in, how far everything is durable out.

Apart from the API's operations because bodies are packed and up to a hundred times as large as a phone's.
"""

from collections.abc import Callable
from typing import Annotated

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from appliance import wire
from appliance.domain.events import Origin
from appliance.domain.models import TrackInfo
from appliance.domain.origins import origin_in
from appliance.errors import Invalid
from appliance.usecases import links
from appliance.web import asking
from appliance.web.site import Request, site_of
from appliance.wire_sounds import read_sounds
from sync.journal.answers import ANSWER_TYPE, Answer, KeptAside
from sync.journal.batches import PACKED_MOST, PLAIN, BadBatch, Batch, Sent, read
from sync.journal.entries import Entry
from sync.journal.receiving import Fork, Missing

#: ten years: whatever a laptop's clock says, an age stays a number that means something
_AGE_MOST_MS = 10 * 366 * 24 * 3600 * 1000

_Text = Annotated[str, msgspec.Meta(max_length=2000)]
_Word = Annotated[str, msgspec.Meta(max_length=64)]


class _HeardIn(msgspec.Struct, frozen=True, kw_only=True):
    """`play.heard`: unknown fields are ignored."""

    play: str
    set: str
    title: _Text
    source: _Word
    confidence: _Word
    #: empty when the DJ's program does not know it
    artist: _Text = ""
    raw_artist: _Text = ""
    raw_title: _Text = ""
    stage: str | None = None
    bpm: float | None = None
    key: _Word | None = None
    #: who says them: dj, source, database or tags
    bpm_origin: _Word | None = None
    key_origin: _Word | None = None
    #: how long ago it had begun when the link wrote this entry, milliseconds
    age_ms: Annotated[int, msgspec.Meta(ge=0, le=_AGE_MOST_MS)] = 0


class _KnownIn(msgspec.Struct, frozen=True, kw_only=True):
    play: str
    artist: _Text | None = None
    title: _Text | None = None
    raw_artist: _Text | None = None
    raw_title: _Text | None = None
    bpm: float | None = None
    key: _Word | None = None
    bpm_origin: _Word | None = None
    key_origin: _Word | None = None


class _TakenBackIn(msgspec.Struct, frozen=True, kw_only=True):
    play: str


class _SetOverIn(msgspec.Struct, frozen=True, kw_only=True):
    set: str


def entry_age_ms(entry: Entry, sent: Sent) -> int:
    """How long before the batch was sent an entry was written: by the laptop's boot time, or else its wall clock."""
    same_boot = entry.boot == sent.boot
    age = sent.boot_ms - entry.boot_ms if same_boot else sent.wall_ms - entry.wall_ms
    return max(0, min(age, _AGE_MOST_MS))


def _heard(body: bytes, age_ms: int) -> links.Told:
    said = wire.decode(body, _HeardIn)
    return links.Heard(
        set_id=said.set,
        play_id=said.play,
        track=TrackInfo(
            artist=said.artist,
            title=said.title,
            bpm=said.bpm,
            key=said.key,
            bpm_origin=origin_in(said.bpm_origin),
            key_origin=origin_in(said.key_origin),
        ),
        origin=Origin(said.source, said.confidence, said.raw_artist, said.raw_title),
        age_ms=min(said.age_ms + age_ms, _AGE_MOST_MS),
        stage_id=said.stage,
    )


def _known(body: bytes, age_ms: int) -> links.Told:
    del age_ms
    said = wire.decode(body, _KnownIn)
    return links.Known(
        said.play,
        artist=said.artist,
        title=said.title,
        bpm=said.bpm,
        key=said.key,
        bpm_origin=origin_in(said.bpm_origin),
        key_origin=origin_in(said.key_origin),
        raw_artist=said.raw_artist,
        raw_title=said.raw_title,
    )


def _taken_back(body: bytes, age_ms: int) -> links.Told:
    del age_ms
    return links.TakenBack(wire.decode(body, _TakenBackIn).play)


def _set_over(body: bytes, age_ms: int) -> links.Told:
    del age_ms
    return links.SetOver(wire.decode(body, _SetOverIn).set)


def _sounds(body: bytes, age_ms: int) -> links.Told:
    del age_ms
    return read_sounds(body)


_KINDS: dict[str, Callable[[bytes, int], links.Told]] = {
    "play.heard": _heard,
    "play.known": _known,
    "play.taken_back": _taken_back,
    "set.over": _set_over,
    "track.sounds": _sounds,
}


def reader_of(batch: Batch) -> links.Read:
    """How the entries of a batch are read; ages count until it was sent."""

    def read_entry(entry: Entry) -> links.Told:
        kind = _KINDS.get(entry.kind)
        return kind(entry.body.encode(), entry_age_ms(entry, batch.header.sent)) if kind else links.Other()

    return read_entry


def _answer(taken: links.Taken, *, epoch: str, server_ms: int) -> Response:
    missed = isinstance(taken.decision, Missing | Fork)
    answer = Answer(
        ack=taken.cursor.seq,
        chain=taken.cursor.chain,
        # A wall clock from before 1970 says nothing to anybody.
        server_ms=max(0, server_ms),
        epoch=epoch,
        fork=isinstance(taken.decision, Fork),
        kept_aside=[KeptAside(one.seq, one.code) for one in taken.aside],
        max_bytes=PACKED_MOST,
    )
    return Response(msgspec.json.encode(answer), status_code=409 if missed else 200, media_type=ANSWER_TYPE)


async def take_batch(request: Request) -> Response:
    """A batch of a DJ's link."""
    site = site_of(request)
    dj = await asking.dj(request)
    try:
        batch = read(
            await asking.body_within(request, limit=PACKED_MOST),
            encoding=request.headers.get("content-encoding", PLAIN),
        )
    except BadBatch as error:
        raise Invalid(error.code, str(error), advice="Update the link, or send it again.") from error
    taken = await links.take(site.ports, dj=dj, batch=batch, read=reader_of(batch))
    return _answer(taken, epoch=batch.header.epoch, server_ms=site.ports.clock.now().wall_ms)


async def note_alive(request: Request) -> Response:
    """A link that has nothing to tell says that it is there."""
    dj = await asking.dj(request)
    await links.note_alive(site_of(request).ports, dj=dj)
    return Response(status_code=204)


ROUTES = [
    Route("/api/v1/links/journal", take_batch, methods=["POST"]),
    Route("/api/v1/links/alive", note_alive, methods=["POST"]),
]
