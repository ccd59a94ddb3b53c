"""What stands on a poster. Plain values: they travel to the process that draws as JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.wifi import Wifi


class Paper(StrEnum):
    """The sizes of the sheet, upright."""

    A4 = "a4"
    A5 = "a5"


@dataclass(frozen=True, slots=True)
class Wording:
    """What the sheet says in one language."""

    #: what it is good for
    claim: str
    #: head of the code that joins the Wi-Fi
    join: str
    #: head of the code with the address, beside the other
    scan: str
    #: and where it stands alone
    scan_here: str
    #: what stands before the network's name
    network: str
    password: str
    #: what stands before the address in words
    typed: str
    #: two lines of help for each system
    iphone: tuple[str, str]
    android: tuple[str, str]
    #: what nobody needs
    foot: str
    #: what stands below a name of which letters are missing
    lacking: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One poster."""

    #: the stage's name
    name: str
    #: what stands there when the font has no letter of the name
    plain_name: str
    #: dancers' address of the stage
    address: str
    #: the same in digits; None where the address is in digits already
    by_number: str | None
    #: None for no Wi-Fi part
    wifi: Wifi | None
    #: the event's picture, PNG or JPEG; None without
    logo: bytes | None
    #: one or several languages; the first is the largest
    words: tuple[Wording, ...]
    paper: Paper = Paper.A4


def wording(say: Callable[[str], str]) -> Wording:
    """The words of one language; `say` looks a key up in its catalogue."""
    return Wording(
        claim=say("poster.claim"),
        join=say("poster.join"),
        scan=say("poster.scan"),
        scan_here=say("poster.scan_here"),
        network=say("poster.network"),
        password=say("poster.password"),
        typed=say("poster.typed"),
        iphone=(say("poster.iphone_1"), say("poster.iphone_2")),
        android=(say("poster.android_1"), say("poster.android_2")),
        foot=say("poster.foot"),
        lacking=say("poster.lacking"),
    )
