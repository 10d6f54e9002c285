"""The parent of every process of one installation: the embedded PostgreSQL, the own media engine and the web processes.

It listens on nothing and holds no state: killed with ``kill -9`` it takes its children with it and loses nothing.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
import msgspec

from server.address import AddressTaken, free_port, wait_until_ready, with_media_address
from server.bootstrap import has_compiled_fanout, stop
from server.data_folder import ERASE_LIST, DataFolderInUse, held, installation_key, media_key
from server.identity.contact import normalised_email
from server.keeper import Kept, keep
from server.kernel.child import start_child
from server.kernel.refused import Refused
from server.settings import Settings, SettingsRefused, as_environ
from server.store.durability import read_durability_faults
from server.store.embedded import EmbeddedFailed, EmbeddedPostgres, create_database, create_roles
from server.store.migrate import MigrationFailed, migrate
from server.verify import verified

_DRAIN_S = 10.0
_MEDIA_KEY = "dien-hong"
_FAILURES = (AddressTaken, DataFolderInUse, EmbeddedFailed, MigrationFailed, SettingsRefused)


def run(settings: Settings) -> int:
    """Starts everything, says where it is, and looks after it until Ctrl-C or SIGTERM. Returns the exit status."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        with held(settings.data):
            settings = _with_media(msgspec.structs.replace(settings, listen_port=free_port(settings)))
            with _database(settings) as (ours, postgres):
                environ = _environ(ours)
                _erase_again(settings, environ)
                accounts = _seed(ours, environ, once=bool(postgres)) if ours.demo else ""
                with _media_engine(ours) as media, _web_processes(ours, environ) as web:
                    print(_ready(ours, accounts), flush=True)
                    keep([*postgres, *media, *web])
    except _FAILURES as failure:
        stop(str(failure))
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
    return 0


def make_administrator(settings: Settings, email: str) -> int:
    """Makes ``email`` an administrator of the whole site, whether the server is running or not. Returns the exit status."""
    try:
        normalised_email(email)  # before anything is made for it
    except Refused:
        stop(f"{email} is not an e-mail address.")
    with _some_database(settings) as dsn:
        asyncio.run(_make_administrator(dsn, email))
    print(f"{email} is now an administrator of the site and signs in with a code sent to that address.")
    return 0


def verify_meeting(settings: Settings, meeting: int) -> int:
    """Says whether the record of a meeting is as it was, whether the server is running or not. Returns the exit status."""
    with _some_database(settings) as dsn:
        said, whole = asyncio.run(verified(dsn, meeting))
    print(said)
    return 0 if whole else 1


def take_over(settings: Settings, file: Path, agency: str) -> int:
    """Keeps the open data of a consultation from elsewhere as a record of an agency, whether the server is running or not. Returns the
    exit status."""
    with _some_database(settings) as dsn:
        said, kept = asyncio.run(_take_over(dsn, file, agency))
    print(said)
    return 0 if kept else 1


def erase_again(settings: Settings, file: Path) -> int:
    """Erases what stands on the list ``file`` and a restored backup brought back, whether the server is running or not. Returns the exit
    status."""
    from server.erase_again import erased_again

    with _some_database(settings) as dsn:
        said, done = asyncio.run(erased_again(dsn, _key(settings), settings.data / ERASE_LIST, file))
    print(said)
    return 0 if done else 1


def _erase_again(settings: Settings, environ: Mapping[str, str]) -> None:
    """Nobody is shown anything of a restored backup before what had been erased is erased again."""
    if not (settings.data / ERASE_LIST).exists():
        return
    done = subprocess.run([sys.executable, "-m", "server.erase_again"], env=environ, check=False)
    if done.returncode:
        stop("What had been erased could not be erased again; the reason stands above.")


@contextlib.contextmanager
def _some_database(settings: Settings) -> Iterator[str]:
    """The name of the database as the application, for as long as the block runs: that of the running server, or one started for it."""
    try:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(held(settings.data))
            except DataFolderInUse:
                if settings.embedded:  # the running server's own database is the one to speak to
                    settings = msgspec.structs.replace(settings, database_url=_cluster(settings).dsn("app"), codes_on_console=True)
            else:
                settings, _ = stack.enter_context(_database(settings))
            yield settings.database_url
    except _FAILURES as failure:
        stop(str(failure))


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[tuple[Settings, list[Kept]]]:
    """A migrated, durable database for as long as the block runs, and the settings that name it to the web processes."""
    if not settings.embedded:
        if not settings.migration_database_url:
            stop("DATABASE_URL needs MIGRATION_DATABASE_URL: the same database as the role that owns it, to bring it up to date.")
        asyncio.run(_prepare(settings.database_url, settings.migration_database_url))
        yield msgspec.structs.replace(settings, migration_database_url="", secret_key=_key(settings)), []
        return
    postgres = _cluster(settings)
    if not postgres.exists:
        print("  Making the database", flush=True)
        _demo_file(settings).unlink(missing_ok=True)
        postgres.create()
    postgres.start()
    try:
        asyncio.run(_prepare_embedded(postgres))
        on_console = not settings.smtp_url if settings.codes_on_console is None else settings.codes_on_console
        yield (
            msgspec.structs.replace(
                settings,
                database_url=postgres.dsn("app"),
                secret_key=_key(settings),
                demo=settings.demo is not False,
                codes_on_console=on_console,
            ),
            [Kept("PostgreSQL", postgres.spawn, running=postgres.process, failure=EmbeddedFailed)],
        )
    finally:
        with _undisturbed():
            postgres.stop()


@contextlib.contextmanager
def _media_engine(settings: Settings) -> Iterator[list[Kept]]:
    """The own media engine, when there is one, for as long as the block runs. The site serves without waiting for it."""
    if not settings.own_engine:
        yield []
        return
    # It is given what it needs and nothing else: it takes datagrams from strangers and has no business with the database.
    names = ("listen_host", "listen_port", "public_url", "tls_cert", "tls_key", "trusted_proxies", "log_level", "sfu_fanout")
    media = tuple(name for name in Settings.__struct_fields__ if name.startswith(("livekit_", "media_")))
    environ = _environ(Settings(**{name: getattr(settings, name) for name in (*names, *media)}))
    engine = Kept("Media engine", lambda: start_child([sys.executable, "-m", "server.sfu"], environ=environ))
    try:
        yield [engine]
    finally:
        with _undisturbed():
            engine.stop(_DRAIN_S)


@contextlib.contextmanager
def _web_processes(settings: Settings, environ: Mapping[str, str]) -> Iterator[list[Kept]]:
    """The web processes, the first answer already given, for as long as the block runs; then drained."""
    argv = [sys.executable, "-m", "server.app"]
    web = []
    try:
        for number in range(1, settings.workers + 1):
            web.append(Kept(f"Web process {number}", lambda: start_child(argv, environ=environ)))
        if not wait_until_ready(settings, lambda: all(child.process.poll() is None for child in web)):
            stop("The web process did not come up; what it said stands above.")
        yield web
    finally:
        with _undisturbed():
            for child in web:
                child.process.terminate()  # all at once, so that they drain together
            for child in web:
                child.stop(_DRAIN_S)


async def _prepare_embedded(postgres: EmbeddedPostgres) -> None:
    await create_roles(postgres.dsn("postgres", "postgres"))
    await create_database(postgres.dsn("postgres", "postgres"))
    await _prepare(postgres.dsn("app"), postgres.dsn("owner"))


async def _prepare(app_dsn: str, owner_dsn: str) -> None:
    try:
        for name in await migrate(owner_dsn):
            print(f"  Migrated the database: {name}", flush=True)
        faults = await read_durability_faults(app_dsn)
    except (
        OSError,
        asyncpg.PostgresConnectionError,
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
    ) as error:
        stop(f"The database cannot be reached: {error}")
    if faults:
        stop(f"The database has {', '.join(faults)} off and could lose votes it has acknowledged. Switch on, then start again.")


async def _make_administrator(dsn: str, email: str) -> None:
    from server.identity.admin import make_administrator
    from server.store.pool import open_pool

    pool = await open_pool(dsn, connections=2)
    try:
        await make_administrator(pool, email)
    finally:
        await pool.close()


async def _take_over(dsn: str, file: Path, agency: str) -> tuple[str, bool]:
    from server.store.pool import open_pool
    from server.taking_over import taken_over

    async with await open_pool(dsn, connections=1) as pool:
        return await taken_over(pool, file, agency)


def _seed(settings: Settings, environ: Mapping[str, str], *, once: bool) -> str:
    """Seeds the demo where it is missing and returns its accounts, one line each, as ``python -m server.demo`` prints them.

    With ``once`` (the embedded database, which nobody else fills) what it printed is kept and the program not run again.
    """
    told = _demo_file(settings)
    if once and told.exists():
        return told.read_text("utf-8")
    print("  Seeding the demo", flush=True)
    seeded = subprocess.run([sys.executable, "-m", "server.demo"], env=environ, stdout=subprocess.PIPE, check=False)
    if seeded.returncode != 0:
        stop("The demo could not be seeded; the reason stands above.")
    accounts = seeded.stdout.decode("utf-8")
    if once:
        told.write_text(accounts, encoding="utf-8")
    return accounts


def _ready(settings: Settings, accounts: str) -> str:
    lines = ["", "─" * 72, f"  Diên Hồng:  {settings.public_origin}", ""]
    if accounts:
        lines += ["  Accounts of the demo (sign in with the address, no password):", *(f"    {line}" for line in accounts.splitlines()), ""]
    if settings.codes_on_console:
        lines.append("  Sign-in codes are shown on this console; no mail is sent.")
    else:
        lines.append("  Sign-in codes are sent by mail.")
    if settings.own_engine:
        lines.append(f"  Sound and pictures: UDP port {settings.media_port} of {', '.join(settings.media_addresses)}")
        if not settings.sfu_fanout and not has_compiled_fanout():
            lines.append("  There is no C compiler here: sending them takes more of the processor.")
    else:
        lines.append(f"  Sound and pictures: {settings.livekit_url}")
    lines += [f"  Data: {settings.data}", "  Ctrl-C stops everything.", "─" * 72, ""]
    return "\n".join(lines)


def _environ(settings: Settings) -> dict[str, str]:
    """The environment of a child: ours, with exactly these settings, so that the owner's password never reaches a web process."""
    ours = {name.upper() for name in Settings.__struct_fields__}
    return {**{name: value for name, value in os.environ.items() if name not in ours}, **as_environ(settings)}


def _with_media(settings: Settings) -> Settings:
    """The settings with all that is found out, or made once, for the own media engine."""
    if not settings.own_engine:
        return settings
    if not settings.livekit_api_secret:
        settings = msgspec.structs.replace(settings, livekit_api_key=_MEDIA_KEY, livekit_api_secret=media_key(settings.data))
    return with_media_address(settings)


def _cluster(settings: Settings) -> EmbeddedPostgres:
    return EmbeddedPostgres(settings.data / "postgres")


def _key(settings: Settings) -> str:
    return settings.secret_key or installation_key(settings.data)


def _demo_file(settings: Settings) -> Path:
    return settings.data / "demo"


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not interrupt the stopping of what the first one stops."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
