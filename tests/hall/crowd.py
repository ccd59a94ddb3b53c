"""Hundreds of phones on the hall's switch, isolated from each other as access points do it.

Owns making and wiring them. They need no tidying up: the networks end with the process that plays them, and with a
phone's network its port on the switch.
"""

import os
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.hall.inside import link_up, new_namespace
from tests.hall.mobile import Mobile, write_lease_script


def _in_one_go(command: Sequence[str], lines: Sequence[str]) -> None:
    done = subprocess.run(
        [*command, "-batch", "-"], input="\n".join(lines), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def crowd(switch: str, *, size: int, folder: Path) -> Iterator[list[Mobile]]:
    """So many phones, all wired and none of them switched on. `switch` is the namespace of the hall's switch.

    Raises: OSError without the right to do so.
    """
    folder.mkdir(exist_ok=True)
    script = write_lease_script(folder)
    # Another name each time: ports of an earlier crowd go a little later than its phones.
    mark = uuid.uuid4().hex[:6]
    networks = [new_namespace() for _ in range(size)]
    try:
        own = f"/proc/{os.getpid()}/fd"
        wires = [
            f"link add c{mark}-{number} type veth peer name eth0 netns {own}/{network}"
            for number, network in enumerate(networks)
        ]
        ports = [f"link set c{mark}-{number} master bridge0 up" for number in range(size)]
        _in_one_go(["ip", "-n", switch], [*wires, *ports])
        _in_one_go(["bridge", "-n", switch], [f"link set dev c{mark}-{number} isolated on" for number in range(size)])
        for network in networks:
            link_up(network, "lo")
        yield [Mobile(network, folder, number, script) for number, network in enumerate(networks)]
    finally:
        for network in networks:
            os.close(network)
