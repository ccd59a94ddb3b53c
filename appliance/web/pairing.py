"""The door at which a DJ's link and the box get to know each other, and the link gets its token.

Only over the links' own connection: the conversation is about the key that it shows, and guests' Wi-Fi does not get
there.
"""

import asyncio
from typing import Annotated, NoReturn, TypeVar

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from appliance import wire
from appliance.domain.pairing import Code
from appliance.errors import Invalid, NotAllowed
from appliance.pairing import Proofs, Side, Subject, is_same
from appliance.usecases import pairing
from appliance.web import asking
from appliance.web.runs import Run
from appliance.web.site import Request, Site, site_of

_Hex64 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Hex66 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{66}$")]
_RunId = Annotated[str, msgspec.Meta(max_length=64)]
_T = TypeVar("_T")


class BeginIn(msgspec.Struct, frozen=True, kw_only=True):
    slot: Annotated[int, msgspec.Meta(ge=1, le=9)]
    message: _Hex66


class BeginOut(msgspec.Struct, frozen=True, kw_only=True):
    run: str
    message: str
    box: str
    name: str


class ProofIn(msgspec.Struct, frozen=True, kw_only=True):
    run: _RunId
    proof: _Hex64


class FinishOut(msgspec.Struct, frozen=True, kw_only=True):
    proof: str


class TokenOut(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    dj: str


def _only_for_links(request: Request) -> Site:
    site = site_of(request)
    server = request.scope.get("server")
    door = site.links.door
    if door is None or request.url.scheme != "https" or server is None or server[1] != door.port:
        raise NotAllowed(
            "pairing_elsewhere",
            "Links are paired over their own connection only.",
            advice="Use the address that the staff page shows beside the pairing code.",
        )
    return site


async def _sent(request: Request, kind: type[_T]) -> _T:
    return wire.decode(await asking.json_body(request), kind)


def _json(answer: msgspec.Struct) -> Response:
    return Response(wire.encode(answer), media_type="application/json")


async def begin(request: Request) -> Response:
    """The first words of both. Says nothing that a guess could be checked against."""
    site = _only_for_links(request)
    asked = await _sent(request, BeginIn)
    site.links.pairings.tries.check()
    site.links.pairings.beginnings.take("everybody")
    code = await pairing.waiting_code(site.ports, slot=asked.slot)
    subject = Subject(site.box_id, site.links.pairings.fingerprint())
    # Some milliseconds of arithmetic: phones' likes must not wait for it.
    message, proofs = await asyncio.to_thread(_answer, code, bytes.fromhex(asked.message), subject)
    run = site.links.pairings.add(code, proofs, now=site.ports.clock.now())
    return _json(BeginOut(run=run, message=message.hex(), box=site.box_id, name=site.settings.box.name))


def _answer(code: Code, message: bytes, subject: Subject) -> tuple[bytes, Proofs]:
    side = Side(code, is_box=True)
    return side.message, side.finish(message, subject=subject)


async def finish(request: Request) -> Response:
    """The link shows that it knows the code and sees the box's own key; then the box shows the same."""
    site = _only_for_links(request)
    asked = await _sent(request, ProofIn)
    site.links.pairings.tries.check()
    conversation = site.links.pairings.take(asked.run, now=site.ports.clock.now())
    if conversation.proven:
        raise Invalid("pairing_broken", "This step was done already.", advice="Begin again.")
    if not is_same(asked.proof, conversation.proofs.link):
        await _wrong(site, conversation)
    # A code that came to its end meanwhile proves nothing any more.
    if await pairing.waiting_code(site.ports, slot=conversation.code.slot) != conversation.code:
        raise pairing.refused()
    site.links.pairings.tries.succeeded()
    conversation.proven = True
    site.links.pairings.keep(asked.run, conversation)
    return _json(FinishOut(proof=conversation.proofs.box))


async def _wrong(site: Site, conversation: Run) -> NoReturn:
    site.links.pairings.tries.failed()
    await pairing.count_wrong(site.ports, code=conversation.code)
    raise pairing.refused()


async def claim(request: Request) -> Response:
    """The token, made at this moment, for a link that trusts the connection by now."""
    site = _only_for_links(request)
    asked = await _sent(request, ProofIn)
    conversation = site.links.pairings.take(asked.run, now=site.ports.clock.now())
    if not conversation.proven or not is_same(asked.proof, conversation.proofs.claim):
        await _wrong(site, conversation)
    issued = await pairing.redeem(site.ports, code=conversation.code, verifier=site.verifier)
    return _json(TokenOut(token=issued.secret, dj=issued.dj.name))


ROUTES = [
    Route("/api/v1/links/pair/begin", begin, methods=["POST"]),
    Route("/api/v1/links/pair/finish", finish, methods=["POST"]),
    Route("/api/v1/links/pair/token", claim, methods=["POST"]),
]
