"""The installed Chromium, and how it is started for tests: quiet, and without what only a person at it would need."""

import shutil

import pytest

#: Playwright gives a list of its own, which Chromium forgets when another one comes: what matters of it is here too.
_LEFT_OUT = (
    # Pages that each new window loads behind its address bar cost half a second of processor and are never seen.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "AimEnabled",
    # A box is plain HTTP, and stays it.
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "DestroyProfileOnBrowserClose",
    "LensOverlay",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
)


def chromium_path() -> str:
    """The installed Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.fail("Chromium is not installed: apt install chromium")
    return found


def flags(*more: str) -> list[str]:
    """The command line; `more` is what a test wants besides."""
    return [
        "--no-sandbox",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        f"--disable-features={','.join(_LEFT_OUT)}",
        *more,
    ]
