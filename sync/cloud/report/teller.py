"""Numbers in the words of one language; small groups are "fewer than 5"."""

from dataclasses import dataclass

from appliance.web.words import Words
from sync.cloud.night.small import told_mean
from sync.cloud.report.hours import Hours

#: minutes in an hour
_HOUR = 60


class _Grouped(int):
    """A whole number that is written as a language writes it."""

    written: str

    def __new__(cls, value: int, written: str) -> "_Grouped":
        made = super().__new__(cls, value)
        made.written = written
        return made

    def __format__(self, _: str) -> str:
        return self.written


@dataclass(frozen=True, slots=True)
class Teller:
    """Numbers and words of one language."""

    words: Words
    language: str
    hours: Hours

    def t(self, name: str, **values: object) -> str:
        """Words of the report; whole numbers in them are grouped as the language writes them."""
        shown = {
            key: _Grouped(value, self.number(value)) if isinstance(value, int) else value
            for key, value in values.items()
        }
        return self.words.text(self.language, f"report.{name}", **shown)

    def number(self, value: float, digits: int = 0) -> str:
        return self.words.number(self.language, value, digits=digits)

    def percent(self, share: float) -> str:
        return f"{self.number(100 * share)} %"

    def count(self, n: int | None) -> str:
        """A number of guests; None is fewer than five."""
        return self.t("few") if n is None else self.number(n)

    def mean(self, value: float | None) -> str:
        """A mean number of guests; None is unknown."""
        if value is None:
            return "–"
        shown = told_mean(value)
        return self.t("few") if shown is None else self.number(shown)

    def length(self, minutes: float | None) -> str:
        """`3:45` hours and minutes, or a dash."""
        return "–" if minutes is None else f"{int(minutes) // _HOUR}:{int(minutes) % _HOUR:02d}"

    def range(self, began_ms: int | None, ended_ms: int | None) -> str:
        """`21:00–23:10`; what is unknown is a question mark."""
        if began_ms is None and ended_ms is None:
            return self.t("hour_unknown")
        return f"{self.hours.clock(began_ms) or '?'}–{self.hours.clock(ended_ms) or '?'}"
