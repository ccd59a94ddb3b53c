"""Real Chromium as a phone in the hall: in a network of its own, with the names that the box's DNS gives it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

from tests.e2e.conftest import PHONE
from tests.firmware.guests_network import Phone
from tests.support.chromium import chromium_path, flags

_IN_THE_HALL = """#!/bin/sh
exec ip netns exec {namespace} sh -c 'mount --bind {names} /etc/resolv.conf && exec {chromium} "$@"' chromium "$@"
"""


@contextmanager
def chromium_in(
    phone: Phone, folder: Path, *, preferences: Mapping[str, object] | None = None
) -> Iterator[BrowserContext]:
    """A fresh browser on a phone that has joined; `preferences` as its owner would set them."""
    (folder / "Default").mkdir(parents=True)
    (folder / "Default" / "Preferences").write_text(json.dumps(preferences or {}), encoding="utf-8")
    names, start = folder / "resolv.conf", folder / "chromium"
    names.write_text(f"nameserver {phone.lease['dns']}\n", encoding="ascii")
    words = {"namespace": phone.machine.namespace, "names": names, "chromium": chromium_path()}
    start.write_text(_IN_THE_HALL.format(**words), encoding="ascii")
    start.chmod(0o755)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=str(start),
            args=flags(),
            viewport=PHONE,  # type: ignore[arg-type]
        )
        browser.set_default_timeout(10_000)
        try:
            yield browser
        finally:
            browser.close()
