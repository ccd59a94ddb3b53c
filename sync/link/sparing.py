"""When the laptop has nothing better to do: listening to a file must never be heard in what the DJ plays."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

#: from this share of all processors on, percent, something else needs them
_BUSY_PERCENT = 60.0
#: the least memory that stays free, bytes: a worker may take 400 MB
_FREE_LEAST = 800 * 1024 * 1024
#: below this charge, percent, a laptop without its cable saves its strength
_CHARGE_LEAST = 30.0
#: readings of the processors say how it was since the one before, which must be neither too short nor too long ago
_SPAN_LEAST_S, _SPAN_MOST_S = 0.5, 5.0


def _busy_percent() -> float:
    """How busy all processors were since this was asked last."""
    import psutil  # noqa: PLC0415 - a link that only looks need not load it

    return float(psutil.cpu_percent(interval=None))


def _free_bytes() -> int:
    import psutil  # noqa: PLC0415 - as above

    return int(psutil.virtual_memory().available)


def _on_low_battery() -> bool:
    """Whether the laptop runs on what is left of its battery. Machines without one don't."""
    import psutil  # noqa: PLC0415 - as above

    sensors = getattr(psutil, "sensors_battery", None)
    battery = sensors() if sensors else None
    return battery is not None and not battery.power_plugged and battery.percent < _CHARGE_LEAST


@dataclass(slots=True)
class Sparing:
    """Readings of this laptop; asked again and again."""

    processors: Callable[[], float] = _busy_percent
    free_bytes: Callable[[], int] = _free_bytes
    low_battery: Callable[[], bool] = _on_low_battery
    #: why it waits, for the DJ; empty when it does not
    why: str = ""
    _read_s: float = field(default=-1e9)

    def should_wait(self) -> bool:
        """Whether the laptop is needed for something else now."""
        self.why = self._reason(time.monotonic())
        return bool(self.why)

    def _reason(self, now_s: float) -> str:
        since_s = now_s - self._read_s
        if since_s < _SPAN_LEAST_S:
            return self.why or "the laptop is looked at"
        busy, self._read_s = self.processors(), now_s
        if since_s > _SPAN_MOST_S:
            return "the laptop is looked at"
        if busy > _BUSY_PERCENT:
            return "the laptop is busy"
        if self.free_bytes() < _FREE_LEAST:
            return "the laptop has little memory left"
        return "the battery is low" if self.low_battery() else ""
