"""Settings: where they come from, what is refused, and that no print shows a secret."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import config, config_text
from appliance.config import BrokerKind, Settings
from appliance.errors import BadConfig
from appliance.secret import Secret

SECRET = "dance-all-night-8"


def load(
    tmp_path: Path,
    text: str = "",
    *,
    environment: Mapping[str, str] | None = None,
    options: Mapping[str, Mapping[str, object]] | None = None,
) -> Settings:
    """The settings of a folder with this file."""
    (tmp_path / config.FILE_NAME).write_text(text, encoding="utf-8")
    return config.load(data=tmp_path, environment=environment or {}, options=options)


def refused(tmp_path: Path, text: str = "", **rest: Any) -> BadConfig:
    """Why it does not load."""
    with pytest.raises(BadConfig) as error:
        load(tmp_path, text, **rest)
    return error.value


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    settings = config.load(data=tmp_path / "nowhere", environment={})
    assert settings == Settings(data=tmp_path / "nowhere")
    assert settings.database == tmp_path / "nowhere" / "box.db"


def test_later_sources_win_setting_by_setting(tmp_path: Path) -> None:
    text = '[http]\nport = 1001\nhost = "127.0.0.1"\nnames = ["File.example"]\n[box]\nname = "From the file"\n'
    environment = {"PIKA_BOX_HTTP_PORT": "1002", "PIKA_BOX_HTTP_NAMES": "a.example, B.example,", "OTHER": "x"}
    assert load(tmp_path, text).http.port == 1001
    assert load(tmp_path, text).http.names == ("file.example",)
    assert load(tmp_path, text, environment=environment).http.port == 1002
    settings = load(tmp_path, text, environment=environment, options={"http": {"port": 1003}})
    assert settings.http.port == 1003
    assert settings.http.host == "127.0.0.1"
    assert settings.http.names == ("a.example", "b.example")
    assert settings.box.name == "From the file"
    assert settings.mqtt.port == 1883


def test_the_folder_and_the_file_come_from_the_environment_unless_they_are_named(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / config.FILE_NAME).write_text(f'[box]\nname = "{name}"\n')
    environment = {"PIKA_BOX_DATA": str(tmp_path / "one")}
    assert config.load(environment=environment).box.name == "one"
    assert config.load(data=tmp_path / "two", environment=environment).box.name == "two"
    environment["PIKA_BOX_CONFIG"] = str(tmp_path / "two" / config.FILE_NAME)
    settings = config.load(environment=environment)
    assert (settings.data, settings.box.name) == (tmp_path / "one", "two")
    with pytest.raises(BadConfig) as error:
        config.load(file=tmp_path / "missing.toml", environment=environment)
    assert "missing.toml" in error.value.detail


@pytest.mark.parametrize(
    ("text", "wrong", "meant"),
    [
        ("[http]\nprot = 80", "'prot'", "'port'"),
        ("[wifi]\npasphrase = 'x'", "'pasphrase'", "'passphrase'"),
        ("[htpp]\nport = 80", "[htpp]", "'http'"),
        ("[limits]\nstreams_per_gest = 1", "'streams_per_gest'", "'streams_per_guest'"),
        ("port = 80", "[port]", "Known: "),
        ("[log]\nzzzzzz = 1", "'zzzzzz'", "Known: level"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known_one(
    tmp_path: Path, text: str, wrong: str, meant: str
) -> None:
    error = refused(tmp_path, text)
    assert error.code == "config_unknown_key"
    assert wrong in error.detail
    assert meant in error.advice


def test_an_unknown_variable_of_ours_is_refused_and_others_are_none_of_our_business(tmp_path: Path) -> None:
    error = refused(tmp_path, environment={"PIKA_BOX_HTTP_PROT": "80"})
    assert "PIKA_BOX_HTTP_PROT" in error.detail
    assert "'PIKA_BOX_HTTP_PORT'" in error.advice
    assert load(tmp_path, environment={"PIKABOX_HTTP_PROT": "80", "HTTP_PORT": "80"}).http.port == 8080


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("http = 1", "http"),
        ("http = ['x']", "http"),
        ("[http]\nport = '80'", "http.port"),
        ("[http]\nport = 80.0", "http.port"),
        ("[http]\nport = true", "http.port"),
        ("[http]\nport = 0", "http.port"),
        ("[mqtt]\nport = 65536", "mqtt.port"),
        ("[http]\nhost = 'localhost'", "http.host"),
        ("[mqtt]\nhost = ''", "mqtt.host"),
        ("[http]\nnames = 'pika.example'", "http.names"),
        ("[http]\nnames = [1]", "http.names"),
        ("[http]\nnames = ['pika.example:80']", "http.names"),
        ("[http]\nnames = ['*.example']", "http.names"),
        ("[http]\nnames = ['-a.example']", "http.names"),
        ("[http]\npublic_url = 'pika.example'", "http.public_url"),
        ("[http]\npublic_url = 'http://pika.example/'", "http.public_url"),
        ("[http]\npublic_url = 'http://['", "http.public_url"),
        ("[http]\npublic_url = 'http://user@pika.example'", "http.public_url"),
        ("[http]\npublic_url = 'javascript:alert(1)'", "http.public_url"),
        ("[http]\nportal = 'http://pika.internal'", "http.portal"),
        ("[http]\nportal = 'pika.internal/welcome'", "http.portal"),
        ("[http]\nportal = 'user@pika.internal'", "http.portal"),
        ("[mdns]\nenabled = 'yes'", "mdns.enabled"),
        ("[mdns]\nenabled = 1", "mdns.enabled"),
        ("[mqtt]\nbroker = 'Mosquitto'", "mqtt.broker"),
        ("[mqtt]\nbroker = 1", "mqtt.broker"),
        ("[box]\nname = ''", "box.name"),
        ('[box]\nname = "a\\nb"', "box.name"),
        (f"[box]\nname = '{'x' * 61}'", "box.name"),
        ("[log]\nlevel = 'loud'", "log.level"),
        ("[limits]\nbody_bytes = 0", "limits.body_bytes"),
        ("[limits]\nguest_per_s = -1", "limits.guest_per_s"),
    ],
)
def test_a_value_that_can_t_be_is_refused_with_its_place(tmp_path: Path, text: str, where: str) -> None:
    error = refused(tmp_path, text)
    assert error.code == "config_wrong_value"
    assert error.detail.startswith(where)


@pytest.mark.parametrize("text", ["[http", "[http]\nport = ", "\ufffe", "a = 1\na = 2", "[http]\n[http]", "x = \ud800"])
def test_a_file_that_is_no_toml_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / config.FILE_NAME).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(BadConfig) as error:
        config.load(data=tmp_path, environment={})
    assert error.value.code == "config_unreadable"
    assert config.FILE_NAME in error.value.detail


@pytest.mark.parametrize(
    ("variable", "value", "wanted"),
    [
        ("PIKA_BOX_MDNS_ENABLED", "no", False),
        ("PIKA_BOX_MDNS_ENABLED", "FALSE", False),
        ("PIKA_BOX_MDNS_ENABLED", "1", True),
        ("PIKA_BOX_MQTT_BROKER", "off", BrokerKind.OFF),
        ("PIKA_BOX_HTTP_PORT", "80", 80),
        ("PIKA_BOX_WIFI_SSID", "80", "80"),
        ("PIKA_BOX_HTTP_NAMES", "", ()),
    ],
)
def test_the_environment_s_texts_become_what_they_mean(
    tmp_path: Path, variable: str, value: str, wanted: object
) -> None:
    section, _, key = variable.removeprefix("PIKA_BOX_").lower().partition("_")
    assert getattr(getattr(load(tmp_path, environment={variable: value}), section), key) == wanted


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PIKA_BOX_HTTP_PORT", "80 "),
        ("PIKA_BOX_HTTP_PORT", "8e1"),
        ("PIKA_BOX_HTTP_PORT", ""),
        ("PIKA_BOX_HTTP_PORT", "9" * 5000),
        ("PIKA_BOX_MDNS_ENABLED", "maybe"),
        ("PIKA_BOX_MQTT_BROKER", ""),
    ],
)
def test_the_environment_s_nonsense_is_refused(tmp_path: Path, variable: str, value: str) -> None:
    assert refused(tmp_path, environment={variable: value}).code == "config_wrong_value"


def test_no_way_of_printing_shows_a_secret(tmp_path: Path) -> None:
    settings = load(tmp_path, f"[wifi]\nssid = 'Venue'\npassphrase = '{SECRET}'")
    secret = settings.wifi.passphrase
    assert secret.reveal() == SECRET
    printed = [repr(secret), str(secret), f"{secret}", f"{secret!s:>40}", f"{secret!r}", f"{secret:20}"]
    printed += [format(secret), "%s %r" % (secret, secret), repr([secret]), str({"key": secret})]  # noqa: UP031
    printed += [
        repr(settings),
        str(settings),
        f"{settings.wifi}",
        repr(replace(settings)),
        config_text.as_toml(settings),
    ]
    assert [text for text in printed if SECRET in text] == []
    assert "********" in config_text.as_toml(settings)
    assert 'passphrase = ""' in config_text.as_toml(load(tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        f"[wifi]\npassphrase = '{SECRET}'\nport = 1",
        f"[wifi]\npassphrase = ['{SECRET}']",
        f"[wifi]\npassphrase = {{a = '{SECRET}'}}",
        f"[wifi]\npassphrase = {SECRET}",
        f"[wifi]\npassphrase = '{SECRET}",
        f'[wifi]\npassphrase = "{SECRET}\\q"',
        f"[http]\npassphrase = '{SECRET}'",
        f"wifi = '{SECRET}'",
        f"[wifi]\npassphrase = '{SECRET}'\n[http]\nport = 0",
    ],
)
def test_no_error_shows_a_secret(tmp_path: Path, text: str) -> None:
    error = refused(tmp_path, text)
    assert SECRET not in f"{error} {error.detail} {error.advice} {error!r} {error.__cause__!r}"


def test_a_secret_of_digits_alone_is_not_shown_either(tmp_path: Path) -> None:
    assert "12345678" not in str(refused(tmp_path, "[wifi]\npassphrase = 12345678"))


def test_the_box_answers_to_its_configured_and_its_public_name(tmp_path: Path) -> None:
    text = "[http]\nnames = ['a.example']\npublic_url = 'https://Dance.Example:8443'"
    assert load(tmp_path, text).http.answered_names() == ("a.example", "dance.example")
    assert load(tmp_path, "[http]\npublic_url = 'http://[2001:db8::1]'").http.public_url
    assert load(tmp_path).http.answered_names() == ()


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@given(name=words.filter(lambda name: len(name) > 0 and name.isprintable()), ssid=words, passphrase=words)
def test_what_is_handed_on_arrives_as_it_was(name: str, ssid: str, passphrase: str) -> None:
    """By the environment to the box's own programs, and as a file that people read."""
    default = Settings(data=Path("/box"))
    settings = replace(
        default,
        box=replace(default.box, name=name),
        http=replace(default.http, names=("a.example", "b.example"), port=80),
        wifi=replace(default.wifi, ssid=ssid, passphrase=Secret(passphrase)),
    )
    assert config.load(environment=config_text.environment_of(settings)) == settings
    shown = tomllib.loads(config_text.as_toml(settings))
    assert (shown["box"]["name"], shown["wifi"]["ssid"]) == (name, ssid)
    assert shown["http"]["names"] == ["a.example", "b.example"]
    assert shown.keys() == config.sections().keys()
    for section, kind in config.sections().items():
        assert list(shown[section]) == [item.name for item in fields(kind)]
