"""`python -m sync`, as supervisord starts it. Settings come from the environment and the data folder."""

import logging
import random
import sys
import time
from collections.abc import Mapping

from appliance import config
from appliance.clock import SystemClock
from sync.journal.backoff import Backoff
from sync.renewal import Renewal

LOOK_EVERY_S = 5.0
_LEAST_S, _MOST_S = 60.0, 6 * 3600.0


def _not_enrolled(body: bytes) -> Mapping[str, str]:
    """What the cloud is shown by a box that it does not know yet: nothing."""
    del body
    return {}


def main() -> None:
    """Runs until it is ended. It holds nothing that would have to be put away: files are replaced whole."""
    settings = config.load()
    logging.basicConfig(
        level=settings.log.level.upper(),
        stream=sys.stdout,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    backoff = Backoff(base_s=_LEAST_S, most_s=_MOST_S)
    renewal = Renewal(settings, clock=SystemClock(), authorise=_not_enrolled, backoff=backoff, draw=random.uniform)
    if not settings.tls.host_name:
        logging.getLogger(__name__).info("The box has no public name (tls.host_name), so it needs no certificate.")
    while True:
        if settings.tls.host_name:
            renewal.tick()
        time.sleep(LOOK_EVERY_S)


if __name__ == "__main__":
    main()
