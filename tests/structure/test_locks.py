"""The lists of locked packages: by hash, without an address, in step with what the project asks for."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from server.bootstrap import INSTALLER_LOCK, NODE_LOCK, SERVER_LOCK, TESTS_LOCK
from tests.parts import ROOT
from tests.structure.files import project_files, text

LOCKS = (INSTALLER_LOCK, NODE_LOCK, SERVER_LOCK, TESTS_LOCK)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# The versions that published advisories ask for; looked at again at every release.
SAFE_SINCE = {
    "starlette": "1.0.1",
    "uvicorn": "0.54",
    "websockets": "15",
    "python-multipart": "0.0.18",
    "redis": "4.5.4",
    "asyncpg": "0.21",
    "jinja2": "3.1.6",
    "lxml": "4.9.1",
}


def locked(lock: Path) -> dict[str, set[Version]]:
    """Package name to the versions that the list holds (more than one where they differ between Pythons)."""
    versions: dict[str, set[Version]] = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", lock.read_text("utf-8"), re.M):
        versions.setdefault(name, set()).add(Version(version))
    return versions


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_locked_by_hash_and_none_by_address(lock: Path) -> None:
    content = lock.read_text("utf-8")
    packages = re.split(r"\n(?=[a-z0-9])", content.strip())
    assert packages
    assert all(re.fullmatch(r"[a-z0-9._-]+==\S+( ;[^\\]+)? \\(\s+--hash=sha256:[0-9a-f]{64}( \\)?)+", package) for package in packages)


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        (SERVER_LOCK, PROJECT["project"]["dependencies"]),
        (TESTS_LOCK, [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["test"]]),
        (INSTALLER_LOCK, PROJECT["dependency-groups"]["installer"]),
        (NODE_LOCK, PROJECT["dependency-groups"]["node"]),
    ],
    ids=["server", "tests", "installer", "node"],
)
def test_the_lists_hold_what_the_project_asks_for(lock: Path, wanted: list[str]) -> None:
    versions = locked(lock)
    for requirement in map(Requirement, wanted):
        assert any(version in requirement.specifier for version in versions.get(requirement.name.lower(), ())), requirement


def test_the_tests_run_on_the_versions_that_the_server_runs_on() -> None:
    tests = locked(TESTS_LOCK)
    assert {name: tests.get(name) for name in locked(SERVER_LOCK)} == locked(SERVER_LOCK)


@pytest.mark.parametrize("name", SAFE_SINCE)
def test_no_package_is_older_than_its_last_known_hole(name: str) -> None:
    assert min(locked(SERVER_LOCK)[name]) >= Version(SAFE_SINCE[name])


def test_the_lists_of_npm_hold_hashes_and_no_address() -> None:
    lists = [path for path in project_files(".json") if path.name == "package-lock.json"]
    assert lists
    for path in lists:
        packages = json.loads(text(path))["packages"]
        installed = {name: package for name, package in packages.items() if name}
        assert installed
        assert [name for name, package in installed.items() if "resolved" in package] == []
        assert [name for name, package in installed.items() if "integrity" not in package] == []
        # npm quietly leaves out what it could not fetch while writing the list, and then refuses to install from it.
        optional = {name for package in installed.values() for name in package.get("optionalDependencies", {})}
        assert [name for name in optional if f"node_modules/{name}" not in installed] == []
        assert "omit-lockfile-registry-resolved=true" in text(path.with_name(".npmrc"))
