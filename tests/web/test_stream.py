"""The event stream as phones get it, read byte by byte from the wire."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote

import pytest

from appliance.domain.live_state import FOR_CREW, IN_STATE, NUMBERED, EventLane, Lane
from appliance.live import board, hub, radio
from appliance.live.channel import BEHIND_MOST, REPLAY_MOST
from appliance.web.gate import STREAM_HEADERS
from tests.support.real_box import RealBox
from tests.support.visitors import Visitor
from tests.web.answers import problem, until
from tests.web.conftest import Floor
from tests.web.html import opened
from tests.web.phone import Event, Phone
from tests.web.served import Served, serving

#: what a stage's state does not say by itself
BESIDE = [lane.value for lane in [*(one for one in Lane if one not in IN_STATE), *EventLane]]
UNNUMBERED = [lane.value for lane in [*(one for one in Lane if one not in NUMBERED | FOR_CREW), *EventLane]]
NewFloor = Callable[[], Floor]


def titles(events: list[Event]) -> list[str]:
    """What was on, as told by `now` events."""
    return [event.data.get("now", {}).get("title", "nothing") for event in events if event.name == "now"]


def page_of(floor: Floor) -> str:
    """What a page that is drawn now adds to the stream's address: where it resumes from."""
    stream = opened(floor.box.visitor(), f"/s/{floor.stage}").one("div", class_="stage").attributes["data-stream"]
    return stream.partition("?")[2]


def last_in(query: str) -> str:
    """The id in it."""
    return parse_qs(query)["last"][0]


def test_a_stream_begins_with_a_wait_and_the_whole_state(floor: Floor) -> None:
    floor.play("On already")
    with Phone(floor.box.port, floor.stage) as phone:
        head = phone.opened.headers
        assert head["content-type"] == "text/event-stream; charset=utf-8"
        assert head["cache-control"] == "no-store"
        assert STREAM_HEADERS.items() <= head.items()
        first = phone.next()
        assert phone.retry is not None
        assert 1000 <= phone.retry < 5000
        assert (first.name, first.data["now"]["title"]) == ("state", "On already")
        # Where streams fail, what the stream tells beside the state is within it.
        assert first.data.keys() == floor.now().keys() - {"lanes"}
        beside = {lane: phone.next(lane).data for lane in BESIDE}
        assert beside == floor.now()["lanes"]
        assert first.id is not None
        assert phone.next("listeners").data == {"v": 1, "stage": floor.stage, "listeners": 1}


def test_what_happens_is_told_lane_by_lane(floor: Floor) -> None:
    floor.act("end")
    with Phone(floor.box.port, floor.stage) as phone:
        assert phone.next("state").data.keys() == {"v", "stage", "listeners"}
        session = floor.dj.post(f"/api/v1/stages/{floor.stage}/sessions").json["session"]
        assert phone.next("session").data == {"v": 1, "stage": floor.stage, "session": session}
        assert phone.next("now").data == {"v": 1, "stage": floor.stage}
        floor.session = session["id"]
        floor.play("Told")
        assert phone.next("now").data["now"]["title"] == "Told"
        floor.act("stop")
        assert phone.next("now").data == {"v": 1, "stage": floor.stage}
        floor.act("end")
        assert phone.next("session").data == {"v": 1, "stage": floor.stage}


def test_what_changes_nothing_for_dancers_is_not_told(floor: Floor) -> None:
    play = floor.play("On")
    with Phone(floor.box.port, floor.stage) as phone:
        floor.announce("On", id=play)
        floor.announce("Late", age_ms=3_600_000)
        floor.act("alive")
        floor.dj.post(f"/api/v1/stages/{floor.stage}/sessions")
        floor.announce("", id="x")
        floor.play("Next")
        assert titles(phone.until_title("Next")) == ["Next"]


def test_a_page_misses_nothing_between_its_drawing_and_its_stream(floor: Floor) -> None:
    floor.play("Drawn")
    last = page_of(floor)
    floor.play("Missed one")
    floor.play("Missed two")
    with Phone(floor.box.port, floor.stage, query=last) as phone:
        floor.play("Live")
        events = phone.until_title("Live")
        assert titles(events) == ["Missed one", "Missed two", "Live"]
        assert "state" not in {event.name for event in events}
        # What began with the set may be told again; nothing else of what the page shows is.
        assert {event.name for event in events if event.id is None} <= {"listeners", "event", "likes"}
        run, number = last_in(last).split("-")
        assert [event.id for event in events if event.id] == [f"{run}-{int(number) + step}" for step in (1, 2, 3)]


def test_a_page_that_is_up_to_date_is_told_what_changed_since_and_no_more(floor: Floor, guest: Visitor) -> None:
    play = floor.play("Drawn")
    time.sleep(board.EVENT_EVERY_S + 0.05)  # what the set's beginning told the event has been told
    last = page_of(floor)
    with Phone(floor.box.port, floor.stage, query=last) as phone:
        assert phone.next() == Event("beat", {})
        assert phone.next().name == "listeners"
    guest.ask("PUT", f"/api/v1/plays/{play}/like")
    said = {"text": "Water at the bar", "level": "info", "duration_s": 60}
    assert floor.dj.post(f"/api/v1/sessions/{floor.session}/announcements", json_body=said).status == 201
    with Phone(floor.box.port, floor.stage, query=last) as phone:
        told = {event.name: event.data for event in (phone.next(), phone.next(), phone.next())}
        assert told["likes"] == {"v": 1, "stage": floor.stage, "play": play, "likes": 1}
        assert [one["text"] for one in told["notices"]["notices"]] == ["Water at the bar"]
        assert told.keys() == {"likes", "notices", "listeners"}


@pytest.mark.parametrize("seen", ["", "-1", "x", "9" * 15, "9" * 16, "1e1", "%C2%B2"])
def test_a_page_that_does_not_say_rightly_what_it_knows_is_told_every_lane(floor: Floor, seen: str) -> None:
    last = last_in(page_of(floor))
    with Phone(floor.box.port, floor.stage, query=f"last={last}&seen={seen}") as phone:
        assert {phone.next().name for _ in UNNUMBERED} == {*UNNUMBERED}


def test_a_phone_that_comes_back_again_and_again_sees_each_track_once(floor: Floor) -> None:
    seen: list[str] = []
    # What the address says is where the page once began; the header is newer.
    last, newest = page_of(floor), None
    for number in range(10):
        with Phone(floor.box.port, floor.stage, query=last, last_event_id=newest) as phone:
            floor.play(f"{number} live")
            seen += titles(phone.until_title(f"{number} live"))
            newest = phone.last_id
        floor.play(f"{number} away")
    assert seen == [f"{n} {when}" for n in range(10) for when in ("live", "away")][:-1]


STRANGE_IDS = ["", "x", "-", "00000000-0", "RUN-", "RUN-x", "RUN--1", "RUN-1e9", "RUN-99", "RUN-0x0", "RUN-²", "²"]


@pytest.mark.parametrize("strange", [*STRANGE_IDS, "RUN-" + "9" * 30, "9" * 10_000])
def test_an_id_that_nobody_gave_out_brings_the_whole_state(shared_floor: Floor, strange: str) -> None:
    box, stage = shared_floor.box, shared_floor.stage
    strange = strange.replace("RUN", last_in(page_of(shared_floor)).partition("-")[0])
    with Phone(box.port, stage, query=f"last={quote(strange)}") as phone:
        assert phone.next().name == "state"
    with Phone(box.port, stage, last_event_id=strange) as phone:
        assert phone.next().name == "state"


def test_who_was_away_for_too_long_gets_the_whole_state(floor: Floor) -> None:
    last = page_of(floor)
    for number in range(REPLAY_MOST + 1):
        floor.play(str(number))
    with Phone(floor.box.port, floor.stage, query=last) as phone:
        assert phone.next().data["now"]["title"] == str(REPLAY_MOST)


def test_a_storm_of_likes_is_told_at_most_four_times_a_second_and_ends_right(box: RealBox, floor: Floor) -> None:
    play = floor.play()
    guests = [box.visitor() for _ in range(25)]
    for guest in guests:
        guest.post("/api/v1/guests")
        guest.watch(floor.stage)
    with Phone(box.port, floor.stage) as phone:
        started = time.monotonic()
        for method in ("PUT", "DELETE", "DELETE", "PUT"):
            for guest in guests:
                guest.ask(method, f"/api/v1/plays/{play}/like")
                time.sleep(0.005)
        # The last of them is told a quarter of a second after the one before, at the latest.
        time.sleep(0.3)
        took = time.monotonic() - started
        floor.play("The end")
        told = [event for event in phone.until_title("The end") if event.name == "likes"]
    assert told[0] == Event("likes", {"v": 1, "stage": floor.stage, "play": play, "likes": 1})
    assert told[-1].data["likes"] == 25
    assert 3 <= len(told) <= 4 * took + 2
    assert {event.id for event in told} == {None}


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A box that tells how many listen without taking its time."""
    monkeypatch.setattr(board, "LISTENERS_EVERY_S", 0.02)
    with serving(tmp_path, options={"limits": {"streams": 5}}) as box:
        yield box


def listeners(phone: Phone) -> int:
    """The next count."""
    count: int = phone.next("listeners").data["listeners"]
    return count


def test_people_are_counted_as_they_come_and_go(quick: Served) -> None:
    guest = quick.visitor()
    guest.post("/api/v1/guests")
    with Phone(quick.port, "main-floor") as phone:
        assert listeners(phone) == 1
        with Phone(quick.port, "main-floor", cookie=guest.cookies["pika_guest"]):
            assert listeners(phone) == 2
            # The same guest's second page, and a DJ's console, are nobody new; a third phone is.
            with (
                Phone(quick.port, "main-floor", cookie=guest.cookies["pika_guest"]),
                Phone(quick.port, "main-floor", query="as=dj") as console,
                Phone(quick.port, "main-floor"),
            ):
                assert listeners(phone) == 3
                assert console.next().data["listeners"] in {2, 3}
            assert listeners(phone) == 2
        assert listeners(phone) == 1
        assert quick.visitor().get("/api/v1/stages/main-floor/now").json["listeners"] == 1


def test_a_box_that_is_full_says_so_and_has_room_again(quick: Served) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            last = stack.enter_context(Phone(quick.port, "main-floor"))
        with Phone(quick.port, "main-floor") as sixth:
            problem(sixth.opened, 503, "streams_full")
            assert sixth.opened.headers["retry-after"]
        last.sock.close()
        assert until(lambda: quick.hub.streams() == 4)
        assert Phone(quick.port, "main-floor").opened.status == 200


def test_one_guest_s_streams_are_limited_over_all_stages(new_floor: NewFloor, guest: Visitor) -> None:
    floors = (new_floor(), new_floor())
    port, cookie = floors[0].box.port, guest.cookies["pika_guest"]
    with ExitStack() as stack:
        for number in range(12):
            phone = stack.enter_context(Phone(port, floors[number % 2].stage, cookie=cookie))
            assert phone.opened.status == 200
        with Phone(port, floors[0].stage, cookie=cookie) as refused:
            problem(refused.opened, 503, "streams_per_guest")
        assert stack.enter_context(Phone(port, floors[0].stage)).opened.status == 200
        phone.sock.close()

        def has_room() -> bool:
            return stack.enter_context(Phone(port, floors[0].stage, cookie=cookie)).opened.status == 200

        assert until(has_room)


def test_a_client_of_http_1_0_gets_the_stream_without_chunks(floor: Floor) -> None:
    with Phone(floor.box.port, floor.stage, version="1.0") as phone:
        assert not phone.chunked
        assert phone.opened.headers["connection"] == "close"
        assert "content-length" not in phone.opened.headers
        assert phone.next().name == "state"
        for number in range(3):
            floor.play(str(number))
            assert titles(phone.until_title(str(number))) == [str(number)]


def test_nothing_of_one_stage_is_told_on_another(new_floor: NewFloor, guest: Visitor) -> None:
    ours, theirs = new_floor(), new_floor()
    with Phone(ours.box.port, ours.stage) as phone:
        for number in range(3):
            play = theirs.play(f"Theirs {number}")
            guest.ask("PUT", f"/api/v1/plays/{play}/like")
            ours.play(f"Ours {number}")
        theirs.act("end")
        ours.play("The end")
        events = phone.until_title("The end")
        assert "Theirs" not in str(events)
        assert theirs.stage not in [event.data.get("stage") for event in events if event.name != "state"]
        assert titles(events) == ["Ours 0", "Ours 1", "Ours 2", "The end"]


@contextmanager
def crowd(box: Served, size: int) -> Iterator[list[Phone]]:
    """So many phones on the main floor."""
    with ExitStack() as stack:
        yield [stack.enter_context(Phone(box.port, "main-floor")) for _ in range(size)]


def test_a_phone_that_stops_reading_is_cut_and_delays_nobody(tmp_path: Path) -> None:
    with serving(tmp_path) as box, Phone(box.port, "main-floor", receive_buffer=4096) as lazy:
        assert until(lambda: box.hub.streams() == 1)
        [subscriber] = box.hub._channels["stage/main-floor"].subscribers
        wire = subscriber.wire
        dj = box.dj()
        session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        most = 0
        with crowd(box, 100) as keen:
            started = time.monotonic()
            for number in range(40):
                track = {"title": f"{number} {'猫' * 490}", "artist": "猫" * 500}
                assert dj.post(f"/api/v1/sessions/{session}/plays", json_body=track).status == 201
                most = max(most, 0 if wire.is_closing() else wire.get_write_buffer_size())
            for phone in keen:
                heard = titles(phone.until_title(f"39 {'猫' * 490}"))
                assert [title.split(" ")[0] for title in heard] == [str(number) for number in range(40)]
            assert time.monotonic() - started < 5
        assert box.hub.cut() == 1
        assert BEHIND_MOST / 2 < most < 2 * BEHIND_MOST
        assert lazy.is_closed(within_s=2)


def test_a_phone_that_left_without_a_word_is_given_up_within_a_minute(tmp_path: Path) -> None:
    """No test takes a phone out of the Wi-Fi: this looks at what the system was told to do then."""
    with serving(tmp_path) as box, Phone(box.port, "main-floor"):
        assert until(lambda: box.hub.streams() == 1)
        [subscriber] = box.hub._channels["stage/main-floor"].subscribers
        link = subscriber.wire.get_extra_info("socket")
        assert link is not None
        assert 20_000 <= link.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) <= 60_000
        assert link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def again_within_ms(link: socket.socket) -> int | None:
    """How long the system waits at most before it sends something lost again; None where it knows no such bound."""
    try:
        return link.getsockopt(socket.IPPROTO_TCP, radio._TCP_RTO_MAX_MS)
    except OSError:
        return None


def test_a_stream_bears_a_bad_radio_as_well_as_the_system_can(tmp_path: Path) -> None:
    """This looks at what the system was told; `test_bad_radio` plays it."""
    with serving(tmp_path) as box, Phone(box.port, "main-floor"), socket.socket() as other:
        assert until(lambda: box.hub.streams() == 1)
        [subscriber] = box.hub._channels["stage/main-floor"].subscribers
        link = subscriber.wire.get_extra_info("socket")
        assert link is not None
        assert link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == radio._UNSENT_MOST
        assert link.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0") == radio._CONGESTION
        # Linux 6.15 and later; before, phones wait longer, and their streams are as good otherwise.
        bound = None if again_within_ms(other) is None else radio._AGAIN_WITHIN_MS
        assert again_within_ms(link) == bound


def test_the_line_proves_that_it_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "BEAT_EVERY_S", 0.05)
    with serving(tmp_path) as box, Phone(box.port, "main-floor") as phone:
        for _ in range(3):
            assert phone.next("beat") == Event("beat", {})


def test_at_the_end_every_stream_ends_properly_with_a_wait_of_its_own(tmp_path: Path) -> None:
    with serving(tmp_path) as box, crowd(box, 20) as phones, Phone(box.port, "main-floor", version="1.0") as old:
        for phone in (*phones, old):
            assert phone.next("state")
            phone.retry = None
        started = time.monotonic()
        box.stop()
        assert time.monotonic() - started < 2
        waits = set()
        for phone in (*phones, old):
            while (event := phone.next_or_end()) is not None:
                assert event.name in {*UNNUMBERED}
            assert phone.ended
            assert phone.retry is not None
            assert 1000 <= phone.retry < 5000
            waits.add(phone.retry)
            assert phone.is_closed(within_s=2)
        assert len(waits) > 10


def test_a_stream_that_is_left_is_forgotten(box: RealBox, floor: Floor) -> None:
    with Phone(box.port, floor.stage) as phone:
        assert phone.next().name == "state"
        assert floor.now()["listeners"] == 1
    assert until(lambda: floor.now()["listeners"] == 0)
