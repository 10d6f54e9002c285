"""Who may import whom; the contracts stand in ``pyproject.toml``."""

import subprocess
import sys
from pathlib import Path

from tests.parts import ROOT


def test_every_module_imports_only_what_stands_below_it() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contracts_see_a_forbidden_import(tmp_path: Path) -> None:
    """The store reaching up to the pages must break the contract, or the test above proves nothing."""
    for folder in ("server", "rooms", "consultations"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    copy = tmp_path / "server"
    copy.unlink()
    subprocess.run(["cp", "-r", str(ROOT / "server"), str(copy)], check=True)
    (copy / "store" / "reaching_up.py").write_text("import server.web\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(lint), "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "server.store.reaching_up -> server.web" in done.stdout
