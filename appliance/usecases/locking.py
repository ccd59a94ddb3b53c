"""What a transaction does with locks, for every use case that begins, hands on or opens a set."""

from appliance.domain import locks
from appliance.domain.events import PlayStopped, SessionLocked, SessionUnlocked
from appliance.domain.locks import Lock
from appliance.domain.models import Session, Stamp
from appliance.ports import Transaction

#: signs logins of this box, and keys what is kept of PINs
_KEY = "login_key"


def box_key(tx: Transaction) -> bytes:
    """What the digests of PINs are keyed with."""
    kept = tx.meta(_KEY)
    assert kept is not None  # made with the database
    return bytes.fromhex(kept)


def new_lock(tx: Transaction, lock_id: str, *, pin: str) -> Lock:
    """A lock that this PIN opens."""
    lock = Lock(lock_id, locks.digest(pin, lock_id=lock_id, key=box_key(tx)))
    tx.add_lock(lock)
    return lock


def opens_already(tx: Transaction, session: Session, pin: str) -> bool:
    """Whether a set is behind this very PIN: whoever is inside then stays inside."""
    lock = tx.lock(session.lock) if session.lock is not None else None
    return lock is not None and locks.opens(lock, pin, key=box_key(tx))


def put_behind(tx: Transaction, session: Session, lock: Lock, *, at: Stamp) -> Session:
    """Puts a set behind a lock; what is behind an earlier one is not taken along."""
    _take_off_what_was_carried(tx, session, lock_id=lock.id, at=at)
    tx.set_lock(session.id, lock.id)
    return _told(tx, SessionLocked(session, lock.id), at=at)


def open_to_all(tx: Transaction, session: Session, *, at: Stamp) -> Session:
    """Lets everybody see a set; one that they may see already stays as it is."""
    if session.lock is None:
        return session
    _take_off_what_was_carried(tx, session, lock_id=None, at=at)
    tx.set_lock(session.id, None)
    return _told(tx, SessionUnlocked(session), at=at)


def _told(tx: Transaction, event: SessionLocked | SessionUnlocked, *, at: Stamp) -> Session:
    tx.record(event, at=at)
    changed = tx.session(event.session.id)
    assert changed is not None  # it was there a moment ago
    return changed


def _take_off_what_was_carried(tx: Transaction, session: Session, *, lock_id: str | None, at: Stamp) -> None:
    """What stays on from the set before is taken off where that is behind another lock: these people may not see it."""
    shown = tx.play(session.current_play_id) if session.current_play_id else None
    before = tx.session(shown.session_id) if shown is not None else None
    if shown is None or before is None or before.id == session.id or before.lock in {None, lock_id}:
        return
    tx.set_current(session.id, None)
    tx.record(PlayStopped(shown), at=at)
