"""The report page of one night: one file that needs nothing else, no script and no network."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from appliance.web.words import LANGUAGES, NAMES, Words
from sync.cloud.night.figures import Figures
from sync.cloud.night.small import told
from sync.cloud.night.usual import Basis
from sync.cloud.report import plots, tables
from sync.cloud.report.hours import Hours
from sync.cloud.report.teller import Teller

_WEBUI = Path(__file__).parents[3] / "webui"
#: with fewer other nights, what is usual is a first hint
_NIGHTS_ENOUGH = 4
#: a clock that is off by more is worth a word
_ERROR_TOLD_MS = 30_000


@dataclass(frozen=True, slots=True)
class Way:
    """How the page is reached, for its own links; each is a path without a host."""

    #: the page's files stand below
    base: str
    #: the page in another language
    languages: tuple[tuple[str, str], ...]


@cache
def style() -> str:
    """The page's whole style: the box's tokens and the report's own."""
    files = (_WEBUI / "css" / "tokens.css", _WEBUI / "cloud" / "report.css")
    return "".join(path.read_text(encoding="utf-8") for path in files)


@cache
def policy() -> str:
    """The Content-Security-Policy under which the page works: this very style, and nothing else at all."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    nothing = ("default-src", "base-uri", "form-action", "frame-ancestors")
    return "; ".join([*(f"{what} 'none'" for what in nothing), f"style-src 'sha256-{digest}'"])


class Report:
    """Makes report pages."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._environment = Environment(
            loader=FileSystemLoader(_WEBUI / "cloud"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def page(self, figures: Figures, *, venue: str, zone: tzinfo, language: str, way: Way | None) -> str:
        """The page. `venue` is the box's name; without `way` it has no links, as a file to keep."""
        language = language if language in LANGUAGES else LANGUAGES[0]
        hours = Hours(zone)
        teller = Teller(words=self._words, language=language, hours=hours)
        totals = figures.totals
        day = self._words.day(language, hours.local_ms(totals.began_ms)) if totals.began_ms is not None else ""
        return self._environment.get_template("report.html").render(
            page_lang=language,
            style=Markup(style()),  # noqa: S704 - our own files
            t=teller.t,
            tell=teller,
            figures=figures,
            totals=totals,
            venue=venue,
            day=day,
            when=teller.range(totals.began_ms, totals.ended_ms),
            offset=hours.offset(totals.began_ms) if totals.began_ms is not None else "",
            way=way,
            names=NAMES,
            counted=[stage.name for stage in figures.night.stages if stage.id in figures.curves],
            error_told=(figures.night.error_ms or 0) > _ERROR_TOLD_MS,
            basis_own=all(one.basis is Basis.OWN for one in figures.sets),
            nights_few=0 < figures.others < _NIGHTS_ENOUGH,
            told=told,
            **_plots(figures, teller),
            **_tables(figures, teller),
        )


def _plots(figures: Figures, teller: Teller) -> dict[str, object]:
    t, totals, hours = teller.t, figures.totals, teller.hours
    drawn: dict[str, object] = {"evening": None, "hearts": None, "traffic": None}
    if totals.began_ms is not None and totals.ended_ms is not None:
        peak = totals.peak
        shown = plots.Evening(
            stages=figures.night.stages,
            curves=figures.curves,
            sets=sorted(figures.night.sets, key=lambda one: one.order),
            began_ms=totals.began_ms,
            ended_ms=totals.ended_ms,
            peak=(peak.phones, peak.at_ms) if peak and peak.at_ms is not None and told(peak.phones) else None,
        )
        said = t("evening_said", peak=_peak_said(figures, teller), n=len(figures.night.stages))
        drawn["evening"] = plots.evening(shown, hours=hours, unit=t("unit_phones"), label=said)
    if figures.hearts.stretches:
        most = max(figures.hearts.stretches, key=lambda one: one.likes + one.reactions)
        said = t("hearts_said", n=most.likes + most.reactions, at=hours.clock(most.at_ms))
        drawn["hearts"] = plots.hearts(
            figures.hearts.stretches,
            hours=hours,
            names=(t("key_likes"), t("key_reactions")),
            unit=t("unit_taps"),
            label=said,
        )
    if any(one.arrived or one.left for one in figures.traffic):
        drawn["traffic"] = plots.traffic(
            figures.traffic,
            hours=hours,
            names=(t("key_arrived"), t("key_left")),
            unit=t("unit_phones_half_hour"),
            label=t("traffic_said"),
        )
    return drawn


def _peak_said(figures: Figures, teller: Teller) -> str:
    peak = figures.totals.peak
    return teller.count(told(peak.phones)) if peak else "–"


def _tables(figures: Figures, teller: Teller) -> dict[str, object]:
    names = {stage.id: stage.name for stage in figures.night.stages}
    ways = [
        (f"{names.get(one.from_stage, '?')} → {names.get(one.to_stage, '?')}", told(one.guests)) for one in figures.ways
    ]
    return {
        "peak_said": _peak_said(figures, teller),
        "phones_rows": tables.phones_table(figures, teller),
        "floor_rows": tables.floor_rows(figures, teller),
        "dj_rows": tables.dj_rows(figures, teller),
        "floor_usual": 100 / tables.floor_scale(figures.sets),
        "liked_rows": tables.liked_rows(figures.liked, teller),
        "house_rows": tables.house_rows(figures.house, teller) if figures.house else None,
        "tempo_rows": tables.tempo_cells(figures.tempo, teller),
        "band_rows": tables.band_rows(figures.tempo, teller),
        "way_rows": tables.part_rows(ways, teller),
        "polls": tables.poll_tables(figures.night.polls, names, teller),
        "last_rows": tables.compared(figures.totals, figures.last, teller) if figures.last else [],
    }
