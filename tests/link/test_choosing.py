"""Which box a run carries to: asked where somebody sits there, remembered, and never guessed."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.discovery.service import FoundBox
from appliance.errors import BoxError, Invalid, Unavailable
from sync.link import choosing, connection
from sync.link.store.database import KnownBox, LinkStore
from tests.link.boxes import LinkBox, link_box


@dataclass
class Sitting:
    """A DJ at a terminal, with the answers they have ready."""

    answers: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return self.answers.pop(0)

    @property
    def words(self) -> str:
        return "\n".join(self.said)


class Network:
    """The boxes that announce themselves."""

    def __init__(self) -> None:
        self.found: list[FoundBox] = []
        self.looks = 0

    def announce(self, box: LinkBox, *, name: str) -> None:
        place = box.place
        self.found.append(
            FoundBox(name, "h.local", (place.host,), 80, box.served.site.box_id, "", None, link_port=place.port)
        )

    async def look(self, seconds: float) -> Sequence[FoundBox]:
        self.looks += 1
        return self.found


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network()
    monkeypatch.setattr(choosing, "look", made.look)
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LinkStore]:
    opened = LinkStore(tmp_path / "link.db")
    yield opened
    opened.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], LinkBox]]:
    with ExitStack() as boxes:
        yield lambda name: boxes.enter_context(link_box(tmp_path / name, name=name))


def begin(store: LinkStore, *answers: str, code: str = "", box: str = "") -> Sitting:
    """A start of `run` with somebody there; all answers are used."""
    sitting = Sitting(list(answers))
    choosing.choose_box(store, code=code, box=box, ask=sitting.ask, say=sitting.said.append)
    assert sitting.answers == []
    return sitting


def chosen(store: LinkStore) -> str:
    box = connection.chosen(store)
    return box.name if isinstance(box, KnownBox) else ""


def test_with_two_boxes_around_it_asks_which_and_remembers(
    store: LinkStore, network: Network, start: Callable[[str], LinkBox]
) -> None:
    hall, bar = start("Hall"), start("Bar")
    network.announce(bar, name="Bar")
    network.announce(hall, name="Hall")
    sitting = begin(store, "7", "x", "2", hall.code())
    assert "  1  Bar (127.0.0.1)\n  2  Hall (127.0.0.1)" in sitting.words
    assert sitting.said.count("Type a number from 1 to 2.") == 2
    assert chosen(store) == "Hall"
    # From now on without a question, whoever else is around.
    assert begin(store).said == []
    # Nobody to ask: what was chosen stays, without a look around.
    looks = network.looks
    choosing.choose_box(store, code="", box="", ask=None, say=pytest.fail)
    assert (chosen(store), network.looks) == ("Hall", looks)


def test_where_the_last_box_is_not_another_is_offered_and_enter_changes_nothing(
    store: LinkStore, network: Network, start: Callable[[str], LinkBox]
) -> None:
    hall, bar = start("Hall"), start("Bar")
    for box in (hall, bar):
        begin(store, code=box.code(), box=f"127.0.0.1:{box.place.port}")
    bar.served.stop()
    network.announce(hall, name="Hall")
    sitting = begin(store, "")
    assert sitting.said[0] == "Bar, where plays went last, does not answer here."
    assert "  1  Hall (127.0.0.1), paired" in sitting.words
    assert chosen(store) == "Bar"
    begin(store, "1")
    assert chosen(store) == "Hall"


def test_nothing_found_asks_for_the_address_and_goes_on_without_one(
    store: LinkStore, network: Network, start: Callable[[str], LinkBox]
) -> None:
    assert "No box was found" in begin(store, "").words
    assert chosen(store) == ""
    hall = start("Hall")
    sitting = begin(store, "not an address!", f"127.0.0.1:{hall.place.port}", "1-2345-6789", "4711", hall.code())
    assert "This is no address of a box." in sitting.words
    assert "did not take the code" in sitting.words
    assert "nine digits" in sitting.words
    assert chosen(store) == "Hall"


def test_a_box_that_forgot_everything_is_said_to_be_another_and_needs_a_new_code(
    store: LinkStore, network: Network, start: Callable[[str], LinkBox], tmp_path: Path
) -> None:
    hall = start("Hall")
    known = choosing.introduce(store, hall.code(), at=f"127.0.0.1:{hall.place.port}")
    hall.served.stop()
    shutil.rmtree(tmp_path / "Hall")
    again = start("Hall")
    store.move_box(known.id, host="127.0.0.1", port=again.place.port)
    network.announce(again, name="Hall")
    sitting = begin(store, "")
    assert "has a new key" in sitting.said[0]
    assert "Nothing is sent there" in sitting.said[0]
    # Not without a code, whatever the box says of itself.
    assert connection.chosen(store) == store.known_box(known.id)
    begin(store, again.code())
    assert store.meta("box") == again.served.site.box_id != known.id


def test_a_name_or_an_address_chooses_among_known_boxes_and_a_stranger_needs_a_code(
    store: LinkStore, network: Network, start: Callable[[str], LinkBox]
) -> None:
    hall, bar = start("Hall"), start("Bar")
    begin(store, code=hall.code(), box=f"127.0.0.1:{hall.place.port}")
    begin(store, code=bar.code(), box=f"127.0.0.1:{bar.place.port}")
    begin(store, box="hall")
    assert chosen(store) == "Hall"
    begin(store, box=f"127.0.0.1:{bar.place.port}")
    assert chosen(store) == "Bar"
    other = start("Other")
    with pytest.raises(Invalid, match="does not know the box"):
        choosing.choose_box(store, code="", box=f"127.0.0.1:{other.place.port}", ask=None, say=pytest.fail)
    assert chosen(store) == "Bar"


def test_a_code_with_several_boxes_or_none_around_is_sent_nowhere(
    store: LinkStore, network: Network, start: Callable[[str], LinkBox]
) -> None:
    hall, bar = start("Hall"), start("Bar")
    code = hall.code()
    with pytest.raises(Unavailable, match="No box was found"):
        choosing.introduce(store, code)
    network.announce(hall, name="Hall")
    network.announce(bar, name="Bar")
    with pytest.raises(BoxError, match=r"several boxes: Hall \(127.0.0.1\), Bar"):
        choosing.introduce(store, code)
    # The code is as good as before.
    assert choosing.introduce(store, code, at=f"127.0.0.1:{hall.place.port}").name == "Hall"


def test_the_last_box_at_another_address_is_known_by_its_key_and_nobody_is_asked(
    store: LinkStore, network: Network, start: Callable[[str], LinkBox]
) -> None:
    hall, bar = start("Hall"), start("Bar")
    known = choosing.introduce(store, hall.code(), at=f"127.0.0.1:{hall.place.port}")
    network.announce(bar, name="Hall")
    network.announce(hall, name="Hall")
    store.move_box(known.id, host="127.0.0.1", port=bar.place.port)
    sitting = begin(store)
    assert (sitting.said, chosen(store), network.looks) == ([], "Hall", 1)
