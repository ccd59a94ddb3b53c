"""A box that systemd keeps: every start is counted, and after too many unhealthy ones something is left out.

Owns the order of things around one run of the program: in which way to start, and what to write down about how it
went. A start that fails ends this process; systemd makes the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.clock import SystemClock
from appliance.config import BrokerKind, Settings
from appliance.errors import BoxError
from appliance.notices import FILE_NAME as NOTICES_FILE
from appliance.notices import Notices
from appliance.supervision import safe_mode, starts
from appliance.supervision.attendant import Ending, say
from appliance.supervision.notify import Notifier
from appliance.supervision.patience import WatchdogSection
from appliance.supervision.safe_mode import Brief, Outcome
from appliance.supervision.starts import Book, Record, Start
from appliance.supervision.ways import Way, choose

_LEFT_OUT = (
    "The message broker could not be started, so the box runs without it: dancers have everything, but lights, "
    "displays and DJs' programs on MQTT wait. Restart the box to try again."
)
_WAS_SAFE = (
    "The box could not start several times and was in safe mode: dancers saw a waiting page. The last reason was: {why}"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One life of the program under systemd."""

    data: Path
    #: reads the settings. Raises: BadConfig
    settings: Callable[[], Settings]
    #: starts everything and stays until it ends. Raises: Unavailable
    normal: Callable[[Settings, Record], Ending]
    stopped: Callable[[], bool]
    notifier: Notifier

    def run(self) -> int:
        """The exit status."""
        settings = self._readable()
        section = settings.watchdog if settings else WatchdogSection()
        book = starts.read(self.data)
        now = SystemClock().now()
        unhealthy = starts.recent(book.starts, within_s=section.within_s, now=now)
        way = choose(unhealthy, most=section.starts)
        if way is not Way.SAFE:
            return self._start(way, is_trial=False)
        brief = self._brief(settings, book=book, unhealthy=unhealthy)
        outcome = safe_mode.serve(brief, stopped=self.stopped, notifier=self.notifier, for_s=section.safe_for_s)
        match outcome:
            case Outcome.STOPPED | Outcome.LOST:
                self.notifier.stopping()
                return outcome
            case Outcome.AGAIN | Outcome.WITHOUT_BROKER:
                why = next((start.words for start in reversed(unhealthy) if start.words), "it ended without a word.")
                self._notices().add("safe_mode", _WAS_SAFE.format(why=why))
                way = Way.NORMAL if outcome is Outcome.AGAIN else Way.WITHOUT_BROKER
                return self._start(way, is_trial=True)

    def _readable(self) -> Settings | None:
        try:
            return self.settings()
        except BoxError:
            # The start says it, and counts it.
            return None

    def _start(self, way: Way, *, is_trial: bool) -> int:
        record = Record(self.data, clock=SystemClock())
        record.begin(is_trial=is_trial)
        try:
            settings = self.settings()
            record.listens(host=settings.http.host, port=settings.http.port)
            if way is Way.WITHOUT_BROKER:
                settings = replace(settings, mqtt=replace(settings.mqtt, broker=BrokerKind.OFF))
                self._notices().add("broker_left_out", _LEFT_OUT)
            ending = self.normal(settings, record)
        except (BoxError, OSError) as error:
            record.failed(part="start", words=str(error))
            say(str(error))
            return 1
        if ending.status:
            record.failed(part=ending.part, words=ending.words)
        else:
            record.stopped()
        return ending.status

    def _brief(self, settings: Settings | None, *, book: Book, unhealthy: list[Start]) -> Brief:
        known = settings or Settings(data=self.data)
        return Brief(
            data=str(self.data),
            name=known.box.name,
            # Settings that can't be read any more: dancers know the address from when they could.
            host=book.host if settings is None and book.host else known.http.host,
            port=book.port if settings is None and book.port else known.http.port,
            names=known.http.answered_names(),
            reasons=tuple((start.part or "start", start.words) for start in unhealthy),
        )

    def _notices(self) -> Notices:
        return Notices(self.data / NOTICES_FILE, clock=SystemClock())
