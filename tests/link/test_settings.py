"""The link's settings file: everything has a default, and a slip of the pen is named."""

from pathlib import Path

import pytest

from appliance.errors import BadConfig
from sync.link.settings import FILE_NAME, LinkSettings, load


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    assert load(tmp_path) == LinkSettings(tmp_path)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_from_any_editor(tmp_path: Path, ends: str, mark: str) -> None:
    lines = ["[plays]", 'skip = ["jingle"]', "delay_s = 3", "[sources]", 'off = ["icecast"]', ""]
    (tmp_path / FILE_NAME).write_bytes((mark + ends.join(lines)).encode())
    settings = load(tmp_path)
    assert (settings.plays.skip, settings.plays.delay_s, settings.sources.off) == (("jingle",), 3, ("icecast",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[plays]\nskipp = []", "Did you mean 'skip'"),
        ("[play]\n", "Did you mean 'plays'"),
        ("plays = 1", "must be a section"),
        ("[plays]\ntidy = 1", "true or false"),
        ("[plays]\ndelay_s = true", "a whole number"),
        ("[plays]\ndelay_s = 31", "from 0 to 30"),
        ("[plays]\ntempo_least = 140\ntempo_most = 70", "tempo_least must be"),
        ('[plays]\nskip = "x"', "a list of texts"),
        ("[plays]\nstage = \u201cmain\u201d", "can't be read"),
        ("\x00", "can't be read"),
    ],
)
def test_a_fault_is_said_in_words(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(BadConfig, match=words):
        load(tmp_path)
