"""The Wi-Fi that a poster invites to."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wifi:
    """A network that guests join."""

    ssid: str
    #: empty for an open network
    passphrase: str = field(repr=False, default="")
    #: whether phones list it only when told its name
    hidden: bool = False
