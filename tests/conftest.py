"""For every test: a busy machine is no reason to fail, and what measures time has the machine for itself."""

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")

#: below tests/: these look at milliseconds, or at machines that must hear each other in time
_ALONE = ("bench/", "hall/", "network/", "integration/test_run.py", "integration/test_watchdog.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that nothing may run beside; `tests/run` keeps them for the end."""
    for item in items:
        if item.nodeid.removeprefix("tests/").startswith(_ALONE):
            item.add_marker(pytest.mark.alone)
