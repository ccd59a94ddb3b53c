"""A plug that is pulled: the steps run in a process of their own, which is killed after one of them."""

import os
import signal
from collections.abc import Iterator


def pulled_after(number: int, steps: Iterator[str]) -> bool:
    """Runs `steps` until the one with this number has been done; whether there was one."""
    child = os.fork()
    if child == 0:
        try:
            for done, _ in enumerate(steps):
                if done == number:
                    os.kill(os.getpid(), signal.SIGKILL)
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, -signal.SIGKILL}, status
    return status != 0
