"""For every test: a busy machine is no reason to fail, and what measures time has the machine for itself."""

import gc

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")

#: below tests/: these look at milliseconds
ALONE = (
    "bench/test_drain_smoke.py",
    "e2e/test_budgets.py",
    "hall/test_joining_hall.py",
    "hall/test_reconnecting.py",
    "link/test_cost.py",
)
#: these look at machines that must hear each other in time, at clocks that run down, or wait for what lets everything
#: else go first: two more beside are no harm. The longest first.
FEW = (
    "integration/test_watchdog.py",
    "network/",
    "integration/test_run.py",
    "hall/",
    "player/",
    "bench/",
    "integration/test_discovery_neighbours.py",
    "integration/test_songs_from_s3.py",
)
#: minutes rather than seconds: begun first, or one of two runs would end long after the other
_LONG = ("firmware/test_install_root.py", "update/", "link/", "care/", "firmware/")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that little or nothing may run beside: `tests/run` keeps them for the end. Long ones first."""

    def place(item: pytest.Item) -> int:
        name = item.nodeid.removeprefix("tests/")
        return next((number for number, long in enumerate(_LONG) if name.startswith(long)), len(_LONG))

    for item in items:
        name = item.nodeid.removeprefix("tests/")
        if name.startswith(ALONE):
            item.add_marker(pytest.mark.alone)
        elif name.startswith(FEW):
            item.add_marker(pytest.mark.few)
    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Ten thousand tests are no rubbish: they are not looked through again and again."""
    gc.collect()
    gc.freeze()
