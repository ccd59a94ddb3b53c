"""The box's own music as the server holds it: the scanner with its listener, or nothing where it is switched off."""

import asyncio
import logging

from appliance.analysis import Analyst
from appliance.config import Settings
from appliance.domain.scanning import OFF, Scan
from appliance.files import make_folder
from appliance.library.places import Places
from appliance.library.pressure import Pressure
from appliance.library.scanner import Scanner, Timing
from appliance.library.section import FOLDER
from appliance.library.slate import Slate
from appliance.ports import Ports

log = logging.getLogger(__name__)

#: how often a command on this machine is told, and asked
_TELL_EVERY_S = 1.0


def _never() -> bool:
    return False


class Collection:
    """A part of the box; an optional one."""

    def __init__(
        self,
        settings: Settings,
        *,
        has_hall: bool = True,
        analyst: Analyst | None = None,
        timing: Timing | None = None,
    ) -> None:
        """Without a hall nobody is waited for. `analyst` is for tests: one that lets everybody pass would never end."""
        self._settings = settings
        self._timing = timing
        self._pressure = Pressure()
        self._is_busy = self._pressure.is_high if has_hall else _never
        self._analyst = analyst or Analyst(should_wait=self._is_busy)
        self._slate = Slate(settings.run_folder)
        self._scanner: Scanner | None = None
        self._telling: asyncio.Task[None] | None = None

    def start(self, ports: Ports) -> None:
        """Begins, unless the settings say not to."""
        section, data = self._settings.library, self._settings.data
        if not section.enabled:
            return
        try:
            make_folder(data / FOLDER)
        except OSError as error:
            log.warning("There is no folder for music: %s", error)
        places = Places(section.places(data), sticks=section.stick_folders())
        self._pressure.start()
        self._scanner = Scanner(
            ports, places=places, hear=self._analyst.analyse, is_busy=self._is_busy, timing=self._timing
        )
        self._scanner.start()
        telling = self._tell(self._scanner)
        self._telling = asyncio.get_running_loop().create_task(telling, name="library-tell")

    async def stop(self) -> None:
        """Ends, with the worker."""
        if self._telling is not None:
            self._telling.cancel()
        if self._scanner is not None:
            await self._scanner.stop()
        self._pressure.stop()
        await self._analyst.stop()

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        return self._scanner.problem() if self._scanner else None

    def scan(self) -> Scan:
        """How far it is."""
        return self._scanner.scan() if self._scanner else OFF

    def look_now(self) -> bool:
        """Looks through every place again; whether anybody looks at all."""
        if self._scanner is not None:
            self._scanner.look_now()
        return self._scanner is not None

    async def _tell(self, scanner: Scanner) -> None:
        """Tells commands on this machine how far it is, and looks when one asks."""
        told = None
        while True:
            try:
                if self._slate.is_asked():
                    await scanner.look_through()
                    self._slate.tell(told := scanner.scan())
                    self._slate.done()
                elif (scan := scanner.scan()) != told:
                    self._slate.tell(told := scan)
            except OSError as error:
                # A full disk: commands see an old state, and nobody else needs the file.
                log.debug("How far the library is could not be written: %s", error)
            await asyncio.sleep(_TELL_EVERY_S)
