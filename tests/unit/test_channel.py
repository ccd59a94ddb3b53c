"""One topic's stream: one frame for all, who falls behind is cut, and who comes back hears what was missed."""

import pytest

from appliance.domain.topics import of_stage
from appliance.live.channel import BEHIND_MOST, REPLAY_MOST, Channel, Subscriber
from tests.unit.wires import Phone, run, settle

MAIN = of_stage("main-floor")


def join(channel: Channel, *, chunked: bool = False) -> Phone:
    phone = Phone()
    channel.subscribers.add(Subscriber(wire=phone, topics=(MAIN,), guest_id=None, chunked=chunked))
    return phone


def test_every_phone_gets_the_same_frame_chunked_or_plain() -> None:
    async def scene() -> None:
        channel = Channel(run="r")
        plain, chunked = join(channel), join(channel, chunked=True)
        channel.send("now", b'{"v":1}', numbered=True)
        await settle()
        frame = b'id: r-1\nevent: now\ndata: {"v":1}\n\n'
        assert plain.received == frame
        assert chunked.received == b"%x\r\n" % len(frame) + frame + b"\r\n"
        assert channel.delivered == 2

    run(scene)


def test_a_phone_that_stops_reading_is_cut_and_the_others_miss_nothing() -> None:
    async def scene() -> None:
        channel = Channel(run="r")
        lazy, keen = join(channel), join(channel)
        lazy.reads = False
        for _ in range(200):
            channel.send("now", b"x" * 1000, numbered=True)
            await settle()
        assert lazy.aborted
        assert lazy.waiting <= BEHIND_MOST + 2000
        assert keen.received.count(b"event: now") == 200
        assert channel.cut == 1

    run(scene)


def test_a_phone_that_comes_back_gets_what_it_missed_and_nothing_else() -> None:
    async def scene() -> None:
        channel = Channel(run="r")
        for number in range(5):
            channel.send("now", b"%d" % number, numbered=True)
        channel.send("likes", b"{}", numbered=False)
        missed = channel.missed_since("r-3")
        assert missed is not None
        assert [frame.split(b"\n")[0] for frame in missed] == [b"id: r-4", b"id: r-5"]
        assert channel.missed_since(channel.last_id) == []

    run(scene)


def test_what_is_longer_than_the_whole_state_is_not_told_once_more() -> None:
    async def scene() -> None:
        channel = Channel(run="r")
        for _ in range(20):
            channel.send("now", b"x" * 1000, numbered=True)
        few = channel.missed_since("r-5")
        assert few is not None
        assert len(few) == 15
        assert channel.missed_since("r-1") is None

    run(scene)


@pytest.mark.parametrize("last_id", [None, "", "other-3", "r-", "r-x", "r-6", "r--1", "r-²", "r-" + "9" * 40, "-"])
def test_an_id_that_is_not_ours_or_too_old_means_the_whole_state(last_id: str | None) -> None:
    async def scene() -> None:
        channel = Channel(run="r")
        for _ in range(5):
            channel.send("now", b"{}", numbered=True)
        assert channel.missed_since(last_id) is None

    run(scene)


def test_replay_is_bounded() -> None:
    async def scene() -> None:
        channel = Channel(run="r")
        for _ in range(REPLAY_MOST + 10):
            channel.send("now", b"{}", numbered=True)
        assert channel.missed_since("r-9") is None
        missed = channel.missed_since("r-10")
        assert missed is not None
        assert len(missed) == REPLAY_MOST

    run(scene)


def test_at_the_end_each_phone_is_told_when_to_come_back_and_the_stream_is_finished() -> None:
    async def scene() -> None:
        channel = Channel(run="r")
        phones = [join(channel, chunked=True) for _ in range(30)]
        channel.close()
        waits = {phone.received.split(b"retry: ")[1].split(b"\n")[0] for phone in phones}
        assert len(waits) > 10
        assert all(1000 <= int(wait) < 5000 for wait in waits)
        assert all(phone.received.endswith(b"0\r\n\r\n") and phone.closed for phone in phones)

    run(scene)
