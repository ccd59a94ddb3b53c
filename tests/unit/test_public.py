"""The settings of [tls] and [cloud]: what they may say."""

from pathlib import Path

import pytest

from appliance import config
from appliance.errors import BadConfig


def test_without_settings_there_are_plain_pages_only_and_no_cloud(tmp_path: Path) -> None:
    settings = config.load(data=tmp_path, environment={})
    assert (settings.tls.host_name, settings.tls.port, settings.tls.roots, settings.cloud.url) == ("", 8443, "", "")


@pytest.mark.parametrize("name", ["pika-ab12.example.org", "a.io", "x.y.z.xn--p1ai"])
def test_a_public_name_is_taken(tmp_path: Path, name: str) -> None:
    assert config.load(data=tmp_path, environment={"PIKA_BOX_TLS_HOST_NAME": name}).tls.host_name == name


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("tls", "host_name", "pika"),
        ("tls", "host_name", "Pika.Example.org"),
        ("tls", "host_name", "10.42.0.1"),
        ("tls", "host_name", "pika.example.org:443"),
        ("tls", "host_name", "pika.example.org."),
        ("tls", "host_name", "*.example.org"),
        ("tls", "host_name", "a..example.org"),
        ("tls", "host_name", "a.example.org\ndhcp-script=/x"),
        ("tls", "host_name", "a" * 250 + ".org"),
        ("tls", "port", 0),
        ("tls", "port", 65536),
        ("cloud", "url", "http://cloud.example.org"),
        ("cloud", "url", "http://127.0.0.1.example.org"),
        ("cloud", "url", "http://localhost.example.org:8090"),
        ("cloud", "url", "http://10.0.0.1:8090"),
        ("cloud", "url", "http://127.0.0.1@example.org"),
        ("cloud", "url", "https://"),
        ("cloud", "url", "https://user:secret@cloud.example.org"),
        ("cloud", "url", "https://cloud.example.org/a b"),
        ("cloud", "url", "https://cloud.example.org/?x=1"),
    ],
)
def test_what_can_t_be_meant_is_refused(tmp_path: Path, section: str, key: str, value: object) -> None:
    with pytest.raises(BadConfig, match=f"{section}.{key}"):
        config.load(data=tmp_path, environment={}, options={section: {key: value}})


@pytest.mark.parametrize("url", ["http://127.0.0.1:8090", "http://localhost:8090/pika", "http://[::1]:8090"])
def test_a_cloud_on_this_machine_itself_may_be_plain(tmp_path: Path, url: str) -> None:
    assert config.load(data=tmp_path, environment={}, options={"cloud": {"url": url}}).cloud.url == url
