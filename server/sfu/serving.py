"""The media server's process: everything is built here, in order, in one function, and taken down the other way round."""

import asyncio
import gc
import logging
import os
import socket
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import jwt
import msgspec
import uvicorn
import uvloop

from server.kernel.logs import log_as_json
from server.settings import Settings, SettingsRefused
from server.sfu.app import make_app
from server.sfu.dtls import Certificates
from server.sfu.engine import Engine
from server.sfu.fanout.contract import NotThere
from server.sfu.forwarding import Forwarding
from server.sfu.house import House
from server.sfu.limits import Limits
from server.sfu.metrics import MediaFigures
from server.sfu.port import Port
from server.sfu.tokens import Tokens
from server.sfu.webhooks import Webhooks

log = logging.getLogger(__name__)

_GRACE_S = 3
_KEPT_S = 60
"""A connection is kept for longer than the platform keeps its own end: whoever ends first must be the one who asks, or a call is lost."""
WEBHOOK_PATH = "/livekit/webhook"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How one media server runs. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 7880
    media_host: str = "127.0.0.1"
    media_port: int = 7882
    media_addresses: tuple[str, ...] = ()
    """Addresses told to clients; empty: the one that is bound."""
    media_per_s: int = 4_000
    """The most packets of media that one transport may send in a second."""
    keys: dict[str, str]
    webhook_url: str = ""
    of_product: bool = False
    """Whether it is a child of the whole product: its webhooks go to this machine, and where it is the product has said."""
    fanout: str = ""
    limits: Limits = Limits()
    log_level: str = "info"


def options_of(settings: Settings) -> Options:
    """The options of the media server of one installation.

    Raises: SettingsRefused.
    """
    if not settings.livekit_api_key or not settings.livekit_api_secret:
        raise SettingsRefused("Give LIVEKIT_API_KEY and LIVEKIT_API_SECRET (32 characters or more), or --dev to try it out.")
    return Options(
        port=settings.media_signal_port,
        media_host=settings.media_host,
        media_port=settings.media_port,
        media_addresses=settings.media_addresses,
        keys={settings.livekit_api_key: settings.livekit_api_secret},
        webhook_url=settings.own_origin + WEBHOOK_PATH,
        of_product=True,
        fanout=settings.sfu_fanout,
        log_level=settings.log_level,
    )


def dev_options(environ: Mapping[str, str]) -> Options:
    """LiveKit's own pair for trying things out, on loopback only; ports may be given all the same.

    Raises: SettingsRefused.
    """
    # The pair is public: what it signs needs no better key.
    warnings.filterwarnings("ignore", category=jwt.InsecureKeyLengthWarning)
    try:
        port, media_port = int(environ.get("MEDIA_SIGNAL_PORT") or 7880), int(environ.get("MEDIA_PORT") or 7882)
    except ValueError:
        raise SettingsRefused("MEDIA_SIGNAL_PORT and MEDIA_PORT are numbers.") from None
    return Options(
        port=port,
        media_port=media_port,
        keys={"devkey": "secret"},
        webhook_url=environ.get("MEDIA_WEBHOOK_URL", ""),
        fanout=environ.get("SFU_FANOUT", ""),
    )


def run(options: Options) -> int:
    """Serves until SIGTERM or SIGINT. Returns the exit status."""
    log_as_json(options.log_level)
    server_log = logging.getLogger("uvicorn.error")
    server_log.setLevel(logging.WARNING)  # it would log requests to join, with their tokens
    server_log.addFilter(_is_no_refusal)
    # The websocket library reads it when it is first imported, which the server does when it starts. Its default of 8 KiB is too short
    # for a request to join, and it answers nothing at all to a longer one.
    os.environ["WEBSOCKETS_MAX_LINE_LENGTH"] = str(options.limits.request_bytes)
    return uvloop.run(_serve(options))


def _is_no_refusal(record: logging.LogRecord) -> bool:
    """An upgrade that is refused is answered and counted. To the HTTP server it is a failure: a stranger could fill the log with them."""
    return "without completing handshake" not in record.msg


async def _serve(options: Options) -> int:
    try:
        listener = _listen(options.host, options.port)
        async with running(options) as engine:
            config = uvicorn.Config(
                make_app(engine),
                http="h11",  # the one whose limit for the head of a request can be set
                h11_max_incomplete_event_size=options.limits.request_bytes,
                ws="websockets-sansio",
                ws_max_size=2 * options.limits.signal_bytes,  # what is between is refused at once by the session, and counted
                ws_ping_interval=None,  # clients ping by messages of their own
                ws_per_message_deflate=False,
                loop="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_S,
                timeout_keep_alive=_KEPT_S,
            )
            server = _Server(config, engine)
            # What was made until now stays: looking through it for garbage would hold up packets for tens of milliseconds.
            gc.collect()
            gc.freeze()
            if not options.of_product:
                print(f"Media server: http://{options.host}:{listener.getsockname()[1]}, UDP port {engine.house.port.number}", flush=True)
            await server.serve(sockets=[listener])
    except (OSError, NotThere) as error:
        log.error("the media server could not start: %s", error)
        return 1
    return 0


@asynccontextmanager
async def running(options: Options) -> AsyncIterator[Engine]:
    """A media server without its HTTP side, for as long as the block runs."""
    tokens = Tokens(options.keys)
    port = Port(options.media_host, options.media_port, advertised=options.media_addresses, media_per_s=options.media_per_s)
    try:
        forwarding = Forwarding(port, options.fanout)
        figures = MediaFigures(port, forwarding)
        webhooks = Webhooks(options.webhook_url, tokens, of_this_machine=options.of_product)
        house = House(
            limits=options.limits, tokens=tokens, webhooks=webhooks, port=port, certificates=Certificates(), forwarding=forwarding
        )
        engine = Engine(house)
        log.info("the media server runs", extra={"facts": {"udp_port": port.number, "fanout": forwarding.sender.name}})
        try:
            yield engine
        finally:
            await engine.close()
            figures.close()
            forwarding.close()
    finally:
        port.close()
        await asyncio.sleep(0)  # what the transports still have to say leaves


class _Server(uvicorn.Server):
    """Sends the participants off before their connections are closed, so that clients know to come back."""

    def __init__(self, config: uvicorn.Config, engine: Engine) -> None:
        super().__init__(config)
        self._engine = engine

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._engine.close()
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener
