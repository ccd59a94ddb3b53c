"""What the box's pages know of the cloud: what its program, which carries and fetches, has left in files.

Part of the composition root. Nothing here speaks to anybody.
"""

from contextlib import closing

from appliance.clock import Clock
from appliance.config import Settings
from appliance.domain import songs_coming, uplink
from appliance.domain.facts import Cloud
from appliance.domain.songs_coming import SongsComing
from appliance.domain.uplink import UplinkState
from appliance.store.journal import JournalReader


class CloudSide:
    """See `web.site.CloudSide`."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._folder = settings.data / uplink.FOLDER

    def carrying(self) -> Cloud:
        """How the carrying stands, and how far the journal is by now."""
        url = self._settings.cloud.url
        # Opened each time: one that stayed open would keep the database's log from being put away at the end.
        with closing(JournalReader(self._settings.database)) as journal:
            dropped, last_seq = int(journal.meta(uplink.SHED) or 0), journal.end().last_seq
        if not url:
            return Cloud(dropped=dropped)
        try:
            state = uplink.read((self._folder / uplink.FILE_NAME).read_text(encoding="utf-8"))
        except FileNotFoundError:
            state = UplinkState()
        return uplink.as_fact(state, now=self._clock.now(), last_seq=last_seq, url=url, dropped=dropped)

    def songs(self) -> SongsComing:
        """How the fetching of songs stands."""
        try:
            text = (self._folder / songs_coming.FILE_NAME).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return SongsComing()
        return songs_coming.read(text) if self._settings.cloud.url else SongsComing()
