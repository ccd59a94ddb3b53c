"""`/staff/begin`: three steps after the setup code, on a box that has no admin: its name, the event, the admin.

Each is a form that works without a script; every step can be passed over, gone back to, and left for later.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.care import renaming
from appliance.domain import accounts as account_rules
from appliance.domain import rules
from appliance.domain.accounts import Person, Role
from appliance.domain.audit import Deed
from appliance.errors import BoxError
from appliance.usecases import accounts, audit, beginnings
from appliance.usecases.accounts import Registration
from appliance.usecases.beginnings import Step
from appliance.web import asking
from appliance.web.admin import for_admins
from appliance.web.console import page_with_error
from appliance.web.site import Request, Site, site_of

BEGIN, WAIT = "/staff/begin", "/staff/care/wait"
_TYPED = ("box_name", "event_name", "name", "email")


async def words(site: Site, *, step: Step, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One step's form, filled with what is known or was typed."""
    event = await beginnings.first_event(site.ports)
    known = {"box_name": site.care.next_name, "event_name": event.name, "name": "", "email": ""}
    return {
        "step": step.value,
        "number": step.number,
        "steps": len(Step),
        "form": {**known, **{name: (typed or {})[name] for name in _TYPED if name in (typed or {})}},
        "longest_box_name": renaming.NAME_MAX,
        "longest_name": rules.NAME_MAX,
        "shortest": account_rules.PASSWORD_MIN,
        "longest": account_rules.PASSWORD_MAX,
    }


async def on_staff_page(site: Site) -> dict[str, Any] | None:
    """What the staff's page shows of it: the form to go on with, the way back to it, or nothing."""
    at = await beginnings.where(site.ports)
    return {**await words(site, step=at.step), "left": at.left} if at else None


async def _page(
    request: Request, step: Step, *, error: BoxError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    shown = {"begin": await words(site_of(request), step=step, typed=typed) | {"left": False}}
    return page_with_error(request, "begin.html", shown, error=error)


async def show(request: Request, person: Person) -> Response:
    """The step to take next; with an admin, that all is done."""
    del person
    site = site_of(request)
    at = await beginnings.where(site.ports)
    if at is not None:
        return await _page(request, at.step)
    done = {"next_name": site.care.next_name, "is_named": site.care.next_name == site.care.box_name}
    return page_with_error(request, "begin_done.html", done, error=None)


Take = Callable[[Request, Mapping[str, str], Person], Awaitable[Response]]


def _step(step: Step, take: Take) -> Callable[[Request, Person], Awaitable[Response]]:
    """A step's form: taken, or passed over; the step again with the error and what was typed."""

    async def act(request: Request, person: Person) -> Response:
        fields = await asking.form(request)
        try:
            if fields.get("skip") == "yes":
                return await _onwards(request, step)
            return await take(request, fields, person)
        except BoxError as error:
            return await _page(request, step, error=error, typed=fields)

    return act


async def _onwards(request: Request, step: Step) -> Response:
    following = list(Step)[step.number : step.number + 1]
    if following:
        await beginnings.go_to(site_of(request).ports, following[0])
    else:
        await beginnings.leave(site_of(request).ports)
    return RedirectResponse("/staff", status_code=303)


async def _name(request: Request, fields: Mapping[str, str], person: Person) -> Response:
    site, name = site_of(request), fields.get("box_name", "")
    if renaming.checked(name) != site.care.next_name:
        await site.care.rename(name)
        await audit.note(site.ports, Deed("box.named", name=renaming.checked(name)), by=person.actor)
    return await _onwards(request, Step.NAME)


async def _event(request: Request, fields: Mapping[str, str], person: Person) -> Response:
    await beginnings.name_event(site_of(request).ports, name=fields.get("event_name", ""), by=person.actor)
    return await _onwards(request, Step.EVENT)


async def _admin(request: Request, fields: Mapping[str, str], person: Person) -> Response:
    site = site_of(request)
    wanted = Registration(
        role=Role.ADMIN,
        email=fields.get("email", ""),
        name=fields.get("name", ""),
        password=fields.get("password", ""),
    )
    account = await beginnings.make_admin(site.ports, site.gatekeeper.passwords, wanted=wanted, by=person.actor)
    done = await accounts.begin_login(site.ports, account_id=account.id)
    response = RedirectResponse(BEGIN, status_code=303)
    asking.remember_login(response, secret=done.secret)
    return response


async def go_to(request: Request, person: Person) -> Response:
    """Back to a step, or on with what was left."""
    del person
    wanted = (await asking.form(request)).get("step", "")
    if wanted in [*Step]:
        await beginnings.go_to(site_of(request).ports, Step(wanted))
    return RedirectResponse("/staff", status_code=303)


async def later(request: Request, person: Person) -> Response:
    """Not now."""
    del person
    await asking.form(request)
    await beginnings.leave(site_of(request).ports)
    return RedirectResponse("/staff", status_code=303)


async def start_over(request: Request, person: Person) -> Response:
    """Starts the box anew, so that it takes its name."""
    await asking.form(request)
    care = site_of(request).care
    if not (care.is_pending() and await care.parts()):
        return RedirectResponse(BEGIN, status_code=303)
    await audit.note(site_of(request).ports, Deed("box.restarted"), by=person.actor)
    return RedirectResponse(WAIT, status_code=303, background=BackgroundTask(care.start_over_soon))


ROUTES = [
    Route(BEGIN, for_admins(show)),
    Route(f"{BEGIN}/name", for_admins(_step(Step.NAME, _name)), methods=["POST"]),
    Route(f"{BEGIN}/event", for_admins(_step(Step.EVENT, _event)), methods=["POST"]),
    Route(f"{BEGIN}/admin", for_admins(_step(Step.ADMIN, _admin)), methods=["POST"]),
    Route(f"{BEGIN}/step", for_admins(go_to), methods=["POST"]),
    Route(f"{BEGIN}/later", for_admins(later), methods=["POST"]),
    Route(f"{BEGIN}/start-over", for_admins(start_over), methods=["POST"]),
]
