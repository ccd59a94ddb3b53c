"""How often a box may fetch a song, for whoever runs the cloud pays for what leaves it. In memory, in each process."""

import time
from collections import OrderedDict
from collections.abc import Callable

from sync.cloud.spreading import TooOften

#: a song may be fetched so many times a day by one box: once, and anew after the accidents that there are
TIMES_A_DAY = 4
_DAY_S = 24 * 3600.0
_KNOWN_MOST = 100_000


class Rations:
    """What left for each box of each song within a day."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._given: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def check(self, box: str, song: str, *, size: int) -> None:
        """Whether a box may have more of a song of a size. Raises: TooOften with the code `song_too_often`."""
        since, given = self._given.get((box, song), (0.0, 0))
        if given and self._monotonic() < since + _DAY_S and given >= TIMES_A_DAY * size:
            wait_s = max(60, round(since + _DAY_S - self._monotonic()))
            raise TooOften("song_too_often", "This box has fetched this song several times today.", wait_s=wait_s)

    def note(self, box: str, song: str, *, count: int) -> None:
        """So many bytes left. What could not be given counts for nothing."""
        now = self._monotonic()
        while self._given and (len(self._given) > _KNOWN_MOST or next(iter(self._given.values()))[0] < now - _DAY_S):
            self._given.popitem(last=False)
        since, given = self._given.get((box, song), (now, 0))
        self._given[box, song] = (since, given + count)
