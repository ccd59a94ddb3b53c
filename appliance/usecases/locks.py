"""A DJ puts a set behind a PIN; a dancer with the right one gets in."""

import secrets
from dataclasses import dataclass, field

from appliance.domain import locks, rules
from appliance.domain.locks import OWN, SHARED, STRANGERS, Lock, Patience, Tries
from appliance.domain.models import Dj, Session
from appliance.errors import NotAllowed, Refused
from appliance.ports import Ports, Transaction
from appliance.usecases import locking
from appliance.usecases.sessions import hear_of, meant_session, session_unknown
from appliance.usecases.uptime import up_ms_in


class PinWait(Refused):
    """A PIN that is not looked at yet; `wait_s` says how long to wait."""


@dataclass(frozen=True, slots=True)
class Behind:
    """A set behind a PIN."""

    session: Session
    #: shown once, and kept nowhere
    pin: str = field(repr=False)


def random_pin() -> str:
    """A PIN that nobody chose."""
    return f"{secrets.randbelow(10**locks.DIGITS):0{locks.DIGITS}}"


async def lock_set(
    ports: Ports, *, dj: Dj, session_id: str | None = None, stage_id: str | None = None, pin: str | None = None
) -> Behind:
    """Puts a running set behind a PIN: the one given, or a new random one. Another one no longer opens it.

    The same PIN again changes nothing: nobody who is inside is sent out.

    Raises: Invalid with the code `pin_invalid`; as `meant_session`; Refused with the code `session_over`.
    """
    now, lock_id = ports.clock.now(), ports.new_id()
    chosen = locks.checked_pin(pin) if pin is not None else random_pin()

    def change(tx: Transaction) -> Behind:
        session = rules.running(meant_session(tx, dj=dj, session_id=session_id, stage_id=stage_id))
        hear_of(tx, session, at=now)
        if locking.opens_already(tx, session, chosen):
            return Behind(session, chosen)
        return Behind(locking.put_behind(tx, session, locking.new_lock(tx, lock_id, pin=chosen), at=now), chosen)

    return await ports.store.write(change)


async def unlock_set(ports: Ports, *, dj: Dj, session_id: str | None = None, stage_id: str | None = None) -> Session:
    """Lets everybody see a set, running or over, and all that was played in it. Again changes nothing.

    Raises: as `meant_session`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Session:
        session = meant_session(tx, dj=dj, session_id=session_id, stage_id=stage_id)
        return locking.open_to_all(tx, session, at=now)

    return await ports.store.write(change)


@dataclass(frozen=True, slots=True)
class Guess:
    """A phone tries a PIN."""

    guest_id: str
    session_id: str
    pin: str
    #: the phone has been in the hall for some minutes
    is_settled: bool


async def open_lock(ports: Ports, guess: Guess) -> str:
    """The lock that the PIN opens: whoever asked is inside. Wrong tries are counted durably, over reboots.

    Raises: Invalid with the code `pin_invalid`, which costs no try; NotKnown with the code `session_unknown`; Refused
    with the code `pin_not_needed`; PinWait with `pin_wait` or `pin_wait_strangers`; NotAllowed with `pin_wrong`.
    """
    pin = locks.checked_pin(guess.pin)
    now = ports.clock.now()

    def change(tx: Transaction) -> str | None:
        session = tx.session(guess.session_id)
        if session is None:
            raise session_unknown()
        lock = tx.lock(session.lock) if session.lock is not None else None
        if lock is None:
            raise Refused("pin_not_needed", "This set is open to everybody.", advice="Open the stage page again.")
        up_ms = up_ms_in(tx, now)
        counted = _counted(tx, lock, guess, up_ms=up_ms)
        if locks.opens(lock, pin, key=locking.box_key(tx)):
            if counted[guess.guest_id].failures:
                tx.set_tries(lock.id, guess.guest_id, Tries())
            return lock.id
        for who, tries in counted.items():
            tx.set_tries(lock.id, who, tries.failed(up_ms=up_ms))
        return None

    # A wrong try is written down, so it must not be what undoes the transaction.
    opened = await ports.store.write(change)
    if opened is None:
        raise NotAllowed("pin_wrong", "This is not the PIN of this set.", advice="Ask whoever invited you.")
    return opened


def _counted(tx: Transaction, lock: Lock, guess: Guess, *, up_ms: int) -> dict[str, Tries]:
    """What a wrong try would count against. Raises: PinWait."""
    counts: dict[str, tuple[Patience, str]] = {guess.guest_id: (OWN, "pin_wait")}
    if not guess.is_settled:
        counts[STRANGERS] = (SHARED, "pin_wait_strangers")
    found = {}
    for who, (patience, code) in counts.items():
        found[who] = tx.tries(lock.id, who)
        wait_ms = found[who].wait_ms(patience, up_ms=up_ms)
        if wait_ms > 0:
            raise _wait(code, wait_s=-(-wait_ms // 1000))
    return found


def _wait(code: str, *, wait_s: int) -> PinWait:
    if code == "pin_wait":
        detail, advice = "This phone has tried too many wrong PINs.", "Ask for the PIN, and wait."
    else:
        detail = "Too many wrong PINs came from phones that have just arrived."
        advice = "Keep this page open for some minutes, then try again."
    return PinWait(code, detail, advice=advice, wait_s=wait_s)
