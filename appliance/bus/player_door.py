"""The players' door through the broker: the same as their status over HTTP, asked for by topic."""

from collections.abc import Callable

from appliance import wire
from appliance.bus.inbound import PAYLOAD_MOST, PlayerWord
from appliance.domain.players import Orders
from appliance.errors import Invalid
from appliance.ports import Ports
from appliance.usecases.players import entering, hearing
from appliance.wire_players import WordIn


class PlayerDoor:
    """Hears players' words. A token that was taken back stops working here at once, whatever the broker believes."""

    def __init__(self, ports: Ports, *, tell: Callable[[str, Orders], None]) -> None:
        """`tell` is told what the player of a handle is to do."""
        self._ports, self._tell = ports, tell

    async def hear(self, word: PlayerWord) -> None:
        """Takes what a player says.

        Raises: BoxError.
        """
        if len(word.payload) > PAYLOAD_MOST:
            raise Invalid("payload_too_big", f"The message has {len(word.payload)} bytes; {PAYLOAD_MOST} is the most.")
        player = await entering.player_at_broker(self._ports, handle=word.handle)
        told = wire.decode(word.payload or b"{}", WordIn).told()
        self._tell(word.handle, await hearing.hear(self._ports, player=player, told=told))
