"""For every test: a busy machine is no reason to fail, and what measures time has the machine for itself."""

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")

#: below tests/: these look at milliseconds
ALONE = ("bench/", "hall/", "link/test_cost.py", "integration/test_run.py")
#: these look at machines that must hear each other in time, or at clocks that run down: one more beside is no harm
PAIRED = ("network/", "integration/test_discovery_neighbours.py", "integration/test_watchdog.py")
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
        elif name.startswith(PAIRED):
            item.add_marker(pytest.mark.paired)
    items.sort(key=place)
