"""The link's commands beside a link that does not run, or that other hands run: words, exit status, what they leave."""

import json
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.link import folder as folders
from sync.link.cli import COMMANDS, main
from sync.link.live import LinkNow, Live, SourceNow
from sync.link.settings import FILE_NAME
from sync.link.store.database import LinkStore
from tests.link.programs import until


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A laptop without DJ programs."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv(folders.ENVIRONMENT, str(tmp_path / "link"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "link"


@pytest.fixture
def store(folder: Path) -> Iterator[LinkStore]:
    found = LinkStore(folders.prepared(folder) / "link.db")
    yield found
    found.close()


def titles(store: LinkStore) -> list[tuple[str, bool]]:
    return [(play.title, play.retracted) for play in store.last_plays(9)]


def test_the_menu_names_every_command_and_each_tells_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    menu = capsys.readouterr().out
    for name, words in COMMANDS.items():
        assert f"  {name} " in menu
        assert words in menu
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0
        assert "--folder" in capsys.readouterr().out


def test_a_word_that_is_no_command_is_answered_with_the_menu(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plya"]) == 2
    assert "no command 'plya'" in capsys.readouterr().err


def test_the_djs_words_are_kept_without_a_running_link_and_that_is_said(
    store: LinkStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["now", "Nina Simone - Sinnerman"]) == 0
    assert capsys.readouterr().out == (
        "Told: Nina Simone - Sinnerman. The link does not run, so the box learns of it later: pikabox-link run\n"
    )
    assert main(["resend"]) == 0
    assert main(["undo"]) == 0
    assert titles(store) == [("Sinnerman", True), ("Sinnerman", False)]
    assert store.history("").waiting == 3
    assert main(["end"]) == 0
    assert store.history("").waiting == 4


def test_what_can_not_be_done_is_said_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in (
        (["undo"], "Nothing was announced yet."),
        (["now", "-"], 'Say it like: now "Artist - Title"'),
        (["heard"], "The link does not run"),
        (["forget"], "none to forget"),
        (["pair", "--box", "http://box.example", "--token-file", "x"], "no address on this laptop"),
        (["pair", "--box", "http://127.0.0.1:9", "--token-file", "/nowhere"], "can't be read"),
        (["run", "--box", "http://127.0.0.1:9"], "needs --token-file"),
    ):
        assert main(words) == 1, words
        assert said in capsys.readouterr().err


def test_pause_go_on_and_private_are_remembered_and_shown(store: LinkStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pause"]) == 0
    assert main(["private"]) == 0
    assert main(["status"]) == 1
    said = capsys.readouterr().out
    assert "Paused   nothing that programs play is told." in said
    assert "Private  the next play is not told." in said
    assert main(["go-on"]) == 0
    assert store.meta("paused") == "no"


def test_heard_asks_the_running_link_once(store: LinkStore, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live = Live(store)
    ends: list[int] = []
    with folders.taken(folder):
        for words in ("Miles Davis - So What", ""):
            command = threading.Thread(target=lambda: ends.append(main(["heard"])))
            command.start()
            until(live.open_question, within_s=5, what="the question is there")
            question = live.open_question()
            assert question is not None
            live.answer(question, words)
            command.join(5)
            assert live.open_question() is None
    said = capsys.readouterr()
    assert ends == [0, 1]
    assert said.out == "Told: Miles Davis - So What.\n"
    assert "No program has said that something was loaded." in said.err


def test_status_tells_what_the_running_link_wrote(
    store: LinkStore, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = [
        SourceNow(name="mixxx", usable=False),
        SourceNow(name="serato", usable=True, trouble="The file is locked."),
        SourceNow(name="virtualdj", usable=True, last="A - B", confidence="played"),
    ]
    now = LinkNow(pid=7, started_ms=int(time.time() * 1000), box="http://127.0.0.1:1", reason="x", sources=sources)
    Live(store).tell(now)
    main(["now", "A - B"])
    with folders.taken(folder):
        capsys.readouterr()
        assert main(["status"]) == 0
        said = capsys.readouterr().out
        assert main(["status", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["link"]["sources"][1]["trouble"] == "The file is locked."
    assert "1 entry waits here until it does" in said
    assert "virtualdj   here, last: A - B (played)" in said
    assert "serato      The file is locked." in said
    # What a link wrote that runs no more is not told.
    assert main(["status"]) == 1
    assert "virtualdj" not in capsys.readouterr().out


def test_doctor_names_every_place_that_it_looked_at(
    home: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "Documents" / "VirtualDJ" / "History").mkdir(parents=True)
    settings = home / "Documents" / "VirtualDJ" / "settings.xml"
    settings.write_text("<settings><writeHistory>no</writeHistory></settings>")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        folders.prepared(folder)
        (folder / FILE_NAME).write_text(f'[sources]\nicecast_port = {port}\noff = ["pika"]\n')
        assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "The history is switched off in VirtualDJ's settings" in said
    assert f"Port {port} is taken by another program" in said
    assert f"{home}/Music/_Serato_/History/Sessions: There is no such folder" in said
    assert f"{home}/.mixxx/mixxxdb.sqlite" in said
    assert "pika       is switched off" in said
    assert "No box was chosen yet" in said


def test_doctor_says_what_is_broken_and_goes_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders.prepared(folder)
    (folder / FILE_NAME).write_text("[plays]\nstgae = 'x'\n")
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "BAD   [plays] has no setting 'stgae'. Did you mean 'stage'?" in said
    assert "No box was chosen yet" in said
    (folder / FILE_NAME).unlink()
    (folder / "link.db").unlink()
    (folder / "link.db").write_bytes(b"no database at all" * 100)
    assert main(["doctor"]) == 1
    assert "can't be used" in capsys.readouterr().out


def test_the_folder_is_its_owners_only(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    assert main(["pause"]) == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_box_on_this_laptop_is_chosen_only_when_it_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token = tmp_path / "token"
    token.write_text("pk_dj_secret")
    assert main(["pair", "--box", "http://127.0.0.1:9", "--token-file", str(token)]) == 1
    assert "does not answer" in capsys.readouterr().err
    token.write_text("")
    assert main(["pair", "--box", "http://127.0.0.1:9", "--token-file", str(token)]) == 1
    assert "There is no token" in capsys.readouterr().err
