"""Whose words count: a guest's do once the guest is known to be there, so that a thousand fresh cookies from one phone
are one phone. Pure; knows no clock: boot times come in.

There is whoever has a page open on the stage's stream, or keeps looking where streams do not get through. Nobody is
refused for not being there: what such a guest says is kept, seen by themselves, and counts as soon as they turn out to
be there. A few of each address count at once. Where the box itself gives out addresses, one of them is one phone, and
even of those who are there only a few count. Whoever counts once does so as long as this memory lasts; addresses are
nowhere else than here.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

#: of one address, so many count before anybody has seen them
UNSEEN_MOST = 2
#: and so many without a stream, unless more are there with one: a hall behind one address, in which some can't stream
LOOKING_MOST = 4
#: two looks so far apart are somebody who stays: pages without a stream ask each 5 s, those without a script each 30 s
LOOKS_APART_MS = 20_000
#: a guest who gave no sign for so long leaves room for another one of the same address
ROOM_AFTER_MS = 30 * 60_000
#: more guests than a hall holds; those who do not count are forgotten first
GUESTS_MOST = 20_000
_TIDY_EVERY_MS = 60_000

#: the address that a guest comes from; asked of those only who are new here
Where = Callable[[], str]


class _Known(IntEnum):
    """How well a guest is known to be there."""

    UNSEEN = 0
    LOOKING = 1
    STREAMING = 2


@dataclass(slots=True)
class _Guest:
    address: str
    #: when they were first seen, boot time
    first_ms: int
    #: when they last gave a sign
    last_ms: int
    known: _Known = _Known.UNSEEN
    #: open streams
    streams: int = 0
    counts: bool = False

    def holds(self, now_ms: int) -> bool:
        """Whether they take one of their address' places."""
        return self.counts and (self.streams > 0 or now_ms - self.last_ms < ROOM_AFTER_MS)


@dataclass(slots=True)
class _Address:
    #: guests who count and hold a place here, or did so a while ago
    guests: dict[str, _Guest] = field(default_factory=dict)
    tidied_ms: int = 0
    #: how many places those hold who are known so well; some of them may be free since the last time it was tidied
    places: list[int] = field(default_factory=lambda: [0] * len(_Known))

    def tidy(self, now_ms: int) -> None:
        """Frees the places of those who have gone, now and then."""
        if now_ms - self.tidied_ms > _TIDY_EVERY_MS:
            self.guests = {name: guest for name, guest in self.guests.items() if guest.holds(now_ms)}
            self.places = [sum(guest.known is one for guest in self.guests.values()) for one in _Known]
            self.tidied_ms = now_ms

    def has_room(self, known: _Known, *, most: int | None) -> bool:
        """Whether one more guest who is known so well may count, of so many in all."""
        unseen, looking, streaming = self.places
        if most is not None and unseen + looking + streaming >= most:
            return False
        match known:
            case _Known.STREAMING:
                return True
            case _Known.LOOKING:
                return unseen + looking < max(LOOKING_MOST, streaming)
            case _Known.UNSEEN:
                return unseen < UNSEEN_MOST and unseen + looking < LOOKING_MOST


class Standing:
    """The guests of this run. A guest's id is of one event."""

    def __init__(self, *, per_address: int | None = None, most: int = GUESTS_MOST) -> None:
        """`per_address`: how many guests of one address count at all; None where an address may be a whole hall."""
        self._per_address = per_address
        self._most = most
        #: those who count, and the others, each the longest silent first
        self._counted: OrderedDict[str, _Guest] = OrderedDict()
        self._others: OrderedDict[str, _Guest] = OrderedDict()
        self._addresses: dict[str, _Address] = {}

    def opened(self, guest_id: str, *, where: Where, now_ms: int) -> bool:
        """A stream of a guest opens; whether the guest's words count from now on and did not before."""
        guest = self._seen(guest_id, where=where, now_ms=now_ms)
        guest.streams += 1
        self._know(guest_id, guest, _Known.STREAMING)
        return self._admit(guest_id, guest, now_ms=now_ms)

    def closed(self, guest_id: str, *, now_ms: int) -> None:
        """A stream of a guest ends."""
        guest = self._counted.get(guest_id) or self._others.get(guest_id)
        if guest is not None:
            guest.streams = max(0, guest.streams - 1)
            guest.last_ms = now_ms

    def looked(self, guest_id: str, *, where: Where, now_ms: int) -> bool:
        """A guest loads the page or asks what is on; whether that makes their words count from now on."""
        guest = self._seen(guest_id, where=where, now_ms=now_ms)
        if guest.known is _Known.UNSEEN and now_ms - guest.first_ms >= LOOKS_APART_MS:
            self._know(guest_id, guest, _Known.LOOKING)
        return guest.known is not _Known.UNSEEN and self._admit(guest_id, guest, now_ms=now_ms)

    def counts(self, guest_id: str, *, where: Where, now_ms: int) -> bool:
        """Whether what a guest says now counts."""
        guest = self._seen(guest_id, where=where, now_ms=now_ms)
        return guest.counts or self._admit(guest_id, guest, now_ms=now_ms)

    def is_counted(self, guest_id: str) -> bool:
        """Whether a guest's words count by now. Takes nobody's place."""
        return guest_id in self._counted

    def forget(self, guest_id: str) -> None:
        """As if the guest had never been here, but for the place of their address: it is free after a while."""
        guest = self._counted.pop(guest_id, None) or self._others.pop(guest_id, None)
        if guest is not None:
            guest.streams = 0

    def guests(self) -> int:
        """How many are remembered."""
        return len(self._counted) + len(self._others)

    def _seen(self, guest_id: str, *, where: Where, now_ms: int) -> _Guest:
        for guests in (self._counted, self._others):
            guest = guests.get(guest_id)
            if guest is not None:
                guests.move_to_end(guest_id)
                guest.last_ms = now_ms
                return guest
        guest = self._others[guest_id] = _Guest(where(), first_ms=now_ms, last_ms=now_ms)
        self._make_room()
        return guest

    def _make_room(self) -> None:
        while self.guests() > self._most:
            # Whoever counts and was not here for longest goes only when there is nobody else.
            (self._others if len(self._others) > 1 else self._counted).popitem(last=False)

    def _address(self, address: str, *, now_ms: int) -> _Address:
        if len(self._addresses) > self._most:
            for place in self._addresses.values():
                place.tidy(now_ms)
            self._addresses = {name: place for name, place in self._addresses.items() if place.guests}
        place = self._addresses.setdefault(address, _Address())
        place.tidy(now_ms)
        return place

    def _know(self, guest_id: str, guest: _Guest, known: _Known) -> None:
        place = self._addresses.get(guest.address)
        if place is not None and guest_id in place.guests:
            place.places[guest.known] -= 1
            place.places[known] += 1
        guest.known = known

    def _admit(self, guest_id: str, guest: _Guest, *, now_ms: int) -> bool:
        """Lets a guest count, if their address has room for it; whether that is new."""
        if guest.counts:
            return False
        place = self._address(guest.address, now_ms=now_ms)
        if not place.has_room(guest.known, most=self._per_address):
            return False
        guest.counts = True
        place.guests[guest_id] = guest
        place.places[guest.known] += 1
        self._counted[guest_id] = self._others.pop(guest_id)
        return True
