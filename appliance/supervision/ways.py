"""In which way the box starts, by how its last starts went. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from appliance.supervision.starts import Start

BROKER = "broker"


class Way(StrEnum):
    """How much of the box is started."""

    NORMAL = "normal"
    #: dancers have everything; lights, displays and DJs' programs on MQTT wait
    WITHOUT_BROKER = "without-broker"
    #: a page that says so, and the staff's page
    SAFE = "safe"


def choose(unhealthy: Sequence[Start], *, most: int) -> Way:
    """The way for the next start, from the unhealthy ones before it, oldest first.

    After `most` of them something has to be left out. When it was the broker each time, only the broker: dancers do
    not need it. A try out of safe mode that fails leads back at once.
    """
    last = unhealthy[-1:] if unhealthy and unhealthy[-1].is_trial else unhealthy[-most:]
    if not last or (len(last) < most and not last[-1].is_trial):
        return Way.NORMAL
    return Way.WITHOUT_BROKER if all(start.part == BROKER for start in last) else Way.SAFE
