"""Every setting of the product, read once from the environment; a field's name in capitals is its variable.

``python3 -m server settings`` prints the table of the README from this struct.
"""

import ipaddress
import os
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

_SECRET = {"secret": True}
_LISTS = ("trusted_proxies", "media_addresses")


class SettingsRefused(Exception):
    """The settings contradict each other or would be unsafe; the text says what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one installation runs. Lists are separated by commas; truth is ``1`` or ``0``; what ends in ``_s`` is in seconds."""

    listen_host: Annotated[str, Meta(description="Address to listen on (`--host`).")] = "127.0.0.1"
    listen_port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on (`--port`); 0 takes a free one.")] = 8000
    data_folder: Annotated[
        Path | None,
        Meta(description="The embedded database and the installation's key (`--data`); default: `dien-hong` among the user's data."),
    ] = None
    workers: Annotated[
        int, Meta(ge=1, le=64, description="Web processes sharing the port (`--workers`); more than one needs `REDIS_URL`.")
    ] = 1
    demo: Annotated[bool | None, Meta(description="Seed the demo (`--demo`); default: only into the embedded database.")] = None
    log_level: Annotated[
        str, Meta(pattern="^(debug|info|warning|error)$", description="Least grave line to log: debug, info, warning, error.")
    ] = "info"

    public_url: Annotated[str, Meta(description="Address that citizens use; default: the address listened on.")] = ""
    tls_cert: Annotated[Path | None, Meta(description="Certificate chain (PEM), to serve https without a proxy.")] = None
    tls_key: Annotated[Path | None, Meta(description="Key of that certificate (PEM).")] = None
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(description="Addresses or networks of the proxies whose `X-Forwarded-For` and `-Proto` are believed.")
    ] = ()

    database_url: Annotated[
        str, Meta(description="PostgreSQL 15 or later, as the role `app`, which owns nothing; default: the embedded one.", extra=_SECRET)
    ] = ""
    migration_database_url: Annotated[
        str,
        Meta(
            description="The same database as the role that owns it; used to migrate at the start, never by the web processes.",
            extra=_SECRET,
        ),
    ] = ""
    database_connections: Annotated[int, Meta(ge=2, description="Connections to the database of one web process, at most.")] = 8
    redis_url: Annotated[
        str, Meta(description="Redis that carries news between web processes; it may lose everything at any time.", extra=_SECRET)
    ] = ""
    secret_key: Annotated[
        str,
        Meta(
            description="Key of the hashes of sign-in codes, 32 characters or more; default: made once in the data folder.", extra=_SECRET
        ),
    ] = ""

    smtp_url: Annotated[
        str, Meta(description="Mail server, `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`.", extra=_SECRET)
    ] = ""
    mail_from: Annotated[str, Meta(description="Sender of the mail; needed with `SMTP_URL`.")] = ""
    codes_on_console: Annotated[
        bool | None, Meta(description="Show sign-in codes on the console; default: only with the embedded database and no `SMTP_URL`.")
    ] = None

    livekit_url: Annotated[
        str, Meta(description="A LiveKit server or cluster for the rooms (`wss://…`); default: the product's own media engine.")
    ] = ""
    livekit_api_key: Annotated[str, Meta(description="Name of the key pair shared with the media engine; needed with `LIVEKIT_URL`.")] = ""
    livekit_api_secret: Annotated[
        str, Meta(description="Secret of that pair, 32 characters or more; default: made once in the data folder.", extra=_SECRET)
    ] = ""
    media_port: Annotated[
        int, Meta(ge=0, le=65535, description="UDP port of the own media engine: all sound and pictures; 0 takes a free one.")
    ] = 7882
    media_addresses: Annotated[
        tuple[str, ...],
        Meta(description="IP addresses at which browsers reach that port; default: those of this machine and of `PUBLIC_URL`."),
    ] = ()
    media_signal_port: Annotated[
        int, Meta(ge=0, le=65535, description="Port on loopback between web processes and the own media engine; 0 takes a free one.")
    ] = 0
    sfu_fanout: Annotated[
        str,
        Meta(pattern="^(compiled|cffi|portable|)$", description="How packets go out: compiled, cffi or portable; default: the fastest."),
    ] = ""

    code_lifetime_s: Annotated[int, Meta(ge=1, description="How long a sign-in code is good.")] = 300
    code_tries: Annotated[int, Meta(ge=1, description="Wrong tries that end a sign-in code.")] = 5
    codes_per_contact_hour: Annotated[int, Meta(ge=1, description="Sign-in codes an hour for one e-mail address.")] = 5
    codes_per_address_hour: Annotated[int, Meta(ge=1, description="Sign-in codes an hour asked from one network address.")] = 60
    contributions_per_person_hour: Annotated[int, Meta(ge=1, description="Contributions an hour by one person.")] = 60
    session_idle_official_s: Annotated[int, Meta(ge=1, description="An official's session ends after so long without a request.")] = 30 * 60
    session_idle_citizen_s: Annotated[int, Meta(ge=1, description="The same for a citizen.")] = 24 * 3600
    session_longest_official_s: Annotated[int, Meta(ge=1, description="An official's session ends after so long in any case.")] = 12 * 3600
    session_longest_citizen_s: Annotated[int, Meta(ge=1, description="The same for a citizen.")] = 30 * 24 * 3600

    live_message_bytes: Annotated[int, Meta(ge=256, le=64 << 10, description="Largest message over `/live`.")] = 16 << 10
    live_messages_per_s: Annotated[float, Meta(gt=0, description="Messages a second from one connection, in the long run.")] = 10.0
    live_burst: Annotated[int, Meta(ge=1, description="Messages at once from one connection.")] = 30
    live_connections_per_session: Annotated[int, Meta(ge=1, description="Live connections of one session.")] = 3
    live_newcomers_per_minute: Annotated[
        int, Meta(ge=1, description="New anonymous live connections a minute from one IPv4 /24 or IPv6 /56.")
    ] = 200
    live_hello_s: Annotated[float, Meta(gt=0, description="A new live connection must say who it is within.")] = 5.0
    live_ping_s: Annotated[float, Meta(gt=0, description="Time between pings of a live connection.")] = 20.0
    live_session_check_s: Annotated[float, Meta(gt=0, description="Time between checks that a live connection's session still stands.")] = (
        60.0
    )
    live_behind_bytes: Annotated[
        int, Meta(ge=1024, description="A reader of `/live` further behind than this is cut and may come back.")
    ] = 256 << 10
    live_behind_s: Annotated[float, Meta(gt=0, description="The same, in time.")] = 10.0

    def __post_init__(self) -> None:
        _refuse_contradictions(self)

    def __repr__(self) -> str:
        """Without the values that are nobody's business (they would end up in a log)."""
        shown = {name: "…" if _is_secret(name) and getattr(self, name) else getattr(self, name) for name in self.__struct_fields__}
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    @property
    def embedded(self) -> bool:
        """Whether the product runs its own PostgreSQL. Asked by the supervisor; its web processes are given a ``database_url``."""
        return not self.database_url

    @property
    def data(self) -> Path:
        """The data folder, absolute."""
        return (self.data_folder or _user_data() / "dien-hong").expanduser().absolute()

    @property
    def secure(self) -> bool:
        """Whether citizens reach the site by https."""
        return self.public_origin.startswith("https://")

    @property
    def own_origin(self) -> str:
        """Scheme, host and port under which processes of this machine reach the web processes. The certificate names another."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.listen_host, self.listen_host)
        return f"{'https' if self.tls_cert else 'http'}://{_in_url(host)}:{self.listen_port}"

    @property
    def own_engine(self) -> bool:
        """Whether the product runs its own media engine."""
        return not self.livekit_url

    @property
    def media_url(self) -> str:
        """Where the web processes reach the media engine, ``http(s)://host[:port]``."""
        if self.own_engine:
            return f"http://127.0.0.1:{self.media_signal_port}"
        url = self.livekit_url.rstrip("/").lower()
        return url.replace("ws", "http", 1) if url.startswith("ws") else url

    @property
    def media_public_url(self) -> str:
        """Where browsers reach its signalling, ``ws(s)://host[:port]``: the site itself, which relays, or the LiveKit server."""
        return (self.public_origin if self.own_engine else self.media_url).replace("http", "ws", 1)

    @property
    def media_host(self) -> str:
        """The address to which the own media engine binds its UDP port: all of this machine's, even for a site on loopback.

        Firefox never sends to a loopback address; and nothing is answered there that has no pass from the site. Where clients are
        told of loopback alone, it is loopback: what leaves must come from the address that they were told.
        """
        if self.media_addresses and all(is_loopback(address) for address in self.media_addresses):
            return self.media_addresses[0]
        return "::" if ":" in self.listen_host else "0.0.0.0"

    @property
    def public_origin(self) -> str:
        """Scheme, host and port that citizens' browsers see, as in the header ``Origin``."""
        scheme = "https" if self.tls_cert else "http"
        if self.public_url:
            parts = urlsplit(self.public_url)
            return f"{parts.scheme}://{parts.netloc}".lower()
        host = _in_url(self.listen_host)
        default = {"http": 80, "https": 443}[scheme]
        return f"{scheme}://{host}" + ("" if self.listen_port == default else f":{self.listen_port}")

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Every origin whose pages are ours. On loopback its other names are ours as well."""
        origins = {self.public_origin}
        if is_loopback(self.listen_host) and not self.public_url:
            scheme, _, rest = self.public_origin.partition("://")
            port = rest.rpartition(":")[2] if rest.rpartition(":")[2].isdigit() else ""
            origins |= {f"{scheme}://{name}" + (f":{port}" if port else "") for name in ("localhost", "127.0.0.1", "[::1]")}
        return frozenset(origins)

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Every value of the header ``Host`` that is answered."""
        return frozenset(origin.partition("://")[2] for origin in self.allowed_origins)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings named in ``environ`` (default: the process's); an empty variable counts as not set.

    Raises: SettingsRefused.
    """
    environ = os.environ if environ is None else environ
    given: dict[str, object] = {}
    for name in Settings.__struct_fields__:
        text = environ.get(name.upper(), "").strip()
        if text:
            given[name] = [part.strip() for part in text.split(",")] if name in _LISTS else text
    try:
        return msgspec.convert(given, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        refused = error.__cause__
        if isinstance(refused, SettingsRefused):
            raise refused from None
        message, _, place = str(error).partition(" - at `$.")
        raise SettingsRefused(f"{place.rstrip('`').upper()}: {message}" if place else message) from None


def as_environ(settings: Settings) -> dict[str, str]:
    """The variables from which ``read_settings`` makes the same settings; what has its default is left out."""
    environ = {}
    for field in msgspec.structs.fields(Settings):
        value = getattr(settings, field.name)
        if value != field.default:
            environ[field.name.upper()] = _as_text(value)
    return environ


def settings_table() -> str:
    """The README's table, in Markdown."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    hints = get_type_hints(Settings, include_extras=True)
    for field in msgspec.structs.fields(Settings):
        meta = next(part for part in get_args(hints[field.name]) if isinstance(part, Meta))
        default = "" if field.default in (None, "", ()) else f"`{_as_text(field.default)}`"
        lines.append(f"| `{field.name.upper()}` | {default} | {meta.description} |")
    return "\n".join(lines) + "\n"


def _refuse_contradictions(settings: Settings) -> None:
    s = settings
    if (s.tls_cert is None) != (s.tls_key is None):
        raise SettingsRefused("TLS_CERT and TLS_KEY belong together: give both or neither.")
    for path in (s.tls_cert, s.tls_key):
        if path is not None and not os.access(path, os.R_OK):
            raise SettingsRefused(f"{path} cannot be read.")
    for proxy in s.trusted_proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            raise SettingsRefused(f"TRUSTED_PROXIES: {proxy!r} is neither an address nor a network such as 10.0.0.0/8.") from None
    if not is_loopback(s.listen_host):
        if s.tls_cert is None and not s.trusted_proxies:
            raise SettingsRefused(
                f"Listening on {s.listen_host} would send sign-in codes and sessions in the clear. "
                "Give TLS_CERT and TLS_KEY, or put a proxy that speaks https in front and name it in TRUSTED_PROXIES, "
                "or listen on 127.0.0.1 only."
            )
        if not s.public_url:
            raise SettingsRefused("Give PUBLIC_URL, the address that citizens use (https://…): requests for any other are refused.")
    if s.public_url:
        _refuse_public_url(s)
    if s.workers > 1 and not s.redis_url:
        raise SettingsRefused(f"{s.workers} web processes need REDIS_URL: what happens in one is told to the others through Redis.")
    if s.smtp_url and not s.mail_from:
        raise SettingsRefused("SMTP_URL needs MAIL_FROM, the sender of the mail.")
    if s.smtp_url and urlsplit(s.smtp_url).scheme not in ("smtp", "smtps"):
        raise SettingsRefused("SMTP_URL must begin with smtp:// or smtps://.")
    if s.database_url and not s.smtp_url and not s.codes_on_console:
        raise SettingsRefused("Nobody could sign in: give SMTP_URL and MAIL_FROM, or ask for the codes with CODES_ON_CONSOLE=1.")
    if s.secret_key and len(s.secret_key) < 32:
        raise SettingsRefused("SECRET_KEY must have 32 characters or more.")
    if s.database_url and s.database_url == s.migration_database_url:
        raise SettingsRefused("DATABASE_URL must name the role app, which owns nothing, and MIGRATION_DATABASE_URL the owner.")
    _refuse_media(s)


def _refuse_public_url(settings: Settings) -> None:
    parts = urlsplit(settings.public_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsRefused("PUBLIC_URL must be an address without a path, such as https://gopy.example.gov.vn.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise SettingsRefused("PUBLIC_URL must begin with https://: sign-in codes and sessions never travel in the clear.")


def _refuse_media(settings: Settings) -> None:
    s = settings
    for address in s.media_addresses:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise SettingsRefused(f"MEDIA_ADDRESSES: {address!r} is no IP address.") from None
    if s.livekit_api_secret and len(s.livekit_api_secret) < 32:
        raise SettingsRefused("LIVEKIT_API_SECRET must have 32 characters or more.")
    if bool(s.livekit_api_key) != bool(s.livekit_api_secret):
        raise SettingsRefused("LIVEKIT_API_KEY and LIVEKIT_API_SECRET belong together: give both or neither.")
    if s.own_engine:
        return
    parts = urlsplit(s.livekit_url)
    if parts.scheme not in ("ws", "wss", "http", "https") or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsRefused("LIVEKIT_URL must be an address without a path, such as wss://livekit.example.gov.vn.")
    if parts.scheme in ("ws", "http") and not is_loopback(parts.hostname):
        raise SettingsRefused("LIVEKIT_URL must begin with wss://: what admits to a meeting never travels in the clear.")
    if not s.livekit_api_secret:
        raise SettingsRefused("LIVEKIT_URL needs LIVEKIT_API_KEY and LIVEKIT_API_SECRET, the key pair of that server.")


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Whether ``host``, a name or an address, is this machine and nobody else's."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_secret(name: str) -> bool:
    hint = get_type_hints(Settings, include_extras=True)[name]
    return any(isinstance(part, Meta) and part.extra == _SECRET for part in get_args(hint))


def _user_data() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def _decode(kind: type[Any], value: Any) -> Any:
    if kind is Path or (get_origin(kind) is types.UnionType and Path in get_args(kind)):
        return Path(value)
    raise NotImplementedError(kind)


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)
