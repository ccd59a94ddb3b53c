"""`/admin`: who waits to be let in, people, whose words do not count, and the trail of privileged acts.

For admins, and for staff with the pass of the setup code. In English, as the staff's page is.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import wire
from appliance.domain.accounts import Account, AccountState, Person, Role
from appliance.errors import BoxError, Invalid, NotAllowed, NotKnown
from appliance.usecases import accounts, managing
from appliance.usecases.managing import Invitation, Wanted
from appliance.web import accounts as doors
from appliance.web import asking
from appliance.web.console import page_with_error
from appliance.web.own_account import token_words
from appliance.web.site import Request, Site, site_of

ADMIN, PEOPLE = "/admin", "/admin/people"
WAITING_SHOWN, PEOPLE_SHOWN = 50, 50

Endpoint = Callable[[Request], Awaitable[Response]]


def for_admins(act: Callable[[Request, Person], Awaitable[Response]]) -> Endpoint:
    """A page for admins: whoever is nobody yet is led to the login, and comes back."""

    async def endpoint(request: Request) -> Response:
        try:
            person = await asking.admin(request)
        except NotAllowed as error:
            if request.method == "GET" and error.code == "staff_missing":
                return doors.to_login(request)
            raise
        return await act(request, person)

    return endpoint


def before_in(request: Request) -> int | None:
    """From where on a list goes on. Raises: Invalid with the code `before_invalid`."""
    given = request.query_params.get("before", "")
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= 15):
        raise Invalid("before_invalid", "before must be a number from the list.", advice="Open the list again.")
    return int(given)


def person_words(account: Account) -> dict[str, Any]:
    """An account for a page."""
    return {
        "id": account.id,
        "name": account.name,
        "email": account.email,
        "role": account.role.value,
        "state": account.state.value,
        "has_password": account.password is not None,
        "created_at": wire.utc(account.created.wall_ms),
    }


async def _waiting(site: Site) -> list[dict[str, Any]]:
    found = await site.ports.reader.accounts(states=[AccountState.WAITING], limit=WAITING_SHOWN)
    return [
        person_words(account)
        | {"known_dj": account.role is Role.DJ and await site.ports.reader.dj_named(account.name) is not None}
        for _, account in found
    ]


def code_words(request: Request, invitation: Invitation) -> dict[str, str]:
    """A one-time code, and the link that brings it along behind the `#`, where it reaches no server."""
    link = f"{request.base_url}login/code#{invitation.code}"
    return {"name": invitation.account.name, "code": invitation.code, "link": link}


async def _inbox_page(
    request: Request,
    *,
    error: BoxError | None = None,
    typed: Mapping[str, str] | None = None,
    invitation: Invitation | None = None,
) -> Response:
    site, given = site_of(request), typed or {}
    words = {
        "waiting": await _waiting(site),
        "waiting_most": WAITING_SHOWN,
        "roles": [role.value for role in reversed(Role)],
        "new_code": code_words(request, invitation) if invitation else None,
        "form": {"role": Role.ORGANISER.value, **{name: given.get(name, "") for name in ("name", "email")}}
        | ({"role": given["role"]} if given.get("role") in [*Role] else {}),
        "same_dj": error is not None and error.code == "dj_known",
    }
    return page_with_error(request, "admin.html", words, error=error)


async def inbox(request: Request, person: Person) -> Response:
    """Who waits to be let in, and the form for somebody new."""
    del person
    return await _inbox_page(request)


def role_in(fields: Mapping[str, str]) -> Role:
    """The role that a form names. Raises: Invalid with the code `role_invalid`."""
    if fields.get("role", "") not in [*Role]:
        raise Invalid("role_invalid", f"role must be one of {', '.join(Role)}.", advice="Open the page again.")
    return Role(fields["role"])


async def approve(request: Request, person: Person) -> Response:
    """Yes."""
    fields = await asking.form(request)
    try:
        await accounts.approve(
            site_of(request).ports,
            account_id=fields.get("account", ""),
            by=person.actor,
            same_dj=fields.get("same_dj") == "yes",
        )
    except BoxError as error:
        return await _inbox_page(request, error=error)
    return RedirectResponse(ADMIN, status_code=303)


async def decline(request: Request, person: Person) -> Response:
    """No."""
    fields = await asking.form(request)
    try:
        await accounts.decline(site_of(request).ports, account_id=fields.get("account", ""), by=person.actor)
    except BoxError as error:
        return await _inbox_page(request, error=error)
    return RedirectResponse(ADMIN, status_code=303)


async def create(request: Request, person: Person) -> Response:
    """Somebody new; the code is in the answer and never shown again."""
    fields = await asking.form(request)
    try:
        wanted = Wanted(
            role=role_in(fields),
            email=fields.get("email", ""),
            name=fields.get("name", ""),
            same_dj=fields.get("same_dj") == "yes",
        )
        invitation = await managing.create(site_of(request).ports, wanted=wanted, by=person.actor)
    except BoxError as error:
        return await _inbox_page(request, error=error, typed=fields)
    return await _inbox_page(request, invitation=invitation)


async def list_people(request: Request, person: Person) -> Response:
    """Everybody with an account, the newest first."""
    del person
    like, before = request.query_params.get("like", "")[:100], before_in(request)
    found = await site_of(request).ports.reader.accounts(
        states=[*AccountState], like=like, before=before, limit=PEOPLE_SHOWN + 1
    )
    shown = found[:PEOPLE_SHOWN]
    more = urlencode({"like": like, "before": shown[-1][0]}) if len(found) > PEOPLE_SHOWN else ""
    words = {"people": [person_words(account) for _, account in shown], "like": like, "more": more}
    return page_with_error(request, "admin_people.html", words, error=None)


async def _person_page(
    request: Request, *, error: BoxError | None = None, invitation: Invitation | None = None
) -> Response:
    reader = site_of(request).ports.reader
    account = await reader.account(request.path_params["account"])
    if account is None:
        raise NotKnown("account_unknown", "There is no such account.", advice="Open the list again.")
    tokens = await reader.tokens_of(account.dj_id) if account.dj_id else []
    words = person_words(account) | {
        "roles": [role.value for role in reversed(Role)],
        "new_code": code_words(request, invitation) if invitation else None,
        "same_dj": error is not None and error.code == "dj_known",
        "tokens": [token_words(token) for token in tokens],
    }
    return page_with_error(request, "admin_person.html", words, error=error)


async def show_person(request: Request, person: Person) -> Response:
    """One account, and what may be done with it."""
    del person
    return await _person_page(request)


Change = Callable[[Site, str, Mapping[str, str], Person], Awaitable[object]]


def _changed_by(change: Change) -> Callable[[Request, Person], Awaitable[Response]]:
    """A form on somebody's page: done, and back to it; or the page with the error."""

    async def act(request: Request, person: Person) -> Response:
        fields, account_id = await asking.form(request), request.path_params["account"]
        try:
            done = await change(site_of(request), account_id, fields, person)
        except BoxError as error:
            return await _person_page(request, error=error)
        if isinstance(done, Invitation):
            return await _person_page(request, invitation=done)
        return RedirectResponse(f"{PEOPLE}/{account_id}", status_code=303)

    return act


async def _role(site: Site, account_id: str, fields: Mapping[str, str], person: Person) -> object:
    same_dj = fields.get("same_dj") == "yes"
    return await managing.change_role(
        site.ports, account_id=account_id, role=role_in(fields), by=person.actor, same_dj=same_dj
    )


async def _off(site: Site, account_id: str, fields: Mapping[str, str], person: Person) -> object:
    del fields
    return await managing.disable(site.ports, account_id=account_id, by=person.actor)


async def _on(site: Site, account_id: str, fields: Mapping[str, str], person: Person) -> object:
    del fields
    return await managing.enable(site.ports, account_id=account_id, by=person.actor)


async def _code(site: Site, account_id: str, fields: Mapping[str, str], person: Person) -> object:
    del fields
    return await managing.offer_code(site.ports, account_id=account_id, by=person.actor)


ROUTES = [
    Route(ADMIN, for_admins(inbox)),
    Route(f"{ADMIN}/approve", for_admins(approve), methods=["POST"]),
    Route(f"{ADMIN}/decline", for_admins(decline), methods=["POST"]),
    Route(PEOPLE, for_admins(list_people)),
    Route(PEOPLE, for_admins(create), methods=["POST"]),
    Route(f"{PEOPLE}/{{account}}", for_admins(show_person)),
    Route(f"{PEOPLE}/{{account}}/role", for_admins(_changed_by(_role)), methods=["POST"]),
    Route(f"{PEOPLE}/{{account}}/off", for_admins(_changed_by(_off)), methods=["POST"]),
    Route(f"{PEOPLE}/{{account}}/on", for_admins(_changed_by(_on)), methods=["POST"]),
    Route(f"{PEOPLE}/{{account}}/code", for_admins(_changed_by(_code)), methods=["POST"]),
]
