"""The runner of the parts counts every check that was not made as failed."""

import sys
from pathlib import Path

import pytest

from tests.parts import Part
from tests.run import run

OF_TESTS = {
    "fails": ("def test_it(): assert False\ndef test_other(): pass", "1 passed, 1 failed"),
    "skips": ("import pytest\n@pytest.mark.skip\ndef test_it(): pass", "0 passed, 1 failed"),
    "is empty": ("", "0 passed, 1 failed"),
    "warns": ("import warnings\ndef test_it(): warnings.warn('x')", "0 passed, 1 failed"),
}


@pytest.mark.parametrize("kind", OF_TESTS)
def test_a_folder_of_tests_is_counted(kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source, counted = OF_TESTS[kind]
    (tmp_path / "test_it.py").write_text(source, encoding="utf-8")
    assert run([Part("part", (str(tmp_path),))]) == 1
    assert capfd.readouterr().out.splitlines()[-1] == counted


@pytest.mark.parametrize(("status", "counted"), [(0, "1 passed, 0 failed"), (3, "0 passed, 1 failed")])
def test_a_program_is_counted(status: int, counted: str, capfd: pytest.CaptureFixture[str]) -> None:
    programs = ((sys.executable, "-c", f"raise SystemExit({status})"),)
    assert run([Part("part", programs=programs)]) == int(status != 0)
    assert capfd.readouterr().out.splitlines()[-1] == counted


def test_one_failure_among_the_parts_is_the_status_of_all(capfd: pytest.CaptureFixture[str]) -> None:
    def part(status: int) -> Part:
        return Part("part", programs=((sys.executable, "-c", f"raise SystemExit({status})"),))

    assert run([part(0), part(1), part(0)]) == 1
    assert capfd.readouterr().out.splitlines()[-1] == "2 passed, 1 failed"
