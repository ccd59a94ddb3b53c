"""The link's commands beside a link that does not run, or that other hands run: words, exit status, what they leave."""

import json
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain.origins import FactOrigin
from sync.link import folder as folders
from sync.link.asides import KeptAside
from sync.link.cli import COMMANDS, main
from sync.link.facts import Facts
from sync.link.live import LinkNow, Live, SourceNow
from sync.link.settings import FILE_NAME
from sync.link.store.database import KnownPlay, LinkStore
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


def test_doctor_says_how_late_virtualdj_is_and_reads_what_it_finds(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    virtualdj = home / "Documents" / "VirtualDJ"
    (virtualdj / "History").mkdir(parents=True)
    (virtualdj / "History" / "a.m3u").write_bytes(bytes(5000))
    (virtualdj / "database.xml").write_text('<VirtualDJ_Database><Song FilePath="/a.mp3">')
    (home / ".mixxx").mkdir()
    (home / ".mixxx" / "mixxxdb.sqlite").write_bytes(b"SQLite format 3\x00" + bytes(5000))
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "ok    virtualdj" in said
    assert "VirtualDJ writes 45 s late: set historyDelay to 5 in its settings." in said
    assert f"BAD   virtualdj  {virtualdj}/History/a.m3u is no history that is known here" in said
    assert f"VirtualDJ's database {virtualdj}/database.xml is damaged: tempo and key may be missing." in said
    assert f"BAD   mixxx      Mixxx's database {home}/.mixxx/mixxxdb.sqlite is damaged" in said
    assert "No DJ program's history can be read here." in said


def test_status_and_doctor_tell_what_the_box_could_not_use(
    store: LinkStore, capsys: pytest.CaptureFixture[str]
) -> None:
    now_ms = int(time.time() * 1000)
    store.keep_asides([KeptAside("b", "e", 7, "stage_ambiguous", "play.heard", "Miles Davis - So What", now_ms)])
    words = "Miles Davis - So What: the box has several stages. Set stage in [plays] of link.toml"
    main(["status"])
    said = capsys.readouterr().out
    assert "Not used " in said
    assert words in said
    main(["status", "--json"])
    (found,) = json.loads(capsys.readouterr().out)["could_not_use"]
    assert found == {"words": "Miles Davis - So What", "kind": "play.heard", "code": "stage_ambiguous", "at_ms": now_ms}
    main(["doctor"])
    said = capsys.readouterr().out
    assert "note  The box could not use this: " in said
    assert words in said


def test_another_tempo_is_offered_in_status_and_taken_by_a_command(
    store: LinkStore, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / FILE_NAME).write_text("[plays]\ntempo_least = 70\ntempo_most = 140\n")
    assert main(["tempo", "half"]) == 1
    assert "Nothing was announced yet." in capsys.readouterr().err
    facts = Facts(150.0, "Dm", FactOrigin.DATABASE, FactOrigin.TAGS)
    store.add_play(KnownPlay("p1", "", "vdj", "1", "Miles Davis", "So What", int(time.time() * 1000), facts=facts))
    main(["status"])
    said = capsys.readouterr().out
    assert "Tempo    150 BPM (its database)   Dm (the file's tags)" in said
    assert "150 BPM is fast: is it 75? Then: pikabox-link tempo half, else: pikabox-link tempo as-is" in said
    main(["status", "--json"])
    assert json.loads(capsys.readouterr().out)["tempo_offer"] == {"bpm": 150.0, "instead": "half"}
    assert main(["tempo", "half"]) == 0
    assert capsys.readouterr().out == "Miles Davis - So What: 75 BPM (your word).\n"
    assert store.history("").waiting == 1
    main(["status"])
    said = capsys.readouterr().out
    assert "Tempo    75 BPM (your word)   Dm (the file's tags)" in said
    assert "is fast" not in said
    with pytest.raises(SystemExit):
        main(["tempo", "thrice"])


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
