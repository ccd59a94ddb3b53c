"""The captive portal: let a phone through, take that back, and choose what the portal does.

A phone's release is stored and not journaled: it is of no use to anybody but this box and this night, and even a
digest of a phone must not travel. Which mode was chosen is journaled: it explains the night, and names nobody.
"""

import secrets

from appliance.domain import portal
from appliance.domain.audit import Actor, Deed
from appliance.domain.events import PortalModeSet
from appliance.domain.models import Stamp
from appliance.domain.portal import Client, Mode, Release
from appliance.errors import Unavailable
from appliance.ports import Ports, Transaction

_MODE = "portal_mode"
_SALT = "portal_salt"
_SALT_BYTES = 32


def _only_open(tx: Transaction, now: Stamp) -> int:
    """Forgets what is over; how many releases are left. With the last one the night's salt goes too."""
    left = 0
    for release in tx.releases():
        if portal.is_open(release, now):
            left += 1
        else:
            tx.end_release(release.client)
    if left == 0:
        tx.set_meta(_SALT, None)
    return left


def _salt(tx: Transaction) -> bytes:
    known = tx.meta(_SALT)
    if known is None:
        known = secrets.token_hex(_SALT_BYTES)
        tx.set_meta(_SALT, known)
    return bytes.fromhex(known)


async def begin(ports: Ports) -> Mode:
    """What the portal does after a start: the mode that was chosen last, at first `quiet`. Forgets what is over.

    On a disk that takes no write nothing is forgotten: what is over counts no more all the same.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Mode:
        _only_open(tx, now)
        return Mode(tx.meta(_MODE) or Mode.QUIET)

    try:
        return await ports.store.write(change)
    except Unavailable:
        return Mode(await ports.reader.meta(_MODE) or Mode.QUIET)


async def set_mode(ports: Ports, *, mode: Mode, by: Actor) -> None:
    """Chooses what the portal does. Again changes nothing."""
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        if tx.meta(_MODE) != mode.value:
            tx.set_meta(_MODE, mode.value)
            tx.record(PortalModeSet(mode), at=now)
            tx.audit(Deed("portal.mode_set", detail=mode.value), by=by, at=now)

    await ports.store.write(change)


async def release(ports: Ports, *, client: Client) -> None:
    """Lets a phone through: from now on its probes hear "online". Durable when it returns; again begins anew."""
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        if _only_open(tx, now) >= portal.RELEASES_MOST:
            tx.end_release(tx.releases()[0].client)
        tx.set_release(Release(client=portal.client_key(client, salt=_salt(tx)), granted=now))

    await ports.store.write(change)


async def take_back(ports: Ports, *, client: Client) -> None:
    """Makes a phone one that never said yes: it asks again, and its own internet comes back."""
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        tx.end_release(portal.client_key(client, salt=_salt(tx)))
        _only_open(tx, now)

    await ports.store.write(change)


async def is_released(ports: Ports, *, client: Client) -> bool:
    """Whether a phone was let through and that still counts."""
    return await released_for_ms(ports, client=client) > 0


async def released_for_ms(ports: Ports, *, client: Client) -> int:
    """How long it still counts that a phone was let through; 0 when it does not."""
    salt = await ports.reader.meta(_SALT)
    if salt is None:
        return 0
    found = await ports.reader.release(portal.client_key(client, salt=bytes.fromhex(salt)))
    return portal.left_ms(found, ports.clock.now()) if found is not None else 0
