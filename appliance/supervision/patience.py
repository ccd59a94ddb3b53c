"""The settings of how the box looks after itself; `config` reads them. The reasons are in the modules that use them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WatchdogSection:
    """When a part that fails is started anew, when the box is, and when it gives up."""

    #: seconds from one self-test to the next; each makes one small durable write
    round_s: int = 10
    #: failed self-tests in a row before the program at fault is killed and started anew
    rounds: int = 3
    #: times a program is started anew before the whole box is
    restarts: int = 2
    #: a start that was well for this many seconds clears the unhealthy ones before it
    settled_s: int = 180
    #: so many unhealthy starts within so many seconds of boot time, and the next one is in safe mode
    starts: int = 3
    within_s: int = 600
    #: seconds until safe mode tries the normal start by itself
    safe_for_s: int = 900
