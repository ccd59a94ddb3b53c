"""The doors of sets behind a PIN: dancers type it, DJs choose it."""

import re

import msgspec
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import wire
from appliance.domain import locks as rules
from appliance.errors import BoxError, Refused
from appliance.usecases import locks
from appliance.usecases.locks import Guess
from appliance.web import asking, attending, pages, passes
from appliance.web.operations import Auth, Call, Operation
from appliance.web.problems import headers_of, status_of
from appliance.web.site import Request, site_of


class PinIn(msgspec.Struct, frozen=True, kw_only=True):
    """A dancer knows the PIN."""

    pin: str


class NewPinIn(msgspec.Struct, frozen=True, kw_only=True):
    """A DJ chooses one."""

    #: six digits; without it the box makes one
    pin: str | None = None


class BehindOut(msgspec.Struct, frozen=True, kw_only=True):
    """A set that is behind a PIN now."""

    session: wire.SessionOut
    #: shown once; the box keeps only a digest
    pin: str


async def _open(request: Request, *, stage_id: str, pin: str) -> str:
    """The lock of what is on at a stage. Raises: as `locks.open_lock`."""
    site = site_of(request)
    guest_id = attending.guest_at(request, stage_id)
    site.guest_writes.take(asking.phone(request))
    state = pages.known_stage(site, stage_id)
    if state.session is None:
        rules.checked_pin(pin)
        raise Refused("pin_not_needed", "Nobody is playing here just now.", advice="Open the stage page again.")
    is_settled = site.counting.has_stayed(guest_id)
    return await locks.open_lock(site.ports, Guess(guest_id, state.session.id, pin, is_settled))


async def open_by_form(request: Request) -> Response:
    """The PIN without a script: in, or the page again with what is wrong and what was typed."""
    stage_id = request.path_params["stage"]
    typed = (await asking.form(request)).get("pin", "")
    response: Response
    try:
        lock = await _open(request, stage_id=stage_id, pin=typed)
    except BoxError as error:
        if not re.fullmatch(r"pin_\w+", error.code):
            raise
        wrong = {"code": error.code, "wait_s": int(error.facts.get("wait_s", 0)), "typed": typed[:20]}
        response = await pages.stage_response(request, wrong_pin=wrong)
        response.status_code = status_of(error)
        response.headers.update(headers_of(error))
        return response
    response = RedirectResponse(f"/s/{stage_id}", status_code=303)
    passes.remember(request, response, lock)
    return response


async def _enter(call: Call) -> Response:
    lock = await _open(call.request, stage_id=call.path("stage"), pin=call.body.pin)
    response = Response(status_code=204)
    passes.remember(call.request, response, lock)
    return response


async def _lock(call: Call) -> BehindOut:
    behind = await locks.lock_set(call.site.ports, dj=call.who(), session_id=call.path("session"), pin=call.body.pin)
    return BehindOut(session=wire.session_out(behind.session), pin=behind.pin)


async def _unlock(call: Call) -> wire.SessionOut:
    return wire.session_out(await locks.unlock_set(call.site.ports, dj=call.who(), session_id=call.path("session")))


_YOURS = (403, "Another DJ's session.")

# fmt: off
OPERATIONS = (
    Operation("POST", "/stages/{stage}/pin", "enterPin", "Get in where the set is behind a PIN: sets a cookie.",
        _enter, Auth.GUEST, takes=PinIn, status=204,
        also=((403, "Not the PIN."), (404, "No such stage."), (409, "No PIN is needed."),
              (422, "Not six digits."), (429, "Too many wrong ones; `facts.wait_s` says how long to wait."))),
    Operation("PUT", "/sessions/{session}/pin", "lockSession",
        "Put a running set behind a PIN, or behind another one. Without it dancers see only that you play.",
        _lock, Auth.DJ, takes=NewPinIn, gives=BehindOut,
        also=(_YOURS, (409, "The session is over."), (422, "Not six digits."))),
    Operation("DELETE", "/sessions/{session}/pin", "unlockSession",
        "Let everybody see a set, and what was played in it.", _unlock, Auth.DJ, gives=wire.SessionOut,
        also=(_YOURS,)),
)
# fmt: on
ROUTES = [Route("/s/{stage}/pin", open_by_form, methods=["POST"])]
