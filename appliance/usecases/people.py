"""Who may do what: DJ tokens, and the one-time setup code that lets staff make them."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from appliance.domain import audit, rules
from appliance.domain.accounts import NOTED_EVERY_MS
from appliance.domain.audit import Actor, Deed
from appliance.domain.events import TokenIssued, TokenRevoked
from appliance.domain.models import Dj, DjToken, Stamp
from appliance.errors import NotAllowed, NotKnown, Refused, Unavailable
from appliance.ports import Ports, Transaction
from appliance.usecases import lineup
from appliance.usecases.uptime import up_ms, up_ms_in

TOKEN_PREFIX = "pk_dj_"  # noqa: S105 - a prefix, so that people and secret scanners recognise the rest
#: of one DJ: nobody has more devices
TOKENS_MOST = 50
DEVICE_MAX = 40
#: up-time after which a token that nobody uses is taken back
UNUSED_MOST_MS = 30 * 24 * 3600 * 1000
# Without letters and digits that are mistaken for each other on a screen in the dark (Crockford's base 32).
_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 10
_SETUP = "setup_digest"
#: the code from the settings, and the one of those that was used: it must not work again after a restart
_GIVEN, _USED = "setup_given_digest", "setup_used_digest"


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token. `secret` is shown once and kept nowhere."""

    token: DjToken
    dj: Dj
    secret: str


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal: tokens are long and random, so nothing slower is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_setup_code() -> str:
    """A fresh code, 50 bits, as people type it: `K7QM2-X9F4T`."""
    code = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_LENGTH))
    return f"{code[:5]}-{code[5:]}"


def _typed(code: str) -> str:
    """The code as meant: letter case, hyphens, spaces and mistaken letters aside."""
    kept = "".join(char for char in code.upper() if char.isalnum())
    return kept.translate(str.maketrans("OIL", "011"))


def code_digest(code: str) -> str:
    """What is kept of a code that somebody will type: SHA-256 of it as meant."""
    return digest(_typed(code))


def is_same_code(given: str, wanted: str) -> bool:
    """Whether a typed code is the one meant; how long that takes says nothing."""
    return hmac.compare_digest(code_digest(given), code_digest(wanted))


async def offer_setup_code(ports: Ports, *, given: str) -> str:
    """Makes the code `given` in the settings the one that works; the code that works now.

    Without one, and when it was used already, that is a new one.
    """
    fresh = new_setup_code()

    def change(tx: Transaction) -> str:
        wanted = code_digest(given) if given else None
        tx.set_meta(_GIVEN, wanted)
        chosen = given if wanted and tx.meta(_USED) != wanted else fresh
        tx.set_meta(_SETUP, code_digest(chosen))
        return chosen

    return await ports.store.write(change)


async def redeem_setup_code(ports: Ports, *, code: str) -> None:
    """Uses the setup code up. Guessing is slowed by the door that calls this.

    Raises: NotAllowed with the code `setup_code_wrong`, also when it was used already.
    """

    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        wanted = tx.meta(_SETUP)
        if wanted is None or not hmac.compare_digest(wanted, code_digest(code)):
            raise NotAllowed(
                "setup_code_wrong",
                "This is not the setup code, or it was used already.",
                advice="Start the box again to get a new one; it is printed in the terminal, or in pika-box-says.txt.",
            )
        if wanted == tx.meta(_GIVEN):
            tx.set_meta(_USED, wanted)
        tx.set_meta(_SETUP, None)
        tx.audit(Deed("setup.redeemed"), by=audit.STAFF, at=now)

    await ports.store.write(change)


def _free_name(tx: Transaction, wanted: str) -> str:
    """`wanted`, or with a number: names at the broker are never used twice."""
    name, number = wanted, 2
    while tx.token_named(name) is not None:
        name, number = f"{wanted[:42]}-{number}", number + 1
    return name


async def issue_token(
    ports: Ports, *, dj_name: str, verifier: Callable[[str], str], by: Actor, device: str = ""
) -> Issued:
    """A new token for a DJ, who begins to exist with the first one. `verifier` hashes it for the broker.

    Raises: Invalid for the name or the device; Refused with the code `tokens_many` or `dj_is_house`.
    """
    now = ports.clock.now()
    name = rules.required_text(dj_name, field="name", longest=rules.NAME_MAX)
    handle = rules.slug(name)
    called = _device(device)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(24)

    def change(tx: Transaction) -> Issued:
        dj = tx.dj_named(name)
        if dj is None:
            dj = Dj(id=ports.new_id(), name=name)
            tx.add_dj(dj)
        lineup.check_person(tx, dj)
        if len(tx.tokens_of(dj.id)) >= TOKENS_MOST:
            raise Refused("tokens_many", f"{dj.name} has {TOKENS_MOST} tokens.", advice="Take one of them back first.")
        token = DjToken(
            id=ports.new_id(),
            dj_id=dj.id,
            name=_free_name(tx, handle),
            digest=digest(secret),
            verifier=verifier(secret),
            created_ms=now.wall_ms,
            device=called,
            used_up_ms=up_ms_in(tx, now),
        )
        tx.add_token(token)
        tx.record(TokenIssued(token, dj), at=now)
        tx.audit(_deed("token.issued", token, dj), by=by, at=now)
        # Whoever hands out a key has somebody in mind who plays here: at what is going on now.
        lineup.assign_to_live(tx, dj, at=now)
        return Issued(token=token, dj=dj, secret=secret)

    issued = await ports.store.write(change)
    await ports.refresh_credentials()
    return issued


def _device(text: str) -> str:
    """What a DJ calls a device; empty for nothing. Raises: Invalid with the code `device_too_long`."""
    return rules.required_text(text, field="device", longest=DEVICE_MAX) if rules.clean_text(text) else ""


def _deed(act: str, token: DjToken, dj: Dj | None) -> Deed:
    words = ": ".join(filter(None, [dj.name if dj else "", token.device]))
    return Deed(act, on=token.id, name=token.name, detail=words)


def take_back(tx: Transaction, token: DjToken, *, by: Actor, at: Stamp) -> None:
    """A token stops working, inside a transaction. The broker has to be told afterwards."""
    tx.revoke_token(token.id, at_ms=at.wall_ms)
    tx.record(TokenRevoked(token), at=at)
    tx.audit(_deed("token.revoked", token, tx.dj(token.dj_id)), by=by, at=at)


def take_back_all(tx: Transaction, dj_id: str, *, by: Actor, at: Stamp) -> None:
    """Every token of a DJ stops working; as `take_back`."""
    for token in tx.tokens_of(dj_id):
        take_back(tx, token, by=by, at=at)


async def revoke_token(ports: Ports, *, token_id: str, by: Actor, of_dj: str | None = None) -> None:
    """Takes a token back; with `of_dj` only one of that DJ's. Again changes nothing.

    Raises: NotKnown with the code `token_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        token = tx.token(token_id)
        if token is None or of_dj not in {None, token.dj_id}:
            raise NotKnown("token_unknown", "There is no such token.")
        if token.revoked_ms is None:
            take_back(tx, token, by=by, at=now)

    await ports.store.write(change)
    await ports.refresh_credentials()


async def dj_with_token(ports: Ports, *, secret: str) -> tuple[DjToken, Dj]:
    """Whose token it is. That it is used is noted.

    Raises: NotAllowed with the code `token_wrong`.
    """
    found = await ports.reader.token_by_digest(digest(secret)) if secret.startswith(TOKEN_PREFIX) else None
    return await _used(ports, found)


async def dj_with_digest(ports: Ports, *, digest: str) -> tuple[DjToken, Dj]:
    """Whose token has this digest; as `dj_with_token`."""
    return await _used(ports, await ports.reader.token_by_digest(digest))


async def dj_at_broker(ports: Ports, *, name: str) -> tuple[DjToken, Dj]:
    """Whose token has this name at the broker, which has checked the token itself; as `dj_with_token`."""
    return await _used(ports, await ports.reader.token_by_name(name))


async def _used(ports: Ports, found: tuple[DjToken, Dj] | None) -> tuple[DjToken, Dj]:
    if found is None:
        raise NotAllowed(
            "token_wrong", "This DJ token does not work, or does not work any more.", advice="Ask staff for a new one."
        )
    token, _ = found
    now, up = ports.clock.now(), await up_ms(ports)
    if token.used_ms is None or token.used_up_ms is None or up - token.used_up_ms > NOTED_EVERY_MS:
        # Whether that can be written down must not decide who plays.
        with suppress(Unavailable):
            await ports.store.write(lambda tx: tx.use_token(token.id, up_ms=up, at_ms=now.wall_ms))
    return found


async def drop_unused_tokens(ports: Ports) -> None:
    """Takes back every token that was not used for thirty days of up-time."""
    now = ports.clock.now()

    def change(tx: Transaction) -> bool:
        up, dropped = up_ms_in(tx, now), False
        for token in tx.tokens_of(None):
            if token.used_up_ms is None:
                # From before this was counted: the days begin now.
                tx.use_token(token.id, up_ms=up, at_ms=None)
            elif up - token.used_up_ms - NOTED_EVERY_MS > UNUSED_MOST_MS:
                take_back(tx, token, by=audit.BOX, at=now)
                dropped = True
        return dropped

    if await ports.store.write(change):
        await ports.refresh_credentials()
