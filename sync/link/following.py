"""Follows a box to its address: networks give it others, and other boxes may claim to be it.

An address is taken over only where the box shows its key.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from appliance.discovery.service import FoundBox
from sync.link import trust
from sync.link.boxes import Boxes, Place, places_of
from sync.link.carrier import Carrier, Mood
from sync.link.store.database import KnownBox

log = logging.getLogger(__name__)

#: how often to look again while the box does not answer
_LOOK_EVERY_S = 5.0
#: addresses tried at one time: whoever is on the network may announce as many as they like
_PLACES_MOST = 16


def places_for(box: KnownBox, found: Sequence[FoundBox]) -> list[Place]:
    """Where a box may be: where it was last, then where it is announced, by id and else by name."""
    named = sorted(found, key=lambda one: (one.box_id != box.id, one.name != box.name))
    announced = [place for one in named if one.box_id == box.id or one.name == box.name for place in places_of(one)]
    return list(dict.fromkeys([Place(box.host, box.port), *announced]))[:_PLACES_MOST]


async def follow(carrier: Carrier, *, box: KnownBox, boxes: Boxes) -> None:
    """Keeps the carrier's door where the box is, until cancelled."""
    while True:
        heard = await boxes.changed(within_s=_LOOK_EVERY_S)
        if heard or carrier.progress.mood is Mood.WAITING:
            box = await _look(carrier, box=box, found=boxes.found())


async def _look(carrier: Carrier, *, box: KnownBox, found: Sequence[FoundBox]) -> KnownBox:
    places = places_for(box, found)
    looked = await trust.look_for(box, places)
    there = looked.place
    carrier.progress.stranger = there is None and looked.stranger
    if there is None:
        return box
    if there.url != carrier.door.url:
        log.info("The box is at %s:%d now.", there.host, there.port)
        box = replace(box, host=there.host, port=there.port)
        carrier.store.move_box(box.id, host=there.host, port=there.port)
        carrier.door = trust.door_of(box)
        carrier.wake()
    elif carrier.progress.mood is Mood.WAITING:
        carrier.wake()
    return box
