"""`serve`: the server process, as supervisord starts it. Settings come from the environment and the data folder."""

import logging
import sys

from appliance import config
from appliance.bootstrap import box_server
from appliance.opening import ensure_store
from appliance.sums import on_one_thread


def main(arguments: list[str]) -> int:
    """Serves until told to stop."""
    del arguments
    settings = config.load()
    logging.basicConfig(
        level=settings.log.level.upper(),
        stream=sys.stdout,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    on_one_thread()
    ensure_store(settings)
    box_server(settings).run()
    return 0
