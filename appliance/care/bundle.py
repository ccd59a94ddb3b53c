"""The support bundle: one zip for whoever helps from afar, with nothing in it that belongs to a guest.

Everything goes through one redaction on its way in, so that no source can forget it. What can't be looked at is said
in its place: a bundle is made exactly when something is broken. Memory stays flat: texts are written line by line.
"""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from appliance.care.redact import LINE_MOST
from appliance.errors import BoxError

#: all logs together, before they are packed; the newest go first
LOGS_MOST = 12 * 1024 * 1024
#: any other page
_PAGE_MOST = 512 * 1024

_README = """\
Pika Box, support bundle
========================

Made by staff to let somebody else see why this box does not do what it should. What is in it:

  doctor.txt     what the box found when it looked at this machine
  health.json    how each part is right now, if the box runs
  notices.txt    what the box wanted staff to know
  config.toml    the settings in force; passwords are stars
  versions.txt   the box, Python, its packages, the operating system
  store.txt      how many rows each table holds, and how far the journal reaches
  network.txt    the box's own addresses, and how many phones have one; none of theirs
  units.txt      the operating system's services of the box
  log/           the newest lines of the box's logs

What is NOT in it: passwords, tokens, the setup code, cookies, e-mail addresses, and anything that tells one phone from
another. In the logs such things were replaced: [address], [card], [id], [token], [cookie], [code], [secret], [email],
[browser].
The names of DJs and the titles they played may be in the logs.
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the bundle."""

    #: in the zip
    name: str
    #: gives its lines; may raise BoxError or OSError, which is then said instead
    lines: Callable[[], Iterable[str]]
    #: bytes at most
    most: int = _PAGE_MOST


#: told after each page: pages done, pages in all
Progress = Callable[[int, int], None]


def write_bundle(target: BinaryIO, pages: Iterable[Page], *, redact: Callable[[str], str], told: Progress) -> None:
    """Writes the zip to `target`, which can seek. Raises: OSError when the disk can't take it."""
    every = [Page("README.txt", _README.splitlines), *pages]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for number, page in enumerate(every, start=1):
            with packed.open(page.name, "w") as file:
                left = page.most
                for line in _said(page):
                    content = f"{redact(line)}\n".encode("utf-8", "replace")
                    if len(content) > left:
                        file.write(b"[the rest is left out]\n")
                        break
                    file.write(content)
                    left -= len(content)
            told(number, len(every))


def _said(page: Page) -> Iterator[str]:
    try:
        yield from page.lines()
    except (BoxError, OSError) as error:
        yield f"This could not be looked at: {error}"


def log_pages(folder: Path, *, most: int = LOGS_MOST) -> list[Page]:
    """The logs, the newest first, together no larger than `most`; of the one that does not fit, its end."""
    try:
        found = [path for path in folder.iterdir() if path.is_file() and not path.is_symlink() and ".log" in path.name]
        dated = sorted(((path.stat(), path) for path in found), key=lambda one: one[0].st_mtime, reverse=True)
    except OSError as error:
        problem = f"There are no logs: {error}"
        return [Page("log/none.txt", lambda: [problem])]
    pages = []
    for stat, path in dated:
        size = min(stat.st_size, most)
        most -= size
        # Redaction may make a line longer, and the log may grow meanwhile.
        pages.append(Page(f"log/{path.name}", _tail(path, size), most=2 * size + _PAGE_MOST))
    return pages


def _tail(path: Path, size: int) -> Callable[[], Iterator[str]]:
    def lines() -> Iterator[str]:
        with path.open("rb") as file:
            start = max(0, file.seek(0, 2) - size)
            file.seek(start)
            if start:
                file.readline()
                yield "[the beginning is left out]"
            # One character more, so that the redaction sees that a line was too long and cuts it at a word.
            while line := file.readline(LINE_MOST + 1):
                if not line.endswith(b"\n"):
                    _skip_line(file)
                yield line.decode("utf-8", "replace").rstrip("\r\n")

    return lines


def _skip_line(file: BinaryIO) -> None:
    while (rest := file.readline(LINE_MOST)) and not rest.endswith(b"\n"):
        pass
