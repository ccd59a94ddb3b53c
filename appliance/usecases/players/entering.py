"""Which player it is: by its token, by its name at the broker, by its tag."""

from appliance.domain.players import Player, proof
from appliance.errors import NotAllowed, NotKnown
from appliance.ports import Ports
from appliance.usecases.people import digest

TOKEN_PREFIX = "pk_player_"  # noqa: S105 - a prefix, so that people and secret scanners recognise the rest


def token_wrong() -> NotAllowed:
    """A player shows a token that nobody made, or that was taken back."""
    return NotAllowed(
        "token_wrong",
        "This player's token does not work, or does not work any more.",
        advice="Make a new one at /organiser/players, and start the player with it.",
    )


async def player_with_token(ports: Ports, *, secret: str) -> Player:
    """Whose token it is.

    Raises: NotAllowed with the code `token_wrong`.
    """
    found = await ports.reader.player_by_digest(digest(secret)) if secret.startswith(TOKEN_PREFIX) else None
    if found is None:
        raise token_wrong()
    return found


async def player_at_broker(ports: Ports, *, handle: str) -> Player:
    """The player of this name at the broker, which has checked its token itself.

    Raises: NotAllowed with the code `token_wrong`.
    """
    found = await ports.reader.player_with_handle(handle)
    if found is None or found.revoked_ms is not None:
        raise token_wrong()
    return found


async def player_with_tag(ports: Ports, *, tag: str) -> Player:
    """The player that a tag is stuck to.

    Raises: NotKnown with the code `tag_unknown`.
    """
    found = await ports.reader.player_by_tag(digest(tag))
    if found is None:
        raise NotKnown("tag_unknown", "Nobody knows this tag any more.", advice="Scan the code on the poster.")
    return found


async def proofs(ports: Ports, *, nonce: str) -> list[str]:
    """That this box knows its players' tokens, for one that looks for its box before it shows it its token."""
    return [proof(player.digest, nonce) for player in await ports.reader.players()]
