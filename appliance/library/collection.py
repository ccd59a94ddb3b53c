"""The box's own music as the server holds it: the scanner with its listener, or nothing where it is switched off."""

import logging

from appliance.analysis import Analyst
from appliance.config import Settings
from appliance.domain.scanning import OFF, Scan
from appliance.files import make_folder
from appliance.library.places import Places
from appliance.library.pressure import Pressure
from appliance.library.scanner import Scanner
from appliance.library.section import FOLDER
from appliance.ports import Ports

log = logging.getLogger(__name__)


class Collection:
    """A part of the box; an optional one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pressure = Pressure()
        self._analyst = Analyst(should_wait=self._pressure.is_high)
        self._scanner: Scanner | None = None

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
        self._scanner = Scanner(ports, places=places, hear=self._analyst.analyse, is_busy=self._pressure.is_high)
        self._scanner.start()

    async def stop(self) -> None:
        """Ends, with the worker."""
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
