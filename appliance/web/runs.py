"""Pairings that are under way: in memory, bounded, and forgotten soon."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from appliance.domain.models import Stamp
from appliance.domain.pairing import Code
from appliance.pairing import Proofs
from appliance.usecases import pairing
from appliance.web.limits import Buckets, Throttle

#: conversations under way; with more, the oldest is forgotten
RUNS_MOST = 32
RUN_FOR_MS = 60_000
#: conversations may begin so fast, from everybody together: each costs some milliseconds
_BURST, _PER_S = 20, 2


@dataclass(slots=True)
class Run:
    """One conversation."""

    code: Code
    proofs: Proofs
    boot: str
    until_ms: int
    #: whether the link has shown that it knows the code
    proven: bool = False


class Runs:
    """The conversations of one server."""

    def __init__(self, fingerprint: Callable[[], str]) -> None:
        """`fingerprint` tells the box's own key. Raises: Unavailable."""
        self.fingerprint = fingerprint
        #: wrong codes
        self.tries = Throttle(free=2)
        self.beginnings = Buckets(burst=_BURST, per_s=_PER_S)
        self._runs: OrderedDict[str, Run] = OrderedDict()

    def add(self, code: Code, proofs: Proofs, *, now: Stamp) -> str:
        """Remembers one; its name."""
        run = secrets.token_hex(16)
        self._runs[run] = Run(code, proofs, now.boot, now.boot_ms + RUN_FOR_MS)
        if len(self._runs) > RUNS_MOST:
            self._runs.popitem(last=False)
        return run

    def take(self, run: str, *, now: Stamp) -> Run:
        """Gives one out and forgets it: each step can be tried once.

        Raises: NotAllowed with the code `pairing_refused`.
        """
        found = self._runs.pop(run, None)
        if found is None or now.boot_ms >= found.until_ms:
            raise pairing.refused()
        return found

    def keep(self, run: str, conversation: Run) -> None:
        """Remembers one for its next step."""
        self._runs[run] = conversation
