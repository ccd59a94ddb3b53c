"""Which box a run carries to: the one the DJ names, the one from last time, or what the DJ answers when asked.

Asks only where somebody sits at a terminal. Who answers at an address is found out by key and by nothing else.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.discovery.service import FoundBox
from appliance.domain.pairing import SCHEME
from appliance.errors import BoxError, Invalid, Unavailable
from sync.link import connection, trust
from sync.link.boxes import Place, look, places_of, read_place
from sync.link.following import places_for
from sync.link.pairing import pair
from sync.link.store.database import KnownBox, LinkStore
from sync.link.telling import other_key_words, plain

_LOOK_S = 3.0
#: for the box from last time, where it was last
_GREET_S = 2.0
_SAY_WHERE = "run --box ADDRESS, or pair CODE --at ADDRESS; the staff page shows it."
_WITHOUT = "Enter to go on without; what you play is kept"

Ask = Callable[[str], str]
Say = Callable[[str], None]


async def one_box() -> Sequence[Place]:
    """The places of the one box on this network. Raises: Unavailable."""
    found = _that_take_links(await look(_LOOK_S))
    if len({box.box_id for box in found}) == 1:
        return places_of(found[0])
    if found:
        names = ", ".join(f"{plain(box.name)} ({box.addresses[0]})" for box in found)
        raise Unavailable("boxes_several", f"There are several boxes: {names}.", advice=f"Say which one: {_SAY_WHERE}")
    raise Unavailable(
        "box_unreachable",
        "No box was found on this network.",
        advice=f"Is this laptop on the box's Wi-Fi? If it is, say where the box is: {_SAY_WHERE}",
    )


def introduce(store: LinkStore, code: str, *, at: str | None = None) -> KnownBox:
    """Pairs by a code or a whole `pika://` text, at an address or with the one box on this network; and chooses it.

    Raises: Invalid, NotAllowed, Unavailable.
    """

    async def pairing() -> KnownBox:
        typed = read_place(code) if code.startswith(SCHEME) else None
        if typed is not None:
            return await pair(store, [typed], code=typed.code)
        return await pair(store, [read_place(at)] if at else await one_box(), code=code)

    known = asyncio.run(pairing())
    connection.choose_paired(store)
    return known


def choose_box(store: LinkStore, *, code: str, box: str, ask: Ask | None, say: Say) -> None:
    """Sees that a box is chosen, as far as anybody can say which. `ask` is None where nobody can be asked.

    Raises: Invalid, NotAllowed, Unavailable: only for what was typed with the command.
    """
    if code:
        _paired(introduce(store, code, at=box or None), say)
    elif box:
        _go_to(store, box, ask=ask, say=say)
    elif ask is not None:
        _Conversation(store, ask, say).hold()


def _paired(known: KnownBox, say: Say) -> None:
    say(f"{plain(known.name)} and this laptop know each other now. Next time no code is needed.")


def _choose(store: LinkStore, known: KnownBox) -> None:
    store.choose(known.id)
    connection.choose_paired(store)


def _go_to(store: LinkStore, box: str, *, ask: Ask | None, say: Say) -> None:
    """To a box that was paired, by its name or address; or to a new one at an address. Raises: as `choose_box`."""
    named = next((known for known in store.known_boxes() if known.name.casefold() == box.casefold()), None)
    if named is not None:
        _choose(store, named)
        return
    place = read_place(box)
    for known in store.known_boxes():
        if asyncio.run(trust.look_for(known, [place])).place is not None:
            store.move_box(known.id, host=place.host, port=place.port)
            _choose(store, known)
            return
    if ask is None:
        raise Invalid(
            "code_needed",
            f"This laptop does not know the box at {place.host} yet.",
            advice="Add --code and the pairing code that staff make on their page.",
        )
    _Conversation(store, ask, say).pair_at([place])


def _that_take_links(found: Sequence[FoundBox]) -> list[FoundBox]:
    return [box for box in found if box.link_port is not None]


@dataclass(frozen=True, slots=True)
class _Around:
    """What there is to choose from."""

    #: the box from last time is there
    chosen: bool = False
    #: somebody with another key is where it was, or has its name
    stranger: bool = False
    #: further boxes that this laptop was paired with, and that are there
    known: Sequence[KnownBox] = ()
    #: boxes that it does not know
    new: Sequence[FoundBox] = ()


async def _around(chosen: KnownBox | None, known: Sequence[KnownBox]) -> _Around:
    if chosen is not None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GREET_S):
                if (await trust.look_for(chosen, [Place(chosen.host, chosen.port)])).place is not None:
                    return _Around(chosen=True)
    found: list[FoundBox] = []
    with contextlib.suppress(Unavailable):
        found = _that_take_links(await look(_LOOK_S))
    looked = {box.id: await trust.look_for(box, places_for(box, found), within_s=_GREET_S) for box in known}
    taken = {place for one in looked.values() if (place := one.place) is not None}
    mine = looked.get(chosen.id) if chosen else None
    return _Around(
        chosen=mine is not None and mine.place is not None,
        stranger=mine is not None and mine.stranger,
        known=[box for box in known if box != chosen and looked[box.id].place is not None],
        new=[box for box in found if taken.isdisjoint(places_of(box))],
    )


class _Conversation:
    """The questions of a start, on the terminal."""

    def __init__(self, store: LinkStore, ask: Ask, say: Say) -> None:
        self._store, self._ask, self._say = store, ask, say

    def hold(self) -> None:
        """Asks what has to be asked: nothing where the box from last time is there, or nobody else is."""
        chosen = connection.chosen(self._store)
        if isinstance(chosen, connection.PlainBox):
            return
        if chosen is None:
            self._say("Looking for boxes ...")
        around = asyncio.run(_around(chosen, self._store.known_boxes()))
        if around.chosen:
            return
        if chosen is None and len(around.known) == 1 and not around.new:
            _choose(self._store, around.known[0])
            self._say(f"{plain(around.known[0].name)} is here, and this laptop knows it: plays go there.")
            return
        if chosen is not None and around.stranger:
            self._say(other_key_words(connection.words_for(chosen)))
        elif chosen is not None and (around.known or around.new):
            self._say(f"{plain(chosen.name)}, where plays went last, does not answer here.")
        if around.known or around.new:
            self._which(around)
        elif chosen is None:
            self._where()

    def _which(self, around: _Around) -> None:
        known, new = list(around.known), list(around.new)
        if len(new) == 1 and not known:
            self._say(f"Found: {plain(new[0].name)} ({new[0].addresses[0]})")
            self.pair_at(places_of(new[0]))
            return
        names = [f"{plain(box.name)} ({box.host}), paired" for box in known]
        names += [f"{plain(box.name)} ({box.addresses[0]})" for box in new]
        self._say("\n".join(["Found:", *(f"  {number}  {name}" for number, name in enumerate(names, 1))]))
        while answer := self._ask(f"Which one? (1-{len(names)}; {_WITHOUT}): ").strip():
            number = int(answer) if answer.isascii() and answer.isdecimal() else 0
            if 1 <= number <= len(known):
                _choose(self._store, known[number - 1])
                return
            if 1 <= number <= len(names):
                self.pair_at(places_of(new[number - 1 - len(known)]))
                return
            self._say(f"Type a number from 1 to {len(names)}.")

    def _where(self) -> None:
        self._say("No box was found on this network. Is this laptop on the box's Wi-Fi?")
        while answer := self._ask(f"The box's address, from the staff page ({_WITHOUT}): ").strip():
            try:
                if answer.startswith(SCHEME):
                    _paired(introduce(self._store, answer), self._say)
                else:
                    self.pair_at([read_place(answer)])
            except BoxError as error:
                self._say(str(error))
                continue
            return

    def pair_at(self, places: Sequence[Place]) -> None:
        """Asks for the code until one is taken, or the DJ has none."""
        self._say("Staff make a pairing code for you on their page, under DJs; it looks like 3-4711-0815.")
        while code := self._ask(f"Pairing code ({_WITHOUT}): ").strip():
            try:
                if code.startswith(SCHEME):
                    known = introduce(self._store, code)
                else:
                    known = asyncio.run(pair(self._store, places, code=code))
                    connection.choose_paired(self._store)
            except BoxError as error:
                self._say(str(error))
                continue
            _paired(known, self._say)
            return
