"""What the link advises to type is what works where it was started."""

import pytest

from sync.link.typed import program


@pytest.mark.parametrize(
    ("file", "platform", "words"),
    [
        ("/usr/bin/pikabox-link", "linux", "pikabox-link"),
        (r"C:\Users\Anna\.local\bin\pikabox-link.exe", "win32", "pikabox-link"),
        ("pikabox-link-0.1.0-linux-x86_64.pyz", "linux", "python3 pikabox-link-0.1.0-linux-x86_64.pyz"),
        ("/home/anna/DJ tools/link.pyz", "darwin", "python3 '/home/anna/DJ tools/link.pyz'"),
        (r"C:\DJ tools\link.pyz", "win32", r'py "C:\DJ tools\link.pyz"'),
    ],
)
def test_advice_begins_with_what_was_typed(file: str, platform: str, words: str) -> None:
    assert program(arguments=[file], python="python3", platform=platform) == words
