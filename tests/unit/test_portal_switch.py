"""The mode in force follows what was stored, and the file for the operating system follows the mode."""

from pathlib import Path

from appliance.domain.events import PortalModeSet, StageOpened
from appliance.domain.models import Stage
from appliance.domain.portal import Mode
from appliance.portal.switch import Switch


def test_it_is_quiet_until_a_stored_mode_says_otherwise_and_follows_commits(tmp_path: Path) -> None:
    file = tmp_path / "portal-mode"
    switch = Switch(file)
    assert switch.mode() is Mode.QUIET
    switch.load(Mode.GATEWAY)
    assert (switch.mode(), file.read_text()) == (Mode.GATEWAY, "gateway\n")
    opened = StageOpened(Stage(id="main-floor", event_id="e", name="Main Floor"))
    switch.on_commit([opened, PortalModeSet(Mode.QUIET), PortalModeSet(Mode.PARTY)])
    assert (switch.mode(), file.read_text()) == (Mode.PARTY, "party\n")
    assert switch.problem() is None


def test_a_file_that_says_so_already_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "portal-mode"
    Switch(file).load(Mode.PARTY)
    before = file.stat()
    Switch(file).load(Mode.PARTY)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_with_nonsense_in_it_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "portal-mode"
    file.write_text("loud")
    Switch(file).load(Mode.PARTY)
    assert file.read_text() == "party\n"


def test_a_file_that_cannot_be_written_is_a_problem_in_words_and_stops_nothing(tmp_path: Path) -> None:
    switch = Switch(tmp_path / "gone" / "portal-mode")
    switch.load(Mode.PARTY)
    assert switch.mode() is Mode.PARTY
    assert "party" in (switch.problem() or "")
    (tmp_path / "gone").mkdir()
    switch.on_commit([PortalModeSet(Mode.QUIET)])
    assert switch.problem() is None
