"""OpenStack Swift with its S3 door, whole in one process: for tests of whatever speaks S3.

Run by the system's own Python, which has Debian's `python3-swift`: `serve.py FOLDER PORT USER KEY`. What is kept stands
below FOLDER, so it can be stopped and started again. One disk, one copy, and nobody else's requests.
"""

import sys
from pathlib import Path

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402 - what it patches is imported after it
from swift.account.server import AccountController  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402
from swift.container.server import ContainerController  # noqa: E402
from swift.obj.server import ObjectController  # noqa: E402

_PROXY = """
[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors cache bulk s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers =
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_{user} = {key} .admin
[filter:slo]
use = egg:swift#slo
rate_limit_after_segment = 10000
[filter:dlo]
use = egg:swift#dlo
"""
_PARTS = {"account": AccountController, "container": ContainerController, "object": ObjectController}


class _Quiet:
    def write(self, words: str) -> None:
        """Says nothing."""


def _ring(folder: Path, name: str, port: int) -> None:
    builder = RingBuilder(1, 1, 0)
    builder.add_dev(
        {"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk", "weight": 1.0, "meta": ""}
    )
    builder.rebalance()
    builder.get_ring().save(str(folder / f"{name}.ring.gz"))


def main() -> None:
    """Serves until it is ended."""
    folder, port, user, key = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    devices = folder / "devices"
    (devices / "disk").mkdir(parents=True, exist_ok=True)
    utils.HASH_PATH_PREFIX, utils.HASH_PATH_SUFFIX = b"", b"test"
    conf = {"devices": str(devices), "swift_dir": str(folder), "mount_check": "false", "fallocate_reserve": "0"}
    servers = []
    for name, kind in _PARTS.items():
        listening = eventlet.listen(("127.0.0.1", 0))
        _ring(folder, name, listening.getsockname()[1])
        servers.append(eventlet.spawn(wsgi.server, listening, kind(conf), log=_Quiet(), log_output=False))
    proxy = folder / "proxy.conf"
    proxy.write_text(_PROXY.format(folder=folder, user=user.replace(":", "_"), key=key), encoding="ascii")
    door = eventlet.listen(("127.0.0.1", port))
    servers.append(eventlet.spawn(wsgi.server, door, loadapp(str(proxy)), log=_Quiet(), log_output=False))
    print("ready", flush=True)
    for server in servers:
        server.wait()


if __name__ == "__main__":
    main()
