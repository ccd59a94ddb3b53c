"""API operations as data: one declaration makes the route, checks the request, and writes the OpenAPI document.

So the document can't say what the code does not do.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from appliance import wire
from appliance.domain.accounts import Person
from appliance.domain.audit import Actor, ActorKind
from appliance.domain.models import Dj
from appliance.domain.players import Player
from appliance.web import asking, attending
from appliance.web.site import Request, Site, site_of


class Auth(StrEnum):
    """Who may call."""

    NOBODY = "nobody in particular"
    GUEST = "guest"
    #: anybody who is logged in
    PERSON = "person"
    DJ = "dj"
    #: whoever makes the evening: a DJ, an organiser, an admin, or staff
    CREW = "crew"
    #: a house player, by its token
    PLAYER = "player"
    #: an organiser, an admin, or staff; whose event it is, the operation has to ask
    ORGANISER = "organiser"
    #: an admin, or staff with the pass of the setup code
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Call:
    """A checked request on its way to a use case."""

    request: Request
    site: Site
    body: Any
    #: the DJ who calls, when the operation is a DJ's
    dj: Dj | None = None
    #: the phone that calls, when the operation is a guest's
    phone_id: str | None = None
    #: who is logged in, when the operation is a person's, an organiser's or for staff
    person: Person | None = None
    #: the house player that calls, when the operation is a player's
    player: Player | None = None

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def who(self) -> Dj:
        """The DJ; only in operations with `Auth.DJ`."""
        assert self.dj is not None
        return self.dj

    def machine(self) -> Player:
        """The house player; only in operations with `Auth.PLAYER`."""
        assert self.player is not None
        return self.player

    def somebody(self) -> Person:
        """Who is logged in; only in operations with `Auth.PERSON`, `Auth.ORGANISER` or `Auth.STAFF`."""
        assert self.person is not None
        return self.person

    def actor(self) -> Actor:
        """Who acts, for the trail; as `somebody`, and in operations with `Auth.DJ`."""
        return Actor(ActorKind.DJ, self.dj.id) if self.dj is not None else self.somebody().actor

    def phone(self) -> str:
        """The phone's own id, for limits and never to be stored; only in operations with `Auth.GUEST`."""
        assert self.phone_id is not None
        return self.phone_id

    def guest_at(self, stage_id: str) -> str:
        """Who the phone is at a stage's event; only in operations with `Auth.GUEST`.

        Raises: NotKnown with the code `stage_unknown`.
        """
        return attending.guest_of(self.site, self.phone(), stage_id=stage_id)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one address."""

    method: str
    #: below `/api/v1`
    path: str
    #: `operationId`
    name: str
    summary: str
    #: gives a struct for the body, a Response as it is, or None for an empty answer
    run: Callable[[Call], Awaitable[object]]
    auth: Auth = Auth.NOBODY
    #: the struct that the body must be, if there is one
    takes: type[msgspec.Struct] | None = None
    #: the struct that the answer is, if there is one
    gives: type[msgspec.Struct] | None = None
    status: int = 200
    #: bytes of the body at most; 0 for the box's usual limit
    body_most: int = 0
    #: further answers: status and what it means
    also: tuple[tuple[int, str], ...] = ()
    #: query parameters: name, JSON Schema, what it means
    query: tuple[tuple[str, dict[str, object], str], ...] = ()
    #: more than the summary, for the document
    more: str = ""


async def _checked(operation: Operation, request: Request) -> Call:
    site = site_of(request)
    dj = phone_id = person = player = None
    match operation.auth:
        case Auth.DJ:
            dj = await asking.dj(request)
        case Auth.PLAYER:
            player = await asking.player(request)
        case Auth.GUEST:
            phone_id = asking.phone(request)
        case Auth.PERSON:
            person = await asking.somebody(request)
        case Auth.CREW:
            await asking.crew(request)
        case Auth.ORGANISER:
            person = await asking.organiser(request)
        case Auth.STAFF:
            person = await asking.admin(request)
        case Auth.NOBODY:
            pass
    body = None
    if operation.takes:
        body = wire.decode(await asking.json_body(request, limit=operation.body_most), operation.takes)
    return Call(request=request, site=site, body=body, dj=dj, phone_id=phone_id, person=person, player=player)


def route(operation: Operation, *, prefix: str) -> Route:
    """The operation as a Starlette route."""

    async def endpoint(request: Request) -> Response:
        answer = await operation.run(await _checked(operation, request))
        if isinstance(answer, Response):
            return answer
        if answer is None:
            return Response(status_code=operation.status)
        return Response(wire.encode(answer), status_code=operation.status, media_type="application/json")

    return Route(prefix + operation.path, endpoint, methods=[operation.method], name=operation.name)


def routes(operations: Sequence[Operation], *, prefix: str) -> list[Route]:
    """All operations as routes."""
    return [route(operation, prefix=prefix) for operation in operations]
