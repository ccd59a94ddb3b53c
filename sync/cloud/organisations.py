"""Organisations and their people's keys. Knows no HTTP. An access key is shown once; only its digest is kept."""

import hashlib
import secrets
from dataclasses import dataclass

from appliance.errors import Invalid, NotAllowed
from sync.cloud.store.ports import Database, Row

_PREFIX = "pk_org_"
_NAME_MOST = 100


def new_id() -> str:
    """An id for whatever the cloud itself makes."""
    return secrets.token_hex(10)


@dataclass(frozen=True, slots=True)
class Organiser:
    """Somebody who signed in."""

    #: of the access key
    key_id: str
    org_id: str
    #: the organisation's
    name: str


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _organiser(row: Row) -> Organiser:
    return Organiser(row["id"], row["org_id"], row["name"])


async def found(database: Database, *, name: str, now_ms: int) -> tuple[str, str]:
    """A new organisation: its id, and its access key, which nobody can be shown again.

    Raises: Invalid with the code `name_wrong`; Unavailable.
    """
    name = name.strip()
    if not name or len(name) > _NAME_MOST or not name.isprintable():
        raise Invalid("name_wrong", f"An organisation's name has 1 to {_NAME_MOST} characters.")
    org, key = new_id(), _PREFIX + secrets.token_urlsafe(24)
    async with database.transaction(org=None) as tx:
        await tx.run("add_organisation", org=org, name=name, now_ms=now_ms)
        await tx.run("add_access_key", id=new_id(), org=org, digest=_digest(key), now_ms=now_ms)
    return org, key


async def are_there(database: Database) -> bool:
    """Whether there is any organisation. Raises: Unavailable."""
    async with database.transaction(org=None) as tx:
        return bool(await tx.all("organisations"))


async def with_key(database: Database, key: str) -> Organiser:
    """Whose key it is. Raises: NotAllowed with the code `access_key_wrong`; Unavailable."""
    async with database.transaction(org=None) as tx:
        row = await tx.one("organisation_of_key", digest=_digest(key.strip()))
    if row is None:
        raise NotAllowed("access_key_wrong", "This access key is not known.", advice="Look for a missing character.")
    return _organiser(row)


async def with_key_id(database: Database, key_id: str) -> Organiser | None:
    """Who signed in with the key of this id, while it works. Raises: Unavailable."""
    async with database.transaction(org=None) as tx:
        row = await tx.one("organisation_of_key_id", id=key_id)
    return _organiser(row) if row is not None else None
