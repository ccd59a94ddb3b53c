"""The key that messages are signed with (VAPID). Made once, on purpose: who makes another loses every subscription."""

from appliance.errors import Invalid, Refused
from sync.cloud.push import letters
from sync.cloud.store.ports import Database

_NAME = "push_key"


async def load(database: Database) -> bytes | None:
    """The key, PEM; None where none was made, or where it was lost. Raises: Unavailable."""
    async with database.transaction(org=None) as tx:
        row = await tx.one("push_secret", name=_NAME)
    return row["value"].encode() if row else None


async def make(database: Database) -> bytes:
    """The key, made where there was never one.

    Raises: Refused with the code `push_key_lost` where browsers subscribed with another one; Unavailable.
    """
    async with database.transaction(org=None) as tx:
        row = await tx.one("push_secret", name=_NAME)
        counted = await tx.one("count_all_subscriptions")
        if row is None and counted is not None and counted["n"]:
            raise Refused(
                "push_key_lost",
                f"{counted['n']} browsers subscribed with a key that is not here any more; a new one reaches none.",
                advice="Bring back the table `secrets` from a copy of the database.",
            )
        if row is None:
            await tx.run("add_secret", name=_NAME, value=letters.new_key().decode())
            row = await tx.one("push_secret", name=_NAME)
        assert row is not None
        return str(row["value"]).encode()


def contact(text: str) -> str:
    """Whom services write to when something is wrong. Raises: Invalid with the code `contact_wrong`."""
    if not text.startswith(("mailto:", "https://")) or not text.isascii() or not text.isprintable() or " " in text:
        raise Invalid("contact_wrong", "The contact for push services begins with mailto: or https://.")
    return text
