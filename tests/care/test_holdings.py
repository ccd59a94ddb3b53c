"""Every file that a part of the box leaves in its folder is known to be the box's, so that a reset removes it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import config
from appliance.care import holdings, reset, restore
from appliance.care.reset import Keep
from appliance.care.restore import Become
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.domain.models import Stamp
from appliance.firmware import boot_partition
from appliance.secret import Secret
from appliance.store import handover
from appliance.store.backup import copy_database
from appliance.supervision import starts
from appliance.update.layout import Layout
from appliance.update.record import FILE_NAME as UPDATE_FILE
from appliance.update.record import Record, RecordFile
from sync.renewal import PENDING_NAME
from tests.care.conftest import liked_play, menu
from tests.support.real_box import running_box


def _run_and_damage(data: Path) -> None:
    """Evenings with everything that can go wrong on a card: settings, database, folders in the place of files."""
    (data / "box.toml").write_text('[tls]\nhost_name = "pika.example"\nport = 8443\n', encoding="utf-8")
    with running_box(data) as box:
        liked_play(box)
        assert menu("backup", data=data).returncode == 0
        assert menu("backup", data=data).returncode == 0
    (data / "box.toml").write_text("[box", encoding="utf-8")
    (data / "box.db").write_bytes(b"damaged" * 999)
    for name in ("portal-mode", "portal-api"):
        (data / name).unlink(missing_ok=True)
        (data / name).mkdir()
    shutil.rmtree(data / "log")
    (data / "log").write_text("no folder")
    with running_box(data, options=("--unattended",)):
        pass


def _update(settings: Settings, root: Path) -> None:
    """What an update and the way back leave."""
    layout = Layout(root=root, data=settings.data)
    copy_database(settings.database, layout.database_copy)
    handover.put_back(layout.database_copy, database=settings.database, aside=layout.database_aside, at=_now())
    copy_database(settings.database, layout.database_copy)
    RecordFile(settings.data / UPDATE_FILE).save(Record())
    shutil.copy(settings.database, settings.data / "box.before-0002.db")
    starts.Record(settings.data, clock=SystemClock()).begin()


def _now() -> Stamp:
    return SystemClock().now()


def _used(data: Path, elsewhere: Path) -> Settings:
    """A folder in which everything has happened that a box can do."""
    _run_and_damage(data)
    settings = config.load(data=data)
    _update(settings, elsewhere)
    settings.tls_folder.mkdir(exist_ok=True)
    (settings.tls_folder / PENDING_NAME).write_text("a key")
    code = Secret("K7QM2-X9F4T")
    boot_partition.leave_code(Settings(data=data, box=config.BoxSection(setup_code=code)), code="ABCDE-12345")
    # Another box's backup that stood in the place of ours, and a pulled plug.
    for end in ("kept", "old", "new"):
        shutil.copytree(data / "backup", data / f"backup.{end}")
    assert menu("pack", str(elsewhere / "box.zip"), data=data).returncode == 0
    restore.bring(settings, elsewhere / "box.zip")
    restore.stage(settings, become=Become.THIS)
    restore.take_up(settings)
    restore.bring(settings, elsewhere / "box.zip")
    restore.stage(settings, become=Become.THAT)
    reset.stage(settings, keep=Keep.NOTHING)
    return settings


def _drafts(folder: Path, name: str) -> Iterator[Path]:
    """What a plug leaves that is pulled while `name` is written, or moved out of the way."""
    for end in ("aside", "a1b2c3d4", "draft", "restoring", "founding"):
        yield folder / f".{name.removeprefix('.')}.{end}"


@pytest.fixture
def used(tmp_path: Path) -> Settings:
    (tmp_path / "elsewhere").mkdir()
    data = tmp_path / "data"
    data.mkdir()
    return _used(data, tmp_path / "elsewhere")


def test_whatever_a_box_does_every_file_is_known_and_a_reset_leaves_nothing(used: Settings) -> None:
    data = used.data
    names = {path.name for path in data.iterdir()}
    assert names >= {
        *("box.db", "box.toml", "box.toml.good", "box.toml.wrong", "damaged", "reserve", "notices.json", "tls"),
        *("backup", "backup.kept", "portal-mode", "portal-api", "starts.json", "update.json", "setup-code"),
        *("box.before-update.db", "box.before-return.db", "restore.wanted", "restore.staged", "reset.wanted"),
    }
    assert any(name.startswith("before-restore-") for name in names)
    for name in names:
        for draft in _drafts(data, name):
            if not draft.exists():
                draft.write_text("half of it")
    assert holdings.foreign(data) == []
    reset.wipe_now(used)
    assert sorted(path.name for path in data.iterdir()) == ["notices.json", "run"]
    assert [path.name for path in (data / "run").iterdir()] == [holdings.LOCK]
    codes = [one["code"] for one in json.loads((data / "notices.json").read_bytes())["notices"]]
    assert codes == ["reset_done"]
