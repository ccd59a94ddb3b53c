"""Tables to take away: CSV with a byte order mark, so that spreadsheets read every letter.

Titles come from laptops and DJs: a cell that a spreadsheet would run as a formula is made text with an apostrophe.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from appliance.domain.sheets import length, safe_cell
from sync.cloud.night.audience import Listeners
from sync.cloud.night.crediting import likes_credited
from sync.cloud.night.records import Night
from sync.cloud.night.setlist import Heard, duration_s, set_lists
from sync.cloud.night.small import told
from sync.cloud.report.hours import Hours

_Cell = str | int | float | None


def few(n: int) -> str | int:
    """A number of guests: `<5` for one to four."""
    shown = told(n)
    return "<5" if shown is None else shown


def _written(head: Sequence[str], lines: Iterable[Sequence[_Cell]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(head)
    for cells in lines:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in cells])
    return f"\ufeff{buffer.getvalue()}"


def _heard(night: Night) -> list[Heard]:
    lines = [line for one in set_lists(night) for line in one.heard]
    return sorted(lines, key=lambda line: line.play.order)


def set_list(night: Night, hours: Hours) -> str:
    """What a collecting society asks for: what was heard, when, and for how long."""
    head = ("number", "start", "duration", "artist", "title", "dj", "stage")
    return _written(
        head,
        (
            (
                number,
                hours.stamp(line.play.began_ms),
                length(line.duration_s),
                line.play.artist,
                line.play.title,
                line.dj_name,
                line.stage_name,
            )
            for number, line in enumerate(_heard(night), start=1)
        ),
    )


def plays(night: Night, hours: Hours) -> str:
    """Every play with what was counted of it."""
    head = (
        *("number", "start", "end", "seconds", "artist", "title", "bpm", "key", "dj", "stage"),
        *("likes_tapped", "likes_credited", "listener_minutes", "not_for_me"),
    )
    credited, listeners = likes_credited(night), Listeners(night.presence)
    tapped: dict[str, int] = {}
    for like in night.likes:
        tapped[like.play] = tapped.get(like.play, 0) + 1

    def cells(number: int, line: Heard) -> Sequence[_Cell]:
        play = line.play
        heard = listeners.between(play.stage, began_ms=play.began_ms, ended_ms=play.ended_ms)
        return (
            *(number, hours.stamp(play.began_ms), hours.stamp(play.ended_ms), duration_s(play)),
            *(play.artist, play.title, play.bpm, play.key, line.dj_name, line.stage_name),
            *(tapped.get(play.id, 0), round(credited.get(play.id, 0.0), 2), None if heard is None else round(heard, 1)),
            play.dislikes,
        )

    return _written(head, (cells(number, line) for number, line in enumerate(_heard(night), start=1)))


def presence(night: Night, hours: Hours) -> str:
    """The curve of each stage; a span without an hour has no start."""
    head = ("start", "stage", "seconds", "phones", "active", "arrived", "left")
    names = {stage.id: stage.name for stage in night.stages}
    return _written(
        head,
        (
            (
                hours.stamp(None if row.at_ms is None else row.at_ms - row.span_ms),
                names.get(row.stage, ""),
                row.span_ms // 1000,
                few(row.guests),
                few(row.active),
                few(row.arrived),
                few(row.left),
            )
            for row in sorted(night.presence, key=lambda row: row.order)
        ),
    )
