"""`/account`: who one is here, one's password, a DJ's devices, and the way out; and a new password with a code."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import wire
from appliance.domain import accounts as rules
from appliance.domain.accounts import Account, Role
from appliance.domain.audit import Actor, ActorKind
from appliance.domain.models import DjToken
from appliance.errors import BoxError, Invalid, NotAllowed
from appliance.usecases import own_account, people
from appliance.usecases.accounts import LoggedIn
from appliance.usecases.people import Issued
from appliance.web import accounts, asking
from appliance.web.accounts import ACCOUNT, HOMES, LOGIN, page
from appliance.web.site import Request, Site, site_of

CODE = f"{LOGIN}/code"
_CODE_MAX = 100


def token_words(token: DjToken) -> dict[str, Any]:
    """A DJ's token for a page."""
    return {
        "id": token.id,
        "name": token.name,
        "device": token.device,
        "created_at": wire.utc(token.created_ms),
        "used_at": wire.utc(token.used_ms) if token.used_ms is not None else "",
    }


async def _account_page(
    request: Request,
    account: Account,
    *,
    error: BoxError | None = None,
    typed: Mapping[str, str] | None = None,
    done: str = "",
    issued: Issued | None = None,
) -> Response:
    reader = site_of(request).ports.reader
    tokens = await reader.tokens_of(account.dj_id) if account.dj_id else []
    words = {
        "name": account.name,
        "email": account.email,
        "role": account.role.value,
        "state": account.state.value,
        "home": HOMES[account.acts_as],
        "has_players": bool(await asking.managed(request)),
        "is_dj": account.acts_as is Role.DJ,
        "tokens": [token_words(token) for token in tokens],
        "new_token": {**token_words(issued.token), "token": issued.secret} if issued else None,
        "device": (typed or {}).get("device", ""),
        "done": done,
        "shortest": rules.PASSWORD_MIN,
        "longest": rules.PASSWORD_MAX,
    }
    return page(request, "account.html", words, error=error)


async def show(request: Request) -> Response:
    """Who one is here, or the way in."""
    account = await asking.account(request)
    if account is None:
        return accounts.to_login(request)
    return await _account_page(request, account, done="password" if "changed" in request.query_params else "")


Act = Callable[[Request, Account, Mapping[str, str]], Awaitable[Response]]


def _for_owner(act: Act) -> Callable[[Request], Awaitable[Response]]:
    """A form of one's own account; the page with the error when it can't be done."""

    async def endpoint(request: Request) -> Response:
        account = await asking.account(request)
        if account is None:
            raise NotAllowed("login_missing", "This is for people who are logged in.", advice="Log in first.")
        fields = await asking.form(request)
        try:
            return await act(request, account, fields)
        except BoxError as error:
            return await _account_page(request, account, error=error, typed=fields)

    return endpoint


@contextmanager
def slowly(request: Request, account: Account) -> Iterator[None]:
    """For what the password is asked for: whoever found an open browser must not guess it here. Raises: TooMany."""
    tries, who = site_of(request).gatekeeper.logins, accounts.trier(request, email=account.email)
    tries.take(who)
    yield
    tries.give_back(who)


async def _password(request: Request, account: Account, fields: Mapping[str, str]) -> Response:
    site = site_of(request)
    with slowly(request, account):
        await own_account.change_password(
            site.ports,
            site.gatekeeper.passwords,
            account=account,
            old=fields.get("old", ""),
            new=fields.get("password", ""),
            secret=asking.login_secret(request) or "",
        )
    return RedirectResponse(f"{ACCOUNT}?changed", status_code=303)


async def _forget(request: Request, account: Account, fields: Mapping[str, str]) -> Response:
    site = site_of(request)
    with slowly(request, account):
        await own_account.forget_account(
            site.ports, site.gatekeeper.passwords, account=account, password=fields.get("password", "")
        )
    response = RedirectResponse(f"{LOGIN}?forgotten", status_code=303)
    await accounts.end_login(request, response)
    return response


def _own_dj(account: Account) -> str:
    if account.acts_as is not Role.DJ or account.dj_id is None:
        raise NotAllowed("not_dj", "This is for DJs.", advice="Ask whoever runs the box.")
    return account.dj_id


def _actor(account: Account) -> Actor:
    return Actor(ActorKind.ACCOUNT, account.id)


async def make_token(site: Site, account: Account, *, device: str) -> Issued:
    """A token for one more device of a DJ's own. Raises: NotAllowed with the code `not_dj`; as `people.issue_token`."""
    _own_dj(account)
    return await people.issue_token(
        site.ports, dj_name=account.name, verifier=site.verifier, by=_actor(account), device=device
    )


async def _make_token(request: Request, account: Account, fields: Mapping[str, str]) -> Response:
    issued = await make_token(site_of(request), account, device=fields.get("device", ""))
    return await _account_page(request, account, issued=issued)


async def _revoke_token(request: Request, account: Account, fields: Mapping[str, str]) -> Response:
    await people.revoke_token(
        site_of(request).ports, token_id=fields.get("token", ""), by=_actor(account), of_dj=_own_dj(account)
    )
    return RedirectResponse(ACCOUNT, status_code=303)


def _code_page(request: Request, *, code: str = "", error: BoxError | None = None) -> Response:
    words = {"code": code, "shortest": rules.PASSWORD_MIN, "longest": rules.PASSWORD_MAX}
    return page(request, "code.html", words, error=error)


async def show_code(request: Request) -> Response:
    """The form for a new password with a code; a link brings the code along behind the `#`."""
    return _code_page(request)


async def redeem(site: Site, *, code: str, password: str) -> LoggedIn:
    """A one-time code through any door, with guessing slowed down. Raises as `redeem_code`, and TooMany."""
    if len(code) > _CODE_MAX:
        raise Invalid("code_too_long", "A code has ten letters and digits.", advice="Type it as it was given to you.")
    site.gatekeeper.codes.check()
    try:
        done = await own_account.redeem_code(site.ports, site.gatekeeper.passwords, code=code, password=password)
    except NotAllowed:
        site.gatekeeper.codes.failed()
        raise
    site.gatekeeper.codes.succeeded()
    return done


async def take_code(request: Request) -> Response:
    """A code and a new password for a cookie."""
    fields = await asking.form(request)
    code = fields.get("code", "")
    try:
        done = await redeem(site_of(request), code=code, password=fields.get("password", ""))
    except BoxError as error:
        return _code_page(request, code=code[:_CODE_MAX], error=error)
    return accounts.welcome(request, done, going_to="")


ROUTES = [
    Route(ACCOUNT, show),
    Route(f"{ACCOUNT}/password", _for_owner(_password), methods=["POST"]),
    Route(f"{ACCOUNT}/forget", _for_owner(_forget), methods=["POST"]),
    Route(f"{ACCOUNT}/tokens", _for_owner(_make_token), methods=["POST"]),
    Route(f"{ACCOUNT}/tokens/revoke", _for_owner(_revoke_token), methods=["POST"]),
    Route(CODE, show_code),
    Route(CODE, take_code, methods=["POST"]),
]
