"""What staff are told: a small file that the box's pages read. Losing it loses nothing."""

import contextlib
from dataclasses import replace
from pathlib import Path

from appliance.clock import Clock
from appliance.domain.uplink import FILE_NAME, Uplink, UplinkState, read

#: after so long without an answer the cloud was away; shorter gaps are no excuse for getting nowhere
_AWAY_MS = 120_000
#: a contact is written down so many times less often when nothing else changes
_CONTACT_EVERY = 10


class Telling:
    """How it goes, as the pages see it."""

    def __init__(self, folder: Path, *, clock: Clock, every_s: float) -> None:
        self._path, self._clock, self._every_ms = folder / FILE_NAME, clock, every_s * 1000
        self._written: UplinkState | None = None
        self._written_ms = 0
        try:
            self.now = read(self._path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            self.now = UplinkState()
        moment = clock.now()
        if self.now.boot != moment.boot:
            self.now = replace(self.now, boot=moment.boot, seen_ms=0, code="", code_until_ms=0)
        # Progress is judged from here on: nobody was there to make any.
        self.now = replace(self.now, state=Uplink.OFFLINE, reason="", progress_ms=moment.boot_ms)

    def reached(self) -> None:
        """The cloud has answered."""
        moment = self._clock.now()
        self.now = replace(self.now, seen_ms=moment.boot_ms, seen_wall_ms=moment.wall_ms)
        self.write()

    def progressed(self, acked_seq: int) -> None:
        """The cloud has taken something, or nothing waits; up to this row everything is there."""
        self.now = replace(self.now, acked_seq=acked_seq, progress_ms=self._clock.now().boot_ms)
        self.write()

    def stands(self, acked_seq: int) -> None:
        """Up to this row everything is there, as was known before."""
        self.now = replace(self.now, acked_seq=acked_seq)

    def say(self, state: Uplink, *, reason: str = "") -> None:
        """How it goes from now on."""
        now_ms = self._clock.now().boot_ms
        if state is Uplink.ONLINE and now_ms - self.now.seen_ms > _AWAY_MS:
            # While nobody answered, nothing could get through.
            self.now = replace(self.now, progress_ms=now_ms)
        code = self.now.code if state in {Uplink.UNCLAIMED, Uplink.REVOKED, Uplink.OFFLINE} else ""
        self.now = replace(self.now, state=state, reason=reason, code=code)
        self.write()

    def show_code(self, code: str, *, expires_s: int) -> None:
        """The organiser types this at the cloud to say that the box is theirs."""
        until = self._clock.now().boot_ms + expires_s * 1000
        self.now = replace(self.now, code=code, code_until_ms=until)
        self.write()

    def kept_back(self, count: int) -> None:
        """So many rows went as a note only."""
        self.now = replace(self.now, kept_back=count)
        self.write()

    def code_left_s(self) -> float:
        """How long the code that is shown still counts; 0 without one."""
        return max(0.0, (self.now.code_until_ms - self._clock.now().boot_ms) / 1000) if self.now.code else 0.0

    def write(self) -> None:
        """Writes what changed, not too often. Call it now and then, so that the last change is not left out."""
        since_ms = self._clock.now().boot_ms - self._written_ms
        if self._written == self.now:
            return
        if self._written is not None and since_ms < self._every_ms * _patience(self._written, self.now):
            return
        draft = self._path.with_name(f".{FILE_NAME}.draft")
        # A full disk tells staff of itself. Not synced: after a pulled plug it is written anew within seconds.
        with contextlib.suppress(OSError):
            draft.write_text(self.now.text(), encoding="utf-8")
            draft.replace(self._path)
            self._written, self._written_ms = self.now, self._clock.now().boot_ms


def _patience(last: UplinkState, now: UplinkState) -> float:
    """How long a change may wait, in times of the least: not at all where staff would see it at once."""
    if (last.state, last.code, last.reason) != (now.state, now.code, now.reason):
        return 0
    is_contact = replace(last, seen_ms=0, seen_wall_ms=0, progress_ms=0) == replace(
        now, seen_ms=0, seen_wall_ms=0, progress_ms=0
    )
    return _CONTACT_EVERY if is_contact else 1
