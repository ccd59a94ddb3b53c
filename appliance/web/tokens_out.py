"""DJs' tokens as `/api/v1` takes and tells them."""

from typing import Annotated

import msgspec

from appliance import wire
from appliance.domain.models import Dj, DjToken
from appliance.usecases import people

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class TokenIn(msgspec.Struct, frozen=True, kw_only=True):
    name: Name
    #: for which device; may be empty
    device: Annotated[str, msgspec.Meta(max_length=people.DEVICE_MAX)] = ""


class TokenOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    #: username at the broker, and the name in `pika/v1/dj/<name>/...`
    name: str
    dj: str
    #: what the DJ calls the device; may be empty
    device: str
    #: when it was last noted to be used, by the box's clock; a token that is in use is noted once an hour
    used_at: str | msgspec.UnsetType = msgspec.UNSET


class IssuedOut(msgspec.Struct, frozen=True, kw_only=True):
    token: TokenOut
    #: shown once; the box keeps only its hash
    secret: str


class TokensOut(msgspec.Struct, frozen=True, kw_only=True):
    tokens: list[TokenOut]


def token_out(token: DjToken, dj: Dj) -> TokenOut:
    """A token for staff and for its DJ."""
    used_at = wire.utc(token.used_ms) if token.used_ms is not None else msgspec.UNSET
    return TokenOut(id=token.id, name=token.name, dj=dj.name, device=token.device, used_at=used_at)
