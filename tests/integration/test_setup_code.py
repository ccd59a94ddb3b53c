"""The setup code of a box without a screen: given in the settings, works once, over restarts, and is in no log."""

from pathlib import Path

from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Answer

_GIVEN = "K7QM2-X9F4T"


def _try(box: RealBox, code: str) -> Answer:
    return box.visitor().post("/api/v1/setup", json_body={"code": code})


def _box_toml(data: Path, code: str) -> None:
    data.mkdir(exist_ok=True)
    (data / "box.toml").write_text(f'[box]\nsetup_code = "{code}"\n', encoding="utf-8")


def test_a_given_code_works_once_and_not_again_after_a_restart_and_another_takes_its_place(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _box_toml(data, _GIVEN)
    with running_box(data) as box:
        assert _GIVEN not in box.printed
        assert not (data / "setup-code").exists()
        assert _try(box, _GIVEN.lower().replace("-", " ")).status == 200
        assert _try(box, _GIVEN).status == 403
    for log in (data / "log").iterdir():
        assert _GIVEN not in log.read_text(encoding="utf-8")

    used = set()
    for _ in range(2):
        with running_box(data) as box:
            assert _try(box, _GIVEN).status == 403
            fresh = (data / "setup-code").read_text(encoding="ascii").strip()
            assert _try(box, fresh).status == 200
            used.add(fresh)
    assert len(used) == 2

    # A new one, as from the card, works again and needs no other.
    _box_toml(data, "ABCDE-12345")
    with running_box(data) as box:
        assert not (data / "setup-code").exists()
        assert _try(box, "ABCDE-12345").status == 200


def test_a_given_code_that_nobody_used_still_works_after_a_restart(tmp_path: Path) -> None:
    _box_toml(tmp_path, _GIVEN)
    for _ in range(2):
        with running_box(tmp_path) as box:
            assert _try(box, "AAAAA-AAAAA").status == 403
    with running_box(tmp_path) as box:
        assert _try(box, _GIVEN).status == 200
