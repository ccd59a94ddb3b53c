"""What waits to be listened to, place by place; and how fast that goes."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from appliance.domain.looking import Found
from appliance.library.places import Root

#: the pace is told from so many files, and from no fewer than
_LOOKED_AT, _FEWEST = 20, 3


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file whose turn will come."""

    root: Root
    found: Found
    #: when it was first seen as it is, seconds of the monotonic clock
    since: float


class Queue:
    """Files by place, in the order of their paths. A file has its turn when it has not changed for a while."""

    def __init__(self, *, settled_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self._settled_s = settled_s
        self._now = now
        self._places: dict[str, dict[bytes, Waiting]] = {}

    def put(self, root: Root, files: Iterable[Found]) -> None:
        """What there is to hear in a place, in the place of what there was. What has not changed has waited on."""
        before, now = self._places.get(root.name, {}), self._now()
        waiting = {}
        for found in files:
            one = before.get(found.path)
            waiting[found.path] = one if one and one.found == found else Waiting(root, found, now)
        self._places[root.name] = waiting

    def drop(self, name: str) -> None:
        """A place is gone."""
        self._places.pop(name, None)

    def left(self, name: str) -> int:
        """How many wait in a place."""
        return len(self._places.get(name, ()))

    def __len__(self) -> int:
        return sum(len(files) for files in self._places.values())

    def first(self) -> Waiting | None:
        """The next that has settled. It stays here until `done` or `again`."""
        until = self._now() - self._settled_s
        # The smallest place first: a stick that somebody has just put in is heard before a large folder is through.
        for files in sorted(self._places.values(), key=len):
            for one in files.values():
                if one.since <= until:
                    return one
        return None

    def done(self, one: Waiting) -> None:
        """It has had its turn."""
        files = self._places.get(one.root.name, {})
        if files.get(one.found.path) == one:
            del files[one.found.path]

    def again(self, one: Waiting, found: Found) -> None:
        """It is another than before: somebody is still copying it. It waits anew."""
        self.done(one)
        files = self._places.get(one.root.name)
        if files is not None:
            files[found.path] = Waiting(one.root, found, self._now())


class Pace:
    """How many files a minute, of late."""

    def __init__(self) -> None:
        self._took: deque[float] = deque(maxlen=_LOOKED_AT)

    def took(self, seconds: float) -> None:
        """One more was heard."""
        self._took.append(seconds)

    def per_minute(self) -> float | None:
        """None when too few were heard."""
        return 60 * len(self._took) / max(sum(self._took), 1e-3) if len(self._took) >= _FEWEST else None
