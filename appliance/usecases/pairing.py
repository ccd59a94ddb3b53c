"""Pairing codes: made by staff for one DJ, good for ten minutes of boot time and three tries, then gone.

They are kept in the store, so that the terminal can make one while the server runs, and a server that starts again
counts on from the same tries.
"""

from collections.abc import Callable

from appliance.domain import audit, pairing, rules
from appliance.domain.audit import Actor, Deed
from appliance.domain.pairing import Code, Waiting
from appliance.errors import NotAllowed, Refused
from appliance.ports import Ports, Transaction
from appliance.usecases import people
from appliance.usecases.people import Issued

_CODES = "pairing_codes"
#: what a token is for that was had with a code
_DEVICE = "link"


def refused() -> NotAllowed:
    """One answer for every code that does not work, so that nobody learns which ones wait."""
    return NotAllowed(
        "pairing_refused",
        "The box knows no such code now: it is wrong, older than ten minutes, or used already.",
        advice="Ask staff for a new one.",
    )


async def make_code(ports: Ports, *, dj_name: str, by: Actor) -> tuple[Code, str]:
    """A new code, and the DJ's name as it will be shown.

    Raises: Invalid for the name; Refused with the code `pairing_codes_many`.
    """
    now = ports.clock.now()
    name = rules.required_text(dj_name, field="name", longest=rules.NAME_MAX)
    rules.slug(name)

    def change(tx: Transaction) -> Waiting:
        codes = pairing.from_text(tx.meta(_CODES), now)
        free = [slot for slot in pairing.SLOTS if slot not in {code.slot for code in codes}]
        if not free:
            raise Refused("pairing_codes_many", "Nine pairing codes wait already.", advice="Use one, or wait a while.")
        code = pairing.new(free[0], dj_name=name, now=now)
        tx.set_meta(_CODES, pairing.to_text([*codes, code]))
        tx.audit(Deed("pairing.offered", name=name), by=by, at=now)
        return code

    code = await ports.store.write(change)
    return Code(code.slot, code.secret), name


async def waiting_code(ports: Ports, *, slot: int) -> Code:
    """The code with that digit.

    Raises: NotAllowed with the code `pairing_refused`.
    """
    codes = pairing.from_text(await ports.reader.meta(_CODES), ports.clock.now())
    found = next((code for code in codes if code.slot == slot), None)
    if found is None:
        raise refused()
    return Code(found.slot, found.secret)


async def count_wrong(ports: Ports, *, code: Code) -> None:
    """Somebody tried the code and was wrong. Durable when it returns; unknown codes change nothing."""
    await _change(ports, code=code, to=pairing.one_wrong)


async def redeem(ports: Ports, *, code: Code, verifier: Callable[[str], str]) -> Issued:
    """A token for the code's DJ, which uses the code up. `verifier` hashes it for the broker.

    Raises: NotAllowed with the code `pairing_refused`.
    """
    used = await _change(ports, code=code, to=lambda _: None)
    if used is None:
        raise refused()
    return await people.issue_token(ports, dj_name=used.dj_name, verifier=verifier, by=audit.BOX, device=_DEVICE)


async def _change(ports: Ports, *, code: Code, to: Callable[[Waiting], Waiting | None]) -> Waiting | None:
    now = ports.clock.now()

    def change(tx: Transaction) -> Waiting | None:
        codes = pairing.from_text(tx.meta(_CODES), now)
        found = next((one for one in codes if (one.slot, one.secret) == (code.slot, code.secret)), None)
        if found is not None:
            changed = to(found)
            rest = [one for one in codes if one is not found]
            kept = [*rest, changed] if changed is not None and changed.is_good(now) else rest
            tx.set_meta(_CODES, pairing.to_text(kept))
        return found

    return await ports.store.write(change)
