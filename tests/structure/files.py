"""The files of the project: those that git keeps, and those it would keep if they were added."""

import ast
import subprocess
from pathlib import Path

from tests.parts import ROOT


def project_files(*suffixes: str) -> list[Path]:
    """Every file, or those with one of these suffixes, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    paths = [Path(name) for name in listed.split("\0") if name]
    return sorted(path for path in paths if (not suffixes or path.suffix in suffixes) and (ROOT / path).is_file())


def modules(*packages: str) -> list[Path]:
    """The Python modules below these top-level packages, relative to the root."""
    return [path for path in project_files(".py") if path.parts[0] in packages]


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"), str(path))


def text(path: Path) -> str:
    return (ROOT / path).read_text("utf-8")
