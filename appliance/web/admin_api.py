"""`/api/v1`: what an admin does with people, guests and the trail; and people with their own account, for programs."""

from typing import Annotated

import msgspec

from appliance import wire
from appliance.domain import accounts as rules
from appliance.domain.accounts import Role
from appliance.domain.bans import WHY_MAX, Weight
from appliance.domain.models import ClockTrust
from appliance.errors import NotAllowed, NotKnown
from appliance.usecases import bans, managing, people
from appliance.usecases import own_account as own
from appliance.usecases.managing import Invitation, Wanted
from appliance.web import asking, own_account
from appliance.web.accounts_api import AccountOut, Email, LoginOut, Name, Password, account_out
from appliance.web.admin import before_in
from appliance.web.operations import Auth, Call, Operation
from appliance.web.tokens_out import IssuedOut, TokensOut, token_out

TRAIL_MOST, GUESTS_MOST = 100, 100


class InviteIn(msgspec.Struct, frozen=True, kw_only=True):
    role: Role
    email: Email
    name: Name
    #: this person is the DJ of the same name who has played here already
    same_dj: bool = False


class InvitedOut(msgspec.Struct, frozen=True, kw_only=True):
    account: AccountOut
    #: for choosing a password; shown once, works once, counts for a week of the box's up-time
    code: str


class RoleIn(msgspec.Struct, frozen=True, kw_only=True):
    role: Role
    same_dj: bool = False


class CodeIn(msgspec.Struct, frozen=True, kw_only=True):
    code: Annotated[str, msgspec.Meta(max_length=100)]
    password: Password


class PasswordIn(msgspec.Struct, frozen=True, kw_only=True):
    old: Password
    new: Password


class ForgetIn(msgspec.Struct, frozen=True, kw_only=True):
    password: Password


class DeviceIn(msgspec.Struct, frozen=True, kw_only=True):
    device: Annotated[str, msgspec.Meta(max_length=people.DEVICE_MAX)] = ""


class EntryOut(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    #: such as `token.revoked`
    act: str
    #: staff, account, dj, terminal or box
    by: str
    by_name: str
    on: str
    on_name: str
    detail: str
    event: str | None
    at: str
    #: how far the box's clock could be believed then
    clock: ClockTrust


class TrailOut(msgspec.Struct, frozen=True, kw_only=True):
    entries: list[EntryOut]


class WeightOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a guest has said; `counted` of it is in the sums."""

    guest: str
    likes: int
    tempo_votes: int
    reactions: int
    answers: int
    counted: int
    discounted: int
    banned: bool


class GuestsOut(msgspec.Struct, frozen=True, kw_only=True):
    guests: list[WeightOut]


class BanIn(msgspec.Struct, frozen=True, kw_only=True):
    why: Annotated[str, msgspec.Meta(min_length=1, max_length=WHY_MAX)]


def _invited(invitation: Invitation) -> InvitedOut:
    return InvitedOut(account=account_out(invitation.account), code=invitation.code)


async def invite(call: Call) -> InvitedOut:
    sent: InviteIn = call.body
    wanted = Wanted(role=sent.role, email=sent.email, name=sent.name, same_dj=sent.same_dj)
    return _invited(await managing.create(call.site.ports, wanted=wanted, by=call.actor()))


async def change_role(call: Call) -> AccountOut:
    sent: RoleIn = call.body
    changed = await managing.change_role(
        call.site.ports, account_id=call.path("account"), role=sent.role, by=call.actor(), same_dj=sent.same_dj
    )
    return account_out(changed)


async def switch_off(call: Call) -> AccountOut:
    return account_out(await managing.disable(call.site.ports, account_id=call.path("account"), by=call.actor()))


async def switch_on(call: Call) -> AccountOut:
    return account_out(await managing.enable(call.site.ports, account_id=call.path("account"), by=call.actor()))


async def offer_code(call: Call) -> InvitedOut:
    return _invited(await managing.offer_code(call.site.ports, account_id=call.path("account"), by=call.actor()))


async def redeem_code(call: Call) -> LoginOut:
    done = await own_account.redeem(call.site, code=call.body.code, password=call.body.password)
    return LoginOut(login=done.secret, role=done.account.acts_as)


async def show_trail(call: Call) -> TrailOut:
    found = await call.site.ports.reader.audit(before=before_in(call.request), limit=TRAIL_MOST)
    rows = [
        EntryOut(
            number=entry.number,
            act=entry.deed.act,
            by=entry.by.kind.value,
            by_name=entry.by_name,
            on=entry.deed.on,
            on_name=entry.on_name,
            detail=entry.deed.detail,
            event=entry.deed.event_id,
            at=wire.utc(entry.at.wall_ms),
            clock=entry.at.trust,
        )
        for entry in found
    ]
    return TrailOut(entries=rows)


def _weight_out(weight: Weight, *, banned: bool) -> WeightOut:
    return WeightOut(
        guest=weight.guest_id,
        likes=weight.likes,
        tempo_votes=weight.tempo_votes,
        reactions=weight.reactions,
        answers=weight.answers,
        counted=weight.counted,
        discounted=weight.discounted,
        banned=banned,
    )


async def list_guests(call: Call) -> GuestsOut:
    reader, event_id = call.site.ports.reader, call.path("event")
    if event_id not in {event.id for event in await reader.events()}:
        raise NotKnown("event_unknown", "There is no such event here.", advice="Choose one from the list of events.")
    loudest = await reader.loudest(event_id, limit=GUESTS_MOST)
    banned = await reader.banned_among([one.guest_id for one in loudest])
    return GuestsOut(guests=[_weight_out(one, banned=one.guest_id in banned) for one in loudest])


async def ban_guest(call: Call) -> WeightOut:
    guest_id = call.path("guest")
    await bans.ban(call.site.ports, guest_id=guest_id, event_id=call.path("event"), why=call.body.why, by=call.actor())
    return _weight_out(await call.site.ports.reader.weight(guest_id), banned=True)


async def lift_ban(call: Call) -> WeightOut:
    guest_id = call.path("guest")
    await bans.lift(call.site.ports, guest_id=guest_id, event_id=call.path("event"), by=call.actor())
    return _weight_out(await call.site.ports.reader.weight(guest_id), banned=False)


def _own(call: Call) -> rules.Account:
    account = call.somebody().account
    if account is None:
        raise NotAllowed("account_missing", "Staff with the setup code have no account.", advice="Log in with one.")
    return account


async def change_password(call: Call) -> None:
    account = _own(call)
    with own_account.slowly(call.request, account):
        await own.change_password(
            call.site.ports,
            call.site.gatekeeper.passwords,
            account=account,
            old=call.body.old,
            new=call.body.new,
            secret=asking.login_secret(call.request) or "",
        )


async def forget_me(call: Call) -> None:
    account = _own(call)
    with own_account.slowly(call.request, account):
        await own.forget_account(
            call.site.ports, call.site.gatekeeper.passwords, account=account, password=call.body.password
        )


async def my_tokens(call: Call) -> TokensOut:
    dj = call.who()
    found = await call.site.ports.reader.tokens_of(dj.id)
    return TokensOut(tokens=[token_out(token, dj) for token in found])


async def make_my_token(call: Call) -> IssuedOut:
    dj = call.who()
    issued = await people.issue_token(
        call.site.ports, dj_name=dj.name, verifier=call.site.verifier, by=call.actor(), device=call.body.device
    )
    return IssuedOut(token=token_out(issued.token, dj), secret=issued.secret)


async def revoke_my_token(call: Call) -> None:
    await people.revoke_token(call.site.ports, token_id=call.path("token"), by=call.actor(), of_dj=call.who().id)


_BEFORE = (("before", {"type": "integer", "minimum": 0}, "Only older than this number."),)
_UNKNOWN = (404, "No such account.")
_TAKEN = (409, "The e-mail or the DJ's name is taken, or the name is a known DJ's.")

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/accounts/invite", "inviteAccount", "An account that needs nobody's yes, with a one-time code.",
        invite, Auth.STAFF, takes=InviteIn, gives=InvitedOut, status=201, also=(_TAKEN,)),
    Operation("PUT", "/accounts/{account}/role", "changeRole", "Make an account one for something else.", change_role,
        Auth.STAFF, takes=RoleIn, gives=AccountOut, also=(_UNKNOWN, (409, "The only admin, or a known DJ's name."))),
    Operation("POST", "/accounts/{account}/off", "switchOff", "Switch an account off, everywhere at once.", switch_off,
        Auth.STAFF, gives=AccountOut, also=(_UNKNOWN, (409, "The only admin."))),
    Operation("POST", "/accounts/{account}/on", "switchOn", "Switch an account on again.", switch_on, Auth.STAFF,
        gives=AccountOut, also=(_UNKNOWN, (409, "It is not switched off."))),
    Operation("POST", "/accounts/{account}/code", "offerCode", "A one-time code for a new password.", offer_code,
        Auth.STAFF, gives=InvitedOut, status=201, also=(_UNKNOWN,)),
    Operation("POST", "/codes", "redeemCode", "Choose a password with a one-time code, and be logged in.", redeem_code,
        takes=CodeIn, gives=LoginOut, status=201, also=((403, "Wrong, used or too old."), (429, "Too many tries."))),
    Operation("GET", "/audit", "showTrail", f"The newest {TRAIL_MOST} acts that needed a right.", show_trail,
        Auth.STAFF, gives=TrailOut, query=_BEFORE),
    Operation("GET", "/events/{event}/guests", "listGuests", "Who says most lately at an event.", list_guests,
        Auth.STAFF, gives=GuestsOut, also=((404, "No such event."),)),
    Operation("PUT", "/events/{event}/guests/{guest}/ban", "banGuest", "Let nothing that a guest says count.",
        ban_guest, Auth.STAFF, takes=BanIn, gives=WeightOut, also=((404, "No such guest."), (409, "Banned already."))),
    Operation("DELETE", "/events/{event}/guests/{guest}/ban", "liftBan", "Let what a guest says count again.",
        lift_ban, Auth.STAFF, gives=WeightOut, also=((404, "No such ban."),)),
    Operation("PUT", "/me/password", "changePassword", "Another password; all other logins end.", change_password,
        Auth.PERSON, takes=PasswordIn, status=204, also=((403, "Not the password."), (429, "Too often."))),
    Operation("POST", "/me/account/forget", "forgetMe", "Take one's own account out.", forget_me, Auth.PERSON,
        takes=ForgetIn, status=204, also=((403, "Not the password."), (409, "The only admin."), (429, "Too often."))),
    Operation("GET", "/me/tokens", "myTokens", "A DJ's own tokens that work.", my_tokens, Auth.DJ, gives=TokensOut),
    Operation("POST", "/me/tokens", "makeMyToken", "A token for one more device of the DJ's own, shown once.",
        make_my_token, Auth.DJ, takes=DeviceIn, gives=IssuedOut, status=201, also=((409, "Too many tokens."),)),
    Operation("DELETE", "/me/tokens/{token}", "revokeMyToken", "Take back a token of one's own.", revoke_my_token,
        Auth.DJ, status=204, also=((404, "No such token of this DJ."),)),
)
# fmt: on
