"""Phones on event streams, and a DJ who announces over REST: the fan-out's load for the box.

Runs in a process of its own. Owns the SSE join and the announcements; the measuring is `audience`'s.
"""

from tests.bench.audience import Crowd, FanOut, measure, rss_growth
from tests.bench.process import Broken
from tests.bench.sockets import Step, answer_on, connect, joined, status_of
from tests.bench.target import Target


class Announcer:
    """A DJ on a kept-alive connection. Its requests are built before anything is timed."""

    def __init__(self, target: Target, *, name: str, count: int) -> None:
        self._name = name
        self._link = connect(target.port)
        self._requests = [target.announce(self.play(number)) for number in range(count)]

    def play(self, number: int) -> str:
        """The id of a play."""
        return f"{self._name}-{number:05d}"

    def marker(self, number: int) -> bytes:
        """The play's id, as it stands in every message about it."""
        return self.play(number).encode()

    def publish(self, number: int) -> None:
        """Sends the announcement."""
        self._link.sendall(self._requests[number])

    def confirm(self) -> None:
        """Reads the answer."""
        answer = answer_on(self._link)
        if status_of(answer) != 201:
            raise Broken(f"An announcement was answered with {answer[:600]!r}")

    def announce(self, number: int) -> None:
        """Both, for what is not timed."""
        self.publish(number)
        self.confirm()

    def close(self) -> None:
        """Hangs up."""
        self._link.close()


def fan_out(target: Target, crowd: Crowd) -> FanOut:
    """Joins the crowd and measures."""
    announcer = Announcer(target, name="fan", count=crowd.events)
    announcer.announce(0)
    join = [Step(send=target.listen(), until=announcer.marker(0))]
    with joined(target.port, count=crowd.phones, steps=join) as links:
        result = measure(links, announcer, crowd=crowd, pid=target.pid, settle_s=target.settles_s)
    announcer.close()
    return result


def bytes_per_phone(target: Target, *, phones: int) -> float:
    """How much the server grows for one open stream."""
    announcer = Announcer(target, name="room", count=1)
    announcer.announce(0)
    announcer.close()
    join = [Step(send=target.listen(), until=announcer.marker(0))]
    return rss_growth(port=target.port, pid=target.pid, phones=phones, join=join)
