"""The link is installed as any program is, into an environment of its own, and works there without the checkout."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.real_box import ROOT

#: what only the box needs
HEAVY = ("amqtt", "supervisor", "jinja2", "paho", "babel")


@pytest.mark.timeout(300)
def test_installed_from_the_checkout_the_link_works_and_brings_nothing_of_the_box(tmp_path: Path, wheels: Path) -> None:
    checkout, environment = tmp_path / "checkout", tmp_path / "venv"
    for name in ("appliance", "sync"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", checkout)
    # As pipx does it: one pip for all environments.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    subprocess.run([*pip, "download", "--dest", str(tmp_path / "build"), *needs], check=True)
    install = [*pip, "--python", str(environment / "bin" / "python"), "install", "--no-compile", "--no-index"]
    links = ["--find-links", str(wheels), "--find-links", str(tmp_path / "build")]
    subprocess.run([*install, *links, str(checkout)], check=True, cwd=tmp_path)
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "HOME": str(tmp_path / "home"),
        "PIKABOX_LINK_FOLDER": str(tmp_path / "link"),
    }
    shutil.rmtree(checkout)

    def ask(*words: str) -> str:
        done = subprocess.run(
            [str(environment / "bin" / "pikabox-link"), *words],
            cwd=tmp_path,
            env=outside,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert "The journal" in ask("doctor")
    assert "Sinnerman" in ask("now", "Nina Simone - Sinnerman")
    packages = next((environment / "lib").glob("python*")) / "site-packages"
    assert not [name for name in HEAVY if (packages / name).exists()]
    assert (packages / "appliance" / "store" / "schema.sql").exists()
