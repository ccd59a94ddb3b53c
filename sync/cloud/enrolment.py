"""How a box comes to belong to an organisation, changes its key, and stops belonging. Knows no HTTP.

The box makes its key and shows a code; an organiser types the code, which says that they stand before the box. A box
whose keys were taken back belongs to nobody, and whoever shows its code next has it.
"""

import re
import secrets
from dataclasses import dataclass

from appliance.errors import Invalid, NotAllowed, NotKnown, Refused, Unavailable
from sync.cloud import identity
from sync.cloud.store.ports import Clash, Database, Row, Tx

CODE_FOR_MS = 15 * 60 * 1000
#: a code that counts for less is followed by another
_CODE_LEFT_MS = 3 * 60 * 1000
#: how long a key still works after another took its place
OVERLAP_MS = 30 * 24 * 3600 * 1000
#: boxes that wait for their organiser at once, of the whole service
CLAIMS_MOST = 100_000
# Nothing that looks like something else: no 0 and O, 1, I and L, 5 and S, 2 and Z, 8 and B, U and V.
_LETTERS = "34679ACDEFGHJKMNPQRTWXY"
_CODE = re.compile(f"[{_LETTERS}]{{8}}")
_BOX_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a box says of itself."""

    box: str
    name: str
    version: str
    #: raw Ed25519
    public_key: bytes


@dataclass(frozen=True, slots=True)
class Welcome:
    """What it hears."""

    #: for the organiser; empty when the box is claimed
    code: str
    expires_s: int
    claimed: bool


@dataclass(frozen=True, slots=True)
class KnownBox:
    """A box whose key was shown."""

    key_id: str
    org_id: str
    box_id: str
    public_key: bytes


def _works(row: Row, *, now_ms: int) -> bool:
    return row["revoked_ms"] is None and (row["until_ms"] is None or row["until_ms"] > now_ms)


async def box_of_key(database: Database, key_id: str, *, now_ms: int) -> KnownBox:
    """Whose key it is. Raises: NotAllowed with the code `key_unknown` or `key_revoked`; Unavailable."""
    async with database.transaction(org=None) as tx:
        row = await tx.one("box_key", id=key_id)
    if row is None:
        raise NotAllowed("key_unknown", "The cloud does not know this box's key.", advice="Claim the box.")
    if not _works(row, now_ms=now_ms):
        raise NotAllowed("key_revoked", "This key was taken back.", advice="Ask the organiser to claim the box again.")
    raw = identity.public_key(row["public_key"])
    return KnownBox(row["id"], row["org_id"], row["box_id"], raw)


async def introduce(database: Database, who: Introduction, *, now_ms: int) -> Welcome:
    """A box shows itself; its signature is checked already. One whose key was taken back may be claimed again.

    Raises: Invalid with the code `box_wrong`; Refused with the code `key_taken`; Unavailable, also with the code
    `claims_full`.
    """
    if not _BOX_ID.fullmatch(who.box):
        raise Invalid("box_wrong", "A box's id has letters, digits and a few marks.")
    key_id = identity.key_id(who.public_key)
    async with database.transaction(org=None) as tx:
        row = await tx.one("box_key", id=key_id)
        if row is not None and _works(row, now_ms=now_ms):
            if row["box_id"] != who.box:
                raise Refused("key_taken", "Another box has this key.", advice="Give each box a key of its own.")
            return Welcome("", 0, claimed=True)
        await tx.run("forget_claims", now_ms=now_ms)
        waiting = await tx.one("claim_of_key", key=key_id)
        if waiting is not None and waiting["expires_ms"] - now_ms >= _CODE_LEFT_MS:
            return Welcome(waiting["code"], (waiting["expires_ms"] - now_ms) // 1000, claimed=False)
        count = await tx.one("count_claims")
        if count is not None and count["n"] >= CLAIMS_MOST:
            raise Unavailable("claims_full", "Too many boxes wait to be claimed.", advice="Try again in a while.")
        code = "".join(secrets.choice(_LETTERS) for _ in range(8))
        await tx.run(
            "set_claim",
            key=key_id,
            box=who.box,
            name=who.name,
            version=who.version,
            public_key=identity.encoded(who.public_key),
            code=code,
            expires_ms=now_ms + CODE_FOR_MS,
        )
    return Welcome(code, CODE_FOR_MS // 1000, claimed=False)


def tidy_code(text: str) -> str:
    """A code as somebody typed it, in the shape in which it is kept; empty when it can't be one."""
    tidy = re.sub(r"[\s-]", "", text).upper()
    return tidy if _CODE.fullmatch(tidy) else ""


async def claim(database: Database, *, org: str, code: str, now_ms: int) -> str:
    """The box that shows `code` belongs to the organisation now; its name.

    Keys that the box had before are taken back: whoever holds them is not this box any more.
    Raises: NotKnown with the code `code_unknown`; Refused with the code `box_taken`; Unavailable.
    """
    tidy = tidy_code(code)
    async with database.transaction(org=None) as tx:
        found = await tx.one("take_claim", code=tidy, now_ms=now_ms) if tidy else None
        if found is None:
            raise NotKnown(
                "code_unknown",
                "No box shows this code.",
                advice="Look at the box's status page: a code counts a while.",
            )
        try:
            async with tx.savepoint():
                await _hand_over(tx, found, org=org, now_ms=now_ms)
        except Clash as error:
            raise Refused(
                "box_taken",
                "This box belongs to another organisation.",
                advice="They can give it up on their page of boxes.",
            ) from error
    return str(found["name"])


async def _hand_over(tx: Tx, found: Row, *, org: str, now_ms: int) -> None:
    box = {"org": org, "box": found["box_id"]}
    await tx.run("add_box", **box, name=found["name"], version=found["version"], now_ms=now_ms)
    await tx.run("revoke_box_keys", **box, now_ms=now_ms)
    if not await tx.run("add_box_key", **box, id=found["key_id"], public_key=found["public_key"], now_ms=now_ms):
        raise Clash("the key works for another box")


async def follow(database: Database, box: KnownBox, *, coming: bytes, now_ms: int) -> None:
    """A box brings in its next key, under the old one; both work for a while. Again changes nothing.

    Raises: NotAllowed with the code `key_followed`; Refused with the code `key_taken`; Unavailable.
    """
    key_id = identity.key_id(coming)
    async with database.transaction(org=None) as tx:
        known = await tx.one("box_key", id=key_id)
        if known is not None:
            if known["box_id"] != box.box_id or known["org_id"] != box.org_id or known["revoked_ms"] is not None:
                raise Refused("key_taken", "This key can't be used.", advice="Make another one.")
            return
        if not await tx.run("follow_key", id=box.key_id, until_ms=now_ms + OVERLAP_MS):
            raise NotAllowed("key_followed", "Another key took this one's place already.", advice="Use that one.")
        await tx.run(
            "add_box_key",
            org=box.org_id,
            box=box.box_id,
            id=key_id,
            public_key=identity.encoded(coming),
            now_ms=now_ms,
        )


async def release(database: Database, *, org: str, box: str, now_ms: int) -> None:
    """Takes back all keys of a box: it was lost, or goes to somebody else. What it sent stays.

    Raises: NotKnown with the code `box_unknown`; Unavailable.
    """
    async with database.transaction(org=org) as tx:
        if not await tx.run("release_box", org=org, box=box, now_ms=now_ms):
            raise NotKnown("box_unknown", "There is no such box.", advice="Look at the page of boxes again.")
        await tx.run("revoke_box_keys", org=org, box=box, now_ms=now_ms)
