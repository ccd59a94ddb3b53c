"""DJs get keys and lose them."""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.events.base import Body
from appliance.domain.models import Dj, DjToken


@dataclass(frozen=True, slots=True)
class TokenIssued:
    """A DJ has a key for one more device."""

    kind: ClassVar[str] = "token.issued"
    token: DjToken
    dj: Dj

    def body(self) -> Body:
        return {"token": self.token.id, "name": self.token.name, "dj": self.dj.id, "dj_name": self.dj.name}


@dataclass(frozen=True, slots=True)
class TokenRevoked:
    """A DJ's key no longer works."""

    kind: ClassVar[str] = "token.revoked"
    token: DjToken

    def body(self) -> Body:
        return {"token": self.token.id, "dj": self.token.dj_id}
