"""What the product accepts as its settings, and what it says to those it refuses."""

from pathlib import Path

import msgspec
import pytest

from server.settings import Settings, SettingsRefused, as_environ, read_settings, settings_table

PRODUCTION = {
    "DATABASE_URL": "postgresql://app:app-word@db/dienhong",
    "MIGRATION_DATABASE_URL": "postgresql://owner:owner-word@db/dienhong",
    "SMTP_URL": "smtp://post:smtp-word@mail:587",
    "MAIL_FROM": "gop-y@tinh.example",
    "SECRET_KEY": "k" * 64,
}
LIVEKIT = {"LIVEKIT_URL": "wss://livekit.tinh.example:7443", "LIVEKIT_API_KEY": "tinh", "LIVEKIT_API_SECRET": "livekit-word" * 3}


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("PEM", encoding="ascii")
    return {"TLS_CERT": str(tmp_path / "cert.pem"), "TLS_KEY": str(tmp_path / "key.pem")}


def test_nothing_given_is_the_demo_on_loopback() -> None:
    settings = read_settings({})
    assert settings.embedded
    assert (settings.public_origin, settings.secure) == ("http://127.0.0.1:8000", False)
    assert settings.allowed_hosts == {"127.0.0.1:8000", "localhost:8000", "[::1]:8000"}


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_settings({name.upper(): " " for name in Settings.__struct_fields__}) == Settings()


@pytest.mark.parametrize(
    "environ",
    [
        {},
        PRODUCTION,
        {"WORKERS": "2", "REDIS_URL": "redis://r", "DEMO": "0", "TRUSTED_PROXIES": "10.0.0.0/8,::1"},
        {"MEDIA_PORT": "0", "MEDIA_ADDRESSES": "192.0.2.7, 2001:db8::7", "SFU_FANOUT": "cffi"},
    ],
)
def test_settings_handed_on_to_a_child_are_the_same_settings(environ: dict[str, str]) -> None:
    settings = read_settings(environ)
    assert read_settings(as_environ(settings)) == settings


def test_a_printed_settings_struct_tells_no_secret() -> None:
    printed = repr(read_settings(PRODUCTION | LIVEKIT))
    assert not any(word in printed for word in ("app-word", "owner-word", "smtp-word", "kkkk", "livekit-word"))
    assert "gop-y@tinh.example" in printed


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "gopy.tinh.example"])
def test_listening_beyond_loopback_needs_tls_or_a_proxy(host: str, certificate: dict[str, str]) -> None:
    public = {"LISTEN_HOST": host, "PUBLIC_URL": "https://gopy.tinh.example"}
    with pytest.raises(SettingsRefused, match="TRUSTED_PROXIES"):
        read_settings(public)
    assert read_settings({**public, **certificate}).secure
    assert read_settings({**public, "TRUSTED_PROXIES": "10.1.2.3"}).secure


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_neither(host: str) -> None:
    assert read_settings({"LISTEN_HOST": host}).listen_host == host


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"LISTEN_HOST": "0.0.0.0", "TRUSTED_PROXIES": "10.0.0.1"}, "PUBLIC_URL"),
        ({"WORKERS": "2"}, "REDIS_URL"),
        ({"WORKERS": "0"}, "WORKERS"),
        ({"WORKERS": "two"}, "WORKERS"),
        ({"DEMO": "perhaps"}, "DEMO"),
        ({"LISTEN_PORT": "70000"}, "LISTEN_PORT"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
        ({"TLS_CERT": "only.pem"}, "TLS_KEY"),
        ({"TLS_CERT": "gone.pem", "TLS_KEY": "gone.pem"}, "cannot be read"),
        ({"TRUSTED_PROXIES": "the-proxy"}, "the-proxy"),
        ({"PUBLIC_URL": "http://gopy.tinh.example"}, "https://"),
        ({"PUBLIC_URL": "https://tinh.example/gop-y"}, "without a path"),
        ({"PUBLIC_URL": "gopy.tinh.example"}, "without a path"),
        ({"SMTP_URL": "smtp://mail"}, "MAIL_FROM"),
        ({"SMTP_URL": "https://mail", "MAIL_FROM": "a@b.example"}, "smtps://"),
        ({"SECRET_KEY": "short"}, "32"),
        ({"DATABASE_URL": "postgresql://app@db/x"}, "Nobody could sign in"),
        ({**PRODUCTION, "MIGRATION_DATABASE_URL": PRODUCTION["DATABASE_URL"]}, "owns nothing"),
        ({"MEDIA_ADDRESSES": "192.0.2.7,media.tinh.example"}, "media.tinh.example"),
        ({"MEDIA_PORT": "65536"}, "MEDIA_PORT"),
        ({"SFU_FANOUT": "quick"}, "SFU_FANOUT"),
        ({"LIVEKIT_URL": "wss://livekit.tinh.example"}, "LIVEKIT_API_KEY"),
        ({**LIVEKIT, "LIVEKIT_URL": "ws://livekit.tinh.example"}, "wss://"),
        ({**LIVEKIT, "LIVEKIT_URL": "wss://livekit.tinh.example/hop"}, "without a path"),
        ({**LIVEKIT, "LIVEKIT_API_SECRET": "secret"}, "32"),
        ({"LIVEKIT_API_KEY": "tinh"}, "LIVEKIT_API_SECRET"),
    ],
)
def test_what_cannot_work_is_refused_with_what_to_do(environ: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsRefused, match=told):
        read_settings(environ)


def test_codes_appear_on_the_console_of_a_real_database_only_when_asked_for() -> None:
    assert read_settings(PRODUCTION).codes_on_console is None
    assert read_settings({"DATABASE_URL": "postgresql://app@db/x", "CODES_ON_CONSOLE": "1"}).codes_on_console


def test_a_public_address_is_the_only_one_answered() -> None:
    settings = read_settings({"PUBLIC_URL": "https://gopy.tinh.example/"})
    assert settings.allowed_origins == {"https://gopy.tinh.example"}
    assert settings.allowed_hosts == {"gopy.tinh.example"}


def test_the_table_has_a_line_for_every_setting() -> None:
    lines = settings_table().splitlines()[2:]
    assert [line.split("`")[1] for line in lines] == [name.upper() for name in Settings.__struct_fields__]
    assert all(line.count("|") == 4 and line.split("|")[3].strip().endswith(".") for line in lines)


def test_changed_settings_are_checked_again() -> None:
    with pytest.raises(SettingsRefused, match="REDIS_URL"):
        msgspec.structs.replace(Settings(), workers=2)


def test_browsers_reach_the_own_media_engine_through_the_site(certificate: dict[str, str]) -> None:
    settings = read_settings(
        {**certificate, "LISTEN_HOST": "0.0.0.0", "PUBLIC_URL": "https://hop.tinh.example", "MEDIA_SIGNAL_PORT": "7001"}
    )
    assert (settings.media_url, settings.media_public_url) == ("http://127.0.0.1:7001", "wss://hop.tinh.example")
    assert settings.media_host == "0.0.0.0"
    assert settings.own_origin == "https://127.0.0.1:8000"


def test_a_livekit_server_is_reached_at_its_own_address() -> None:
    settings = read_settings(LIVEKIT)
    assert not settings.own_engine
    assert (settings.media_url, settings.media_public_url) == ("https://livekit.tinh.example:7443", "wss://livekit.tinh.example:7443")


@pytest.mark.parametrize(("host", "media_host"), [("127.0.0.1", "0.0.0.0"), ("localhost", "0.0.0.0"), ("::1", "::")])
def test_a_site_on_loopback_takes_media_at_all_addresses_of_the_machine(host: str, media_host: str) -> None:
    assert read_settings({"LISTEN_HOST": host}).media_host == media_host


@pytest.mark.parametrize(("addresses", "media_host"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("127.0.0.1,192.0.2.7", "0.0.0.0")])
def test_media_told_of_at_loopback_alone_is_bound_there(addresses: str, media_host: str) -> None:
    assert read_settings({"MEDIA_ADDRESSES": addresses}).media_host == media_host
