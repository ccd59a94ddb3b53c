"""House players begin to exist, are told something else, and go."""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.events.base import Body
from appliance.domain.players import Player


@dataclass(frozen=True, slots=True)
class PlayerChanged:
    """A player is new, is gone, or is wanted to do something else."""

    kind: ClassVar[str] = "player.changed"
    player: Player

    def body(self) -> Body:
        player, wish = self.player, self.player.wish
        who: Body = {"player": player.id, "name": player.name, "stage": player.stage_id, "dj": player.dj_id}
        wants: Body = {"paused": wish.is_paused, "volume": wish.volume, "returns": wish.returns}
        return who | wants | {"works": player.revoked_ms is None}
