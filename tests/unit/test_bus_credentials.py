"""mosquitto's file formats, as far as they can be shown without mosquitto."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.bus import credentials
from appliance.domain import topics
from appliance.domain.topics import Access
from appliance.errors import BadConfig, Invalid

#: `mosquitto_passwd -b` of mosquitto 2.0.11 made this of "correct horse"
FROM_MOSQUITTO_PASSWD = (
    "$7$101$iLIzBKcIIqT9jmFv$AwDFQbxH7EL0piWi7M2nUb0rC9hLGaoNMuUQsb9RmKRAfZwB58mt4a5BQN+yJAr4F+yKycR00uZy21X/UVtbtA=="
)

conf_values = {
    "host": "127.0.0.1",
    "port": 1883,
    "password_file": Path("/data/broker/passwords"),
    "acl_file": Path("/data/broker/acl"),
    "pid_file": Path("/data/broker/pid"),
    "user": "pika",
}


@given(token=st.text(st.characters(codec="utf-8", exclude_characters="\0")), other=st.text())
@example(token="", other="\0")
@example(token="a", other="a\0")
def test_only_the_token_it_was_made_from_fits_a_verifier(token: str, other: str) -> None:
    verifier = credentials.make_verifier(token)
    assert credentials.check_verifier(token, verifier)
    assert credentials.check_verifier(other, verifier) == (other == token)


def test_a_verifier_that_mosquitto_made_is_understood() -> None:
    assert credentials.check_verifier("correct horse", FROM_MOSQUITTO_PASSWD)
    assert not credentials.check_verifier("correct horses", FROM_MOSQUITTO_PASSWD)


def test_two_verifiers_of_one_token_differ_and_neither_holds_the_token() -> None:
    first, second = credentials.make_verifier("secret"), credentials.make_verifier("secret")
    assert first != second
    assert "secret" not in first


@pytest.mark.parametrize(
    "verifier",
    [
        "",
        "secret",
        "$7$",
        "$7$0$c2FsdA==$aGFzaA==",
        "$7$101$c2FsdA==$",
        "$7$101$c2F$aGFzaA==",
        "$6$101$c2FsdA==$aGFzaA==",
    ],
)
def test_what_is_no_verifier_fits_nothing(verifier: str) -> None:
    assert not credentials.check_verifier("secret", verifier)


@given(st.text())
def test_no_text_makes_checking_fail(text: str) -> None:
    assert not credentials.check_verifier("secret", text)
    assert not credentials.check_verifier("secret", f"$7$101${text}")


def test_the_password_file_is_for_its_owner_and_read_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    entries = [("pika_server", credentials.make_verifier("s")), ("dj-kim-2", credentials.make_verifier("k"))]
    previous = os.umask(0)
    try:
        credentials.write_password_file(path, entries)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert credentials.parse_password_file(path.read_text(encoding="ascii")) == dict(entries)


def test_writing_the_password_file_replaces_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    credentials.write_password_file(path, [("kim", credentials.make_verifier("1"))])
    with path.open(encoding="ascii") as reading:
        credentials.write_password_file(path, [("lee", credentials.make_verifier("2"))])
        # Who had it open still reads the old one, whole.
        assert list(credentials.parse_password_file(reading.read())) == ["kim"]
    assert list(credentials.parse_password_file(path.read_text(encoding="ascii"))) == ["lee"]
    assert [one.name for one in tmp_path.iterdir()] == ["passwords"]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "passwords"
    credentials.write_password_file(path, [("kim", credentials.make_verifier("1"))])
    before = path.read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        credentials.write_password_file(path, [("lee", credentials.make_verifier("2"))])
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["passwords"]


@pytest.mark.parametrize("name", ["", "a:b", "a\nb", "#a", "a b", "Kim", "a/b", "+", "kim\r", "é"])
def test_a_name_that_could_reach_beyond_its_field_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "passwords"
    with pytest.raises(Invalid) as raised:
        credentials.write_password_file(path, [(name, credentials.make_verifier("1"))])
    assert raised.value.code == "broker_entry_unusable"
    assert not path.exists()


@pytest.mark.parametrize("verifier", ["", "plain", "$7$101$c2FsdA==$aGFzaA==\nroot:x"])
def test_only_verifiers_get_into_the_password_file(verifier: str) -> None:
    with pytest.raises(Invalid):
        credentials.password_file_text([("kim", verifier)])


def test_the_access_list_says_what_the_table_says() -> None:
    granted: dict[str | None, set[tuple[str, str]]] = {}
    user: str | None = None
    for line in credentials.acl_file_text().splitlines():
        match line.split():
            case ["user", name]:
                user = name
            case ["topic", access, topic]:
                assert user is not None, "a topic line before the first user is for anonymous clients"
                granted.setdefault(user, set()).add((access, topic))
            case ["pattern", access, topic]:
                granted.setdefault(None, set()).add((access, topic))
            case []:
                pass
            case words:
                assert words[0] == "#"
    for rule in topics.ACL:
        granted[rule.user].remove((rule.access.value, rule.filter))
    assert not any(granted.values())


def test_no_pattern_line_gives_the_server_more_than_its_own_lines() -> None:
    # mosquitto's patterns hold for every user, so for the server's name too.
    for rule in topics.ACL:
        if rule.user is None:
            assert topics.may(topics.SERVER_USER, rule.access, rule.filter.replace("%u", topics.SERVER_USER))


def test_every_dj_line_names_the_dj_or_is_public_to_read() -> None:
    for rule in topics.ACL:
        if rule.user is None and "%u" not in rule.filter:
            assert rule.access is Access.READ
            assert rule.filter.startswith("pika/v1/stage/")


def test_the_configuration_is_filled_in_and_keeps_strangers_out() -> None:
    lines = credentials.mosquitto_conf(**conf_values).splitlines()  # type: ignore[arg-type]
    assert not [line for line in lines if "$" in line]
    settings = [line for line in lines if line and not line.startswith("#")]
    listener = settings.index("listener 1883 127.0.0.1")
    assert settings.index("per_listener_settings true") == 0
    for wanted in ("allow_anonymous false", "password_file /data/broker/passwords", "acl_file /data/broker/acl"):
        assert settings.index(wanted) > listener
    assert {"persistence false", "user pika", "pid_file /data/broker/pid", "max_packet_size 65536"} <= set(settings)
    assert sum(line.startswith("listener ") for line in settings) == 1


@pytest.mark.parametrize("value", ["", "a\nallow_anonymous true", "a\r", " a", "a ", "a\0b"])
@pytest.mark.parametrize("name", ["host", "password_file", "acl_file", "pid_file", "user"])
def test_a_setting_can_t_bring_lines_of_its_own(name: str, value: str) -> None:
    values = {**conf_values, name: value}
    with pytest.raises(BadConfig) as raised:
        credentials.mosquitto_conf(**values)  # type: ignore[arg-type]
    assert raised.value.code == "broker_setting_unusable"
