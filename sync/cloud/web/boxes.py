"""The routes of boxes: batches in, how far everything is durable out; the present, the time, and who they are."""

import asyncio
import re
from collections.abc import Sequence
from typing import Annotated, TypeVar

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from appliance.errors import Invalid, NotAllowed
from sync.cloud import enrolment, identity, ingest
from sync.cloud.fleet.metrics import FORK, GAP, KNOWN, REFUSED, TAKEN
from sync.cloud.fleet.rules import Kind
from sync.cloud.store.ports import ValueRefused
from sync.cloud.web import asking
from sync.cloud.web.site import Request, Site, site_of
from sync.journal.answers import ANSWER_TYPE, Answer, KeptAside
from sync.journal.batches import PACKED_MOST, PLAIN, BadBatch, Batch, read
from sync.journal.entries import Position
from sync.journal.receiving import Fork, Missing

T = TypeVar("T", bound=msgspec.Struct)

_LIVE_MOST = 4096
_SMALL_MOST = 2048
#: what an answer tells one by one; all are in the quarantine
_ASIDE_MOST = 1000
_EPOCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_TIME_NONCE = re.compile(r"[A-Za-z0-9._-]{1,100}")
_Text = Annotated[str, msgspec.Meta(max_length=200)]
_Short = Annotated[str, msgspec.Meta(max_length=64)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Ms = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]


class _Enrol(msgspec.Struct, frozen=True):
    box: _Short
    name: _Name
    public_key: _Text
    version: _Short = ""


class _Enrolled(msgspec.Struct, frozen=True):
    code: str
    expires_s: int
    cloud_key: str
    claimed: bool
    server_ms: int


class _Key(msgspec.Struct, frozen=True):
    public_key: _Text


class _Added(msgspec.Struct, frozen=True):
    key: str
    server_ms: int


class _Time(msgspec.Struct, frozen=True):
    server_ms: int
    nonce: str
    sig: str


class _Stage(msgspec.Struct, frozen=True):
    stage: _Short
    name: _Text = ""
    artist: _Text = ""
    title: _Text = ""
    likes: _Ms = 0
    listeners: _Ms = 0
    play: _Short | None = None


class _Live(msgspec.Struct, frozen=True):
    """What is looked at here; the rest is kept as it came."""

    v: Annotated[int, msgspec.Meta(ge=1)]
    boot: _Text
    boot_ms: _Ms
    stages: Annotated[list[_Stage], msgspec.Meta(max_length=100)] = []
    box: dict[str, str | int | float | bool | None] = {}


def _json(said: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(said), media_type="application/json")


def decoded(body: bytes, kind: type[T]) -> T:
    """What a box sent as JSON. Raises: Invalid with the code `body_wrong` or `json_broken`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Invalid("body_wrong", f"The body can't be used: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("json_broken", "The body is no JSON.") from error


def _public_key(text: str) -> bytes:
    try:
        return identity.public_key(text)
    except ValueError as error:
        raise Invalid("key_wrong", "This is no Ed25519 public key in base64url.") from error


def _answer(
    site: Site,
    cursor: Position,
    *,
    epoch: str,
    taken: ingest.Taken | None = None,
    marks: Sequence[Position] = (),
) -> Response:
    decision = taken.decision if taken else None
    aside = taken.aside if taken else ()
    said = Answer(
        ack=cursor.seq,
        chain=cursor.chain,
        server_ms=site.now_ms(),
        epoch=epoch,
        fork=isinstance(decision, Fork),
        kept_aside=[KeptAside(one.seq, one.code) for one in aside[:_ASIDE_MOST]],
        max_bytes=PACKED_MOST,
        marks=[(one.seq, one.chain) for one in marks],
        after_ms=site.crowd.after_ms(draw=site.draw),
    )
    status = 409 if isinstance(decision, Missing | Fork) else 200
    return Response(msgspec.json.encode(said), status_code=status, media_type=ANSWER_TYPE)


def _read(body: bytes, *, encoding: str) -> Batch:
    try:
        return read(body, encoding=encoding)
    except BadBatch as error:
        raise Invalid(error.code, str(error), advice="Update the box, or send it again.") from error


def _outcome(taken: ingest.Taken) -> str:
    match taken.decision:
        case Fork():
            return FORK
        case Missing():
            return GAP
    return TAKEN if taken.new else KNOWN


async def take_batch(request: Request) -> Response:
    """A batch of a box's journal."""
    site = site_of(request)
    who = await asking.shown(request)
    box_id = who.box.box_id
    site.crowd.meet(box_id, now_ms=site.now_ms())
    # In line before the body is read: what one box can make us hold is bounded.
    with site.turns.in_line(box_id):
        body = await asking.signed_body(request, who, limit=PACKED_MOST)
        async with site.flight(box_id), site.turns.at_work():
            # Thirty thousand entries take a while to unpack, and others want their answers meanwhile.
            encoding = request.headers.get("content-encoding", PLAIN)
            try:
                batch = await asyncio.to_thread(_read, body, encoding=encoding)
            except Invalid as error:
                site.metrics.batch(REFUSED, size=len(body))
                await site.watching.note(Kind.REFUSED, org=who.box.org_id, box=box_id, subject=error.code)
                raise
            if batch.header.source != box_id:
                raise NotAllowed("box_wrong", "This key is another box's.", advice="Enrol the box again.")
            sender = ingest.Sender(who.box.org_id, box_id)
            with site.metrics.timed():
                taken = await ingest.take(site.database, sender, batch=batch, now_ms=site.now_ms())
            site.metrics.batch(_outcome(taken), size=len(body), new=taken.new, aside=taken.aside)
    site.deriving.wake()
    site.pushing.wake()
    return _answer(site, taken.cursor, epoch=batch.header.epoch, taken=taken)


async def tell_cursor(request: Request) -> Response:
    """Where a history goes on."""
    site = site_of(request)
    who = await asking.shown(request)
    await asking.signed_body(request, who)
    epoch = request.query_params.get("epoch", "")
    if not _EPOCH.fullmatch(epoch):
        raise Invalid("epoch_wrong", "Say which epoch: /v1/cursor?epoch=...")
    sender = ingest.Sender(who.box.org_id, who.box.box_id)
    cursor = await ingest.cursor_of(site.database, sender, epoch=epoch, now_ms=site.now_ms())
    after, marks = request.query_params.get("after", ""), list[Position]()
    if after.isascii() and after.isdecimal() and len(after) < 16:
        marks = await ingest.marks_after(site.database, sender, epoch=epoch, after=int(after))
    return _answer(site, cursor, epoch=epoch, marks=marks)


async def take_live(request: Request) -> Response:
    """The present of a box."""
    site = site_of(request)
    who = await asking.shown(request)
    body = await asking.signed_body(request, who, limit=_LIVE_MOST)
    said = decoded(body, _Live)
    try:
        async with site.database.transaction(org=None) as tx:
            changed = await tx.run(
                "set_live",
                org=who.box.org_id,
                box=who.box.box_id,
                boot=said.boot,
                boot_ms=said.boot_ms,
                body=body.decode(),
                now_ms=site.now_ms(),
            )
    except ValueRefused as error:
        raise Invalid("body_wrong", "The body holds what can't be kept.") from error
    site.metrics.lives.inc()
    if changed:
        site.live.changed(who.box.org_id, who.box.box_id)
    return Response(status_code=204)


async def tell_time(request: Request) -> Response:
    """What time it is, signed: for a box whose own clock makes certificates look wrong."""
    site = site_of(request)
    nonce = request.query_params.get("nonce", "")
    if not _TIME_NONCE.fullmatch(nonce):
        raise Invalid("nonce_wrong", "Say a nonce: /v1/time?nonce=...")
    now_ms = site.now_ms()
    return _json(_Time(now_ms, nonce, site.keys.say_time(nonce, now_ms=now_ms)))


async def enrol(request: Request) -> Response:
    """A box shows itself under its own key, and hears the code that its organiser types."""
    site = site_of(request)
    said = asking.authorisation(request)
    body = await asking.body_within(request, limit=_SMALL_MOST)
    who = decoded(body, _Enrol)
    raw = _public_key(who.public_key)
    if identity.key_id(raw) != said.key:
        raise NotAllowed("signature_wrong", "The request is signed by another key than it shows.")
    asking.check_signature(request, said, body=body, by=raw)
    introduction = enrolment.Introduction(who.box, who.name, who.version, raw)
    welcome = await enrolment.introduce(site.database, introduction, now_ms=site.now_ms())
    return _json(_Enrolled(welcome.code, welcome.expires_s, site.keys.public, welcome.claimed, server_ms=site.now_ms()))


async def add_key(request: Request) -> Response:
    """A box's next key, under the present one."""
    site = site_of(request)
    who = await asking.shown(request)
    body = await asking.signed_body(request, who, limit=_SMALL_MOST)
    raw = _public_key(decoded(body, _Key).public_key)
    await enrolment.follow(site.database, who.box, coming=raw, now_ms=site.now_ms())
    return _json(_Added(identity.key_id(raw), server_ms=site.now_ms()))


ROUTES = [
    Route("/v1/ingest", take_batch, methods=["POST"]),
    Route("/v1/cursor", tell_cursor, methods=["GET"]),
    Route("/v1/live", take_live, methods=["PUT"]),
    Route("/v1/time", tell_time, methods=["GET"]),
    Route("/v1/enrol", enrol, methods=["POST"]),
    Route("/v1/keys", add_key, methods=["POST"]),
]
