"""`python -m sync`, as supervisord starts it: carries the journal to the cloud, and renews the certificate.

`python -m sync new-key` has the running program take a new key at its next conversation; the old one signs for it.
Settings come from the environment and the data folder. A SIGTERM ends it where it stands: it holds nothing that would
have to be put away, for files are replaced whole and what SQLite was told is on the disk.
"""

import asyncio
import logging
import os
import random
import sys
import threading
import time
from collections.abc import Mapping

from appliance import config
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.domain.uplink import FOLDER
from sync.agent.keys import KeyFolder
from sync.agent.pace import Pace
from sync.agent.running import Carrier, carrier, carry
from sync.journal.backoff import Backoff
from sync.renewal import PATH, Renewal

LOOK_EVERY_S = 5.0
#: a third of a share for the carrier
_NICE = 5
_LEAST_S, _MOST_S = 60.0, 6 * 3600.0


def _renew(settings: Settings, given: Carrier) -> None:
    """Sees to the certificate, for ever. On a thread of its own: it may have to wait for an answer for a while."""

    def authorise(body: bytes, nonce: str) -> Mapping[str, str]:
        given.cloud.note_nonce(nonce)
        return given.cloud.headers("POST", PATH, body)

    backoff = Backoff(base_s=_LEAST_S, most_s=_MOST_S)
    renewal = Renewal(settings, clock=given.clock, authorise=authorise, backoff=backoff, draw=random.uniform)
    while True:
        renewal.tick()
        time.sleep(LOOK_EVERY_S)


def main() -> None:
    """Runs until it is ended."""
    settings = config.load()
    if sys.argv[1:] == ["new-key"]:
        KeyFolder(settings.data / FOLDER).coming()
        return
    logging.basicConfig(
        level=settings.log.level.upper(),
        stream=sys.stdout,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # What happens in the hall comes first where both want the processor.
    os.nice(_NICE)
    given = carrier(settings, clock=SystemClock(), pace=Pace())
    if settings.tls.host_name:
        threading.Thread(target=_renew, args=(settings, given), name="renewal", daemon=True).start()
    else:
        logging.getLogger(__name__).info("The box has no public name (tls.host_name), so it needs no certificate.")
    asyncio.run(carry(settings, given=given))


if __name__ == "__main__":
    main()
