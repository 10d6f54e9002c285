"""From a bare checkout, with nothing but Python and git's files, to the running product."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from server.bootstrap import SERVER_LOCK
from tests.parts import ROOT
from tests.peers.product import Product
from tests.structure.files import project_files

_BASE_PYTHON = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The project's files in an empty folder: no ``.venv``, nothing built."""
    folder = tmp_path / "checkout"
    for path in project_files():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, folder / path)
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment whose PATH has the system's programs but neither Node nor uv, and that forbids compiled modules beside sources."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for folder in ("/usr/bin", "/bin"):
        for program in Path(folder).iterdir():
            if program.name not in {"node", "nodejs", "npm", "npx", "corepack", "uv"} and not (programs / program.name).exists():
                (programs / program.name).symlink_to(program)
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPYCACHEPREFIX"}
    return {**inherited, "PATH": str(programs), "PYTHONDONTWRITEBYTECODE": "1"}


def test_the_first_command_on_a_bare_machine_serves_and_the_second_installs_nothing(
    checkout: Path, bare: Mapping[str, str], tmp_path: Path
) -> None:
    product = Product(tmp_path / "data", environ=bare, python=_BASE_PYTHON, checkout=checkout)
    product.start(timeout_s=600)
    said = "\n".join(product.lines)
    steps = (
        "Making the Python environment",
        "server/requirements.lock",
        "server/node.lock",
        "tools that build the pages",
        "Building the pages",
    )
    assert [step for step in steps if step not in said] == []
    product.wait_until_healthy()
    assert product.stop() == 0
    assert [path for path in checkout.rglob("__pycache__") if not path.is_relative_to(checkout / ".venv")] == []
    assert list((checkout / ".venv" / "bytecode").rglob("server/app.*.pyc")) != []
    product.start()
    assert not any(word in line for line in product.lines for word in ("Making", "Installing", "Fetching", "Building"))
    assert product.stop() == 0


def test_a_half_made_environment_is_made_again_and_a_package_that_is_not_the_one_locked_is_refused(
    checkout: Path, bare: Mapping[str, str]
) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(_BASE_PYTHON.with_name("nothing"))
    lock = checkout / SERVER_LOCK.relative_to(ROOT)
    name, _, _ = lock.read_text("utf-8").partition(" ")
    lock.write_text(f"{name} --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    done = start(checkout, bare)
    assert "Making the Python environment" in done.stdout
    assert (checkout / ".venv" / "bin" / "python").exists()
    assert done.returncode == 1
    assert "hash" in done.stderr.lower()


@pytest.mark.parametrize("command", ["server", "tests"])
def test_an_older_python_is_told_so(command: str) -> None:
    """Python 3.7 can read the file, and meets the check of its version before any import that it could not follow."""
    source = (ROOT / command / "__main__.py").read_text("utf-8")
    statements = ast.parse(source, feature_version=(3, 7)).body
    check = next(number for number, statement in enumerate(statements) if isinstance(statement, ast.If))
    imports = [name.name for statement in statements[:check] if isinstance(statement, ast.Import) for name in statement.names]
    assert imports == ["sys"]
    assert not any(isinstance(statement, ast.ImportFrom) for statement in statements[:check])
    assert "3.11" in ast.unparse(statements[check])


def test_help_needs_nothing_installed(checkout: Path, bare: Mapping[str, str]) -> None:
    done = start(checkout, bare, "--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("--host", "--port", "--data", "--workers", "--demo", "admin"))
    assert not (checkout / ".venv").exists()


def start(checkout: Path, environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [str(_BASE_PYTHON), "-m", "server", "--port", "0", *arguments]
    return subprocess.run(argv, cwd=checkout, env=dict(environ), capture_output=True, text=True, check=False)
