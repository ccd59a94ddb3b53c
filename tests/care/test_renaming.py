"""Another name for the box: one line of its settings file changes, and counts from the next start."""

from pathlib import Path

import pytest

from appliance import config
from appliance.care import pending, renaming
from appliance.config import Settings
from appliance.errors import BoxError


def settings_in(data: Path, text: str | None = None, *, environment: dict[str, str] | None = None) -> Settings:
    if text is not None:
        (data / "box.toml").write_text(text, encoding="utf-8")
    return config.load(data=data, environment=environment or {})


def code_of(settings: Settings, name: str) -> str:
    try:
        renaming.rename(settings, name)
    except BoxError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "# mine\n",
        '[box]\nname = "Old" # the old one\n',
        '[http]\nport = 8081\n\n[box] # me\n  name="Old"\nsetup_code = "K7QM2-X9F4T"\n',
        '[box]\nsetup_code = "K7QM2-X9F4T"\n\n[wifi]\nssid = "name = x"\n',
        '[box]\r\nname = "Old"\r\n',
    ],
)
def test_only_the_name_changes_whatever_else_the_file_says(tmp_path: Path, text: str | None) -> None:
    before = settings_in(tmp_path, text)
    assert code_of(before, 'Hall "7" \\ Öst') == ""
    after = settings_in(tmp_path)
    assert after.box.name == 'Hall "7" \\ Öst'
    assert (after.http, after.wifi, after.box.setup_code) == (before.http, before.wifi, before.box.setup_code)
    for comment in ("# mine", "# me"):
        assert (comment in (tmp_path / "box.toml").read_text(encoding="utf-8")) is (comment in (text or ""))


def test_the_name_waits_for_the_next_start_and_no_longer(tmp_path: Path) -> None:
    running = settings_in(tmp_path)
    assert not pending.is_wanted(tmp_path)
    renaming.rename(running, "Hall 7")
    assert (renaming.waiting_name(running), running.box.name) == ("Hall 7", "Pika Box")
    assert pending.is_wanted(tmp_path)
    renaming.rename(running, "Hall 8")
    assert renaming.waiting_name(running) == "Hall 8"
    pending.carry_out(settings_in(tmp_path))
    assert not pending.is_wanted(tmp_path)
    assert renaming.waiting_name(settings_in(tmp_path)) == "Hall 8"


def test_the_same_name_again_changes_nothing(tmp_path: Path) -> None:
    renaming.rename(settings_in(tmp_path), "Pika Box")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "name_empty"), (" \u200b", "name_empty"), ("n" * 61, "name_too_long"), ("n" * 60, "")],
)
def test_a_name_has_a_character_to_see_and_sixty_at_most(tmp_path: Path, name: str, code: str) -> None:
    assert code_of(settings_in(tmp_path), name) == code


def test_a_name_that_is_set_elsewhere_is_not_changed_here(tmp_path: Path) -> None:
    elsewhere = settings_in(tmp_path, "", environment={"PIKA_BOX_BOX_NAME": "From outside"})
    assert code_of(elsewhere, "Hall 7") == "box_name_fixed"
    assert not pending.is_wanted(tmp_path)


@pytest.mark.parametrize("text", ['box.name = "Old"\n', 'box = {name = "Old"}\n'])
def test_a_file_that_only_a_person_can_change_stays_as_it_is(tmp_path: Path, text: str) -> None:
    assert code_of(settings_in(tmp_path, text), "Hall 7") == "box_name_fixed"
    assert (tmp_path / "box.toml").read_text(encoding="utf-8") == text


def test_a_file_that_was_broken_meanwhile_stays_as_it_is(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    (tmp_path / "box.toml").write_text("[box", encoding="utf-8")
    assert code_of(settings, "Hall 7") == "box_name_fixed"
    assert (tmp_path / "box.toml").read_text(encoding="utf-8") == "[box"


def test_the_file_stays_readable_for_its_owner_only(tmp_path: Path) -> None:
    renaming.rename(settings_in(tmp_path), "Hall 7")
    assert (tmp_path / "box.toml").stat().st_mode & 0o777 == 0o600
