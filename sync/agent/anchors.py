"""The cloud's word on the time, journaled: by it, whoever reads the journal puts this boot's stamps right.

Written straight into the box's database, in a short transaction of its own: SQLite lets writers take turns, and this
must also work while the box's server is away. No page has to be told of it, and nothing on the box goes by it.
"""

from appliance.domain import timekeeping
from appliance.domain.models import Stamp
from appliance.store.journal import JournalKeeper
from sync.agent.trust import Heard

KIND, SOURCE = "time.anchored", "server"
#: a word on the time that took longer to come says too little, milliseconds
_ROUGH_MS = 10_000
#: again after this long, for the crystal drifts by two seconds in a night
_AGAIN_MS = 6 * 3600 * 1000


class Anchors:
    """What was journaled in this boot."""

    def __init__(self, keeper: JournalKeeper) -> None:
        self._keeper = keeper
        self._last: Heard | None = None

    def wanted(self, heard: Heard) -> bool:
        """Whether it says more than what was journaled."""
        if heard.error_ms > _ROUGH_MS or not timekeeping.is_plausible(heard.wall_ms):
            return False
        last = self._last
        if last is None or last.boot != heard.boot:
            return True
        return heard.error_ms * 2 < last.error_ms or heard.boot_ms - last.boot_ms > _AGAIN_MS

    def keep(self, heard: Heard, *, at: Stamp) -> None:
        """Journals it. Durable when it returns. Raises: Unavailable."""
        body: dict[str, object] = {"source": SOURCE, "boot": heard.boot, "boot_ms": heard.boot_ms}
        self._keeper.append(KIND, body | {"wall_ms": heard.wall_ms, "error_ms": heard.error_ms}, at=at)
        self._last = heard
