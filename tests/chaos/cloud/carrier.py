"""`python -m tests.chaos.cloud.carrier`: the carrier as `python -m sync` runs it, but less patient, so that an evening
of faults takes minutes, and with a wall clock that is as wrong as a file says.
"""

import asyncio
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

from appliance import config
from appliance.clock import SystemClock
from appliance.domain.models import Stamp
from sync.agent.pace import Pace
from sync.agent.running import carrier, carry

#: where the file is
ENV_SHIFT = "PIKA_CHAOS_SHIFT"

HASTY = Pace(
    connect_s=1.0,
    write_idle_s=1.0,
    answer_s=1.5,
    look_s=0.05,
    first_wait_s=0.05,
    longest_wait_s=1.0,
    stable_s=1.0,
    live_s=0.5,
    heartbeat_s=1.0,
    claim_s=0.1,
    alarm_s=0.5,
    tell_s=0.05,
    tidy_s=3600,
)


class ShiftedClock(SystemClock):
    """This machine's clock, with another wall."""

    def now(self) -> Stamp:
        found = super().now()
        try:
            shift_ms = int(Path(os.environ[ENV_SHIFT]).read_text(encoding="ascii"))
        except (OSError, KeyError, ValueError):
            shift_ms = 0
        return replace(found, wall_ms=found.wall_ms + shift_ms)


def main() -> None:
    """Runs until it is ended."""
    logging.basicConfig(level="INFO", stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = config.load()
    asyncio.run(carry(settings, given=carrier(settings, clock=ShiftedClock(), pace=HASTY)))


if __name__ == "__main__":
    main()
