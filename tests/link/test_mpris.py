"""Linux players on a real session bus of the test's own: they repeat themselves, speak in pieces, hang and go away."""

import asyncio
import contextlib
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import PropertyAccess, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_property

from sync.link.sources.mpris import ANEW_AFTER_MS, Mpris, Playing, playing, seen
from sync.link.sources.source import FIRST_SIGHT_MS, Confidence, Sighting, SourceTrouble
from tests.link.laptops import laptop

NOON_MS = 1_795_000_000_000
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>
"""


class PlayerInterface(ServiceInterface):
    """What a player exports."""

    def __init__(self) -> None:
        super().__init__("org.mpris.MediaPlayer2.Player")
        self.status, self.metadata, self.position, self.volume = "Stopped", dict[str, Variant](), 0, 1.0

    @dbus_property(access=PropertyAccess.READ)
    def PlaybackStatus(self) -> "s":  # type: ignore[name-defined]  # noqa: N802, F821
        return self.status

    @dbus_property(access=PropertyAccess.READ)
    def Metadata(self) -> "a{sv}":  # type: ignore[valid-type]  # noqa: N802, F722
        return self.metadata

    @dbus_property(access=PropertyAccess.READ)
    def Position(self) -> "x":  # type: ignore[name-defined]  # noqa: N802, F821
        return self.position

    @dbus_property(access=PropertyAccess.READ)
    def Volume(self) -> "d":  # type: ignore[name-defined]  # noqa: N802, F821
        return self.volume


class Player:
    """A media player on the bus."""

    def __init__(self, desktop: "Desktop", name: str) -> None:
        self.desktop, self.interface = desktop, PlayerInterface()
        self.bus = desktop.run(self._appear(f"org.mpris.MediaPlayer2.{name}"))

    async def _appear(self, name: str) -> MessageBus:
        bus = await MessageBus(bus_address=self.desktop.address).connect()
        bus.export("/org/mpris/MediaPlayer2", self.interface)
        await bus.request_name(name)
        return bus

    def play(self, title: str, artist: Any = ("Miles Davis",), **more: Variant) -> None:
        artists = Variant("as", list(artist)) if isinstance(artist, tuple) else Variant("s", artist)
        self.interface.metadata = {"xesam:title": Variant("s", title), "xesam:artist": artists, **more}
        self.interface.status = "Playing"
        self.say()

    def stop(self, status: str = "Paused") -> None:
        self.interface.status = status
        self.say()

    def say(self) -> None:
        """Emits everything, as players do at every occasion."""

        async def emit() -> None:
            changed = {"Metadata": self.interface.metadata, "PlaybackStatus": self.interface.status}
            self.interface.emit_properties_changed(changed)

        self.desktop.run(emit())

    def go(self) -> None:
        async def leave() -> None:
            self.bus.disconnect()
            with contextlib.suppress(Exception):
                await self.bus.wait_for_disconnect()

        if self.bus.connected:
            self.desktop.run(leave())


class Desktop:
    """A session bus, and a thread in which players live."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config, path = folder / "bus.conf", folder / "bus"
        config.write_text(CONFIG.format(path=path))
        self.address = f"unix:path={path}"
        self.daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"], stdout=subprocess.PIPE
        )
        assert self.daemon.stdout is not None
        assert self.daemon.stdout.readline()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.players: list[Player] = []
        machine = laptop(folder, environment={"DBUS_SESSION_BUS_ADDRESS": self.address})
        self.source = Mpris(machine, stands_s=0)
        self.cursor: str | None = None
        self.now_ms = NOON_MS

    def run(self, work: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self.loop)
        return future.result(5)

    def player(self, name: str) -> Player:
        self.players.append(Player(self, name))
        return self.players[-1]

    def poll(self, *, after_ms: int = 1000) -> list[Sighting]:
        self.now_ms += after_ms
        polled = self.source.poll(self.cursor, now_ms=self.now_ms)
        self.cursor = polled.cursor
        return list(polled.sightings)

    def titles(self, *, looks: int = 2, after_ms: int = 1000) -> list[str]:
        """What two looks tell: one sees it, the next one believes it."""
        return [one.title for _ in range(looks) for one in self.poll(after_ms=after_ms)]

    def kill(self) -> None:
        self.daemon.kill()
        self.daemon.wait()

    def close(self) -> None:
        for player in self.players:
            player.go()
        self.kill()
        if self.daemon.stdout is not None:
            self.daemon.stdout.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    found = Desktop(tmp_path)
    yield found
    found.close()


def test_what_a_player_plays_is_heard_once_it_stood_there_for_two_looks(desktop: Desktop) -> None:
    assert desktop.poll() == []
    player = desktop.player("audacious")
    assert desktop.poll() == []
    player.play(
        "So What",
        ("Miles Davis", "John Coltrane"),
        **{
            "xesam:url": Variant("s", "file:///music/So%20What.mp3"),
            "mpris:length": Variant("x", 545_300_000),
            "xesam:audioBPM": Variant("i", 136),
        },
    )
    assert desktop.poll() == []
    began_ms = desktop.now_ms
    (heard,) = desktop.poll()
    assert heard == Sighting(
        source="mpris", native_id=heard.native_id, confidence=Confidence.HEARD, title="So What",
        artist="Miles Davis, John Coltrane", started_ms=began_ms, path="/music/So What.mp3", bpm=136.0,
        duration_s=545.3,
    )  # fmt: skip
    for _ in range(3):
        player.say()
        assert desktop.poll() == []


def test_what_stands_for_a_moment_is_told_by_the_same_poll(desktop: Desktop) -> None:
    desktop.source = Mpris(laptop(desktop.folder, environment={"DBUS_SESSION_BUS_ADDRESS": desktop.address}))
    player = desktop.player("vlc.instance77")
    assert desktop.poll() == []
    player.play("So What")
    assert [one.title for one in desktop.poll()] == ["So What"]
    threading.Timer(0.2, lambda: player.play("Blue in Green")).start()
    player.play("a.mp3")
    assert desktop.poll() == []
    assert desktop.titles(looks=1) == ["Blue in Green"]


def test_what_is_said_in_pieces_is_told_when_it_is_whole(desktop: Desktop) -> None:
    desktop.poll()
    player = desktop.player("vlc.instance77")
    for title, artist in (("a.mp3", ()), ("So What", ()), ("So What", ("Miles Davis",))):
        player.play(title, artist)
        assert desktop.poll() == []
    assert [(one.title, one.artist) for one in desktop.poll()] == [("So What", "Miles Davis")]


def test_paused_stopped_or_silent_is_not_heard_and_going_on_is_the_same_play(desktop: Desktop) -> None:
    desktop.poll()
    player = desktop.player("audacious")
    player.play("A")
    player.interface.volume = 0.0
    assert desktop.titles() == []
    player.interface.volume = 0.5
    assert desktop.titles() == ["A"]
    for status in ("Paused", "Stopped"):
        player.stop(status)
        assert desktop.titles() == []
        player.play("A")
        assert desktop.titles() == []
    player.stop()
    assert desktop.titles(after_ms=ANEW_AFTER_MS) == []
    player.play("A")
    assert desktop.titles() == ["A"]


def test_a_radio_whose_titles_change_and_a_replay_after_another(desktop: Desktop) -> None:
    desktop.poll()
    player = desktop.player("rhythmbox")
    station = {"xesam:url": Variant("s", "http://radio.example/live")}
    found = []
    for title in ("A", "B", "A"):
        player.play(title, "One artist as a text", **station)
        found += desktop.titles()
    assert found == ["A", "B", "A"]


@pytest.mark.parametrize("name", ["firefox.instance_1_88", "chromium.instance9", "brave", "playerctld", "kdeconnect.x"])
def test_browsers_and_those_who_only_pass_on_are_ignored(desktop: Desktop, name: str) -> None:
    desktop.poll()
    desktop.player(name).play("Cat video")
    desktop.player("vlc").play("A")
    assert desktop.titles() == ["A"]


def test_at_first_sight_what_began_long_ago_is_not_told(desktop: Desktop) -> None:
    old, young = desktop.player("audacious"), desktop.player("vlc")
    old.interface.position, young.interface.position = FIRST_SIGHT_MS * 1000, 60_000_000
    old.play("Old")
    young.play("Young")
    (heard,) = [*desktop.poll(), *desktop.poll()]
    assert (heard.title, heard.started_ms) == ("Young", NOON_MS + 1000 - 60_000)


def test_the_link_that_starts_again_tells_nothing_twice(desktop: Desktop) -> None:
    desktop.poll()
    desktop.player("vlc").play("A")
    assert desktop.titles() == ["A"]
    desktop.source = Mpris(laptop(desktop.folder, environment={"XDG_RUNTIME_DIR": str(desktop.folder)}))
    assert desktop.source.probe().usable
    assert desktop.titles() == []


def test_a_player_that_hangs_or_goes_stops_no_other(desktop: Desktop) -> None:
    desktop.poll()
    hanging, other = desktop.player("audacious"), desktop.player("vlc")
    other.play("A")
    # It takes every question and answers none.
    hanging.bus.add_message_handler(lambda _: True)
    assert desktop.titles() == ["A"]
    hanging.go()
    other.play("B")
    assert desktop.titles() == ["B"]


def test_a_bus_that_goes_is_said(desktop: Desktop) -> None:
    probe = desktop.source.probe()
    assert (probe.usable, probe.tried[0].words) == (True, "No player runs now; one that starts is seen.")
    desktop.player("vlc")
    assert desktop.source.probe().tried[0].words == "Players here: vlc."
    desktop.kill()
    assert not desktop.source.probe().usable
    with pytest.raises(SourceTrouble):
        desktop.poll()


def test_without_the_package_the_bus_or_linux_the_words_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def words(**given: Any) -> str:
        probe = Mpris(laptop(tmp_path, **given)).probe()
        assert not probe.usable
        return probe.tried[0].words

    somewhere = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none"}
    assert "Linux" in words(platform="darwin")
    assert "no session bus" in words()
    assert "can't be reached" in words(environment=somewhere)
    assert "can't be reached" in words(environment={"DBUS_SESSION_BUS_ADDRESS": "nonsense"})
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert "dbus-fast is not installed" in words(environment=somewhere)


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"PlaybackStatus": "Playing"},
        {"PlaybackStatus": "Playing", "Metadata": 5},
        {"PlaybackStatus": "Playing", "Metadata": {}},
        {"PlaybackStatus": 1, "Metadata": {"xesam:title": "A"}},
        {"PlaybackStatus": "Playing", "Metadata": {"xesam:title": 5, "xesam:artist": [1, ""], "xesam:url": "file://["}},
    ],
)
def test_what_a_player_says_may_be_nonsense(properties: dict[str, object]) -> None:
    assert playing("p", properties) is None


@pytest.mark.parametrize("cursor", ["", "{}", "[]", '{"players": 1}', '{"players": {"a": [1]}}', "\x00", "null"])
def test_a_cursor_that_is_none_is_the_first_sight(cursor: str) -> None:
    old = Playing("p", "A", "B", None, FIRST_SIGHT_MS, None, None)
    polled = seen([old], cursor, now_ms=NOON_MS)
    assert seen([old], polled.cursor, now_ms=NOON_MS + 1000).sightings == []
