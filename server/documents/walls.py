"""Linux namespaces around one call: no network, no other process, and a file system of programs and fonts only, which cannot be written.

``namespaces(7)``, ``user_namespaces(7)``, ``mount(2)``. No privilege is needed where the kernel lets users make namespaces.
"""

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path

_NEW_MOUNTS, _NEW_IPC, _NEW_USER, _NEW_PROCESSES, _NEW_NETWORK = 0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_PROGRAMS, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_KEPT = {
    os.ST_NODEV: _NO_DEVICES,
    os.ST_NOEXEC: _NO_PROGRAMS,
    os.ST_NOATIME: 1 << 10,
    os.ST_NODIRATIME: 1 << 11,
    os.ST_RELATIME: 1 << 21,
}
"""What statvfs(3) says of a mount, and how mount(2) is told it."""
_NO_NEW_PRIVILEGES, _DIE_WITH_PARENT, _KILL = 38, 1, 9

_SHOWN = (
    *("/usr", "/bin", "/lib", "/lib64", "/opt"),
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/libreoffice", "/var/cache/fontconfig"),
)
"""What is seen inside, as far as it is there."""
_DEVICES = ("null", "zero", "random", "urandom")
_NEW_ROOT = Path("/tmp")  # any folder that is always there: inside, and only there, another one lies on it
_MEMORY = b"size=512m,mode=700"
_SOMEBODY = 1000

_libc = ctypes.CDLL(None, use_errno=True)


class WallsMissing(Exception):
    """The kernel does not let us build them."""


def walled(work: Callable[[], int]) -> int:
    """What ``work`` returns, called in a process inside the walls, where ``/here`` is an empty folder in memory. The calling process is
    changed for good: it must have no threads and do nothing else afterwards.

    Raises: WallsMissing, and then ``work`` was not called.
    """
    user, group = os.getuid(), os.getgid()
    try:
        _check(_libc.unshare(_NEW_USER | _NEW_MOUNTS | _NEW_PROCESSES | _NEW_NETWORK | _NEW_IPC))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{_SOMEBODY} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{_SOMEBODY} {group} 1")
        came, goes = os.pipe()
        first = os.fork()  # the first process of the new ones: when it ends, the kernel ends all others in there
    except OSError as failure:
        raise WallsMissing from failure
    if first == 0:
        _first(work, goes)
    os.close(goes)
    with os.fdopen(came, "rb") as told:
        standing = told.read() == b"."
    _, status = os.waitpid(first, 0)
    if not standing:
        raise WallsMissing
    return os.waitstatus_to_exitcode(status)


def _first(work: Callable[[], int], goes: int) -> None:
    code = 1
    try:
        _libc.prctl(_DIE_WITH_PARENT, _KILL, 0, 0, 0)
        _build()
        os.write(goes, b".")
        os.close(goes)
        code = work()
        sys.stdout.flush()
    finally:
        os._exit(code)


def _build() -> None:
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    _mount("tmpfs", str(_NEW_ROOT), "tmpfs", _NO_SUID | _NO_DEVICES, _MEMORY)
    for path in _SHOWN:
        _show(path)
    for device in _DEVICES:
        place = _NEW_ROOT / "dev" / device
        place.parent.mkdir(exist_ok=True)
        place.touch()
        _mount(f"/dev/{device}", str(place), None, _BIND)
    for folder in ("proc", "tmp", "here"):
        (_NEW_ROOT / folder).mkdir()
    _mount("proc", str(_NEW_ROOT / "proc"), "proc", _NO_SUID | _NO_DEVICES | _NO_PROGRAMS)
    os.chdir(_NEW_ROOT)
    # The old root goes away whole, with everything mounted in it: pivot_root(2), "pivot_root(".", ".")".
    _check(_libc.syscall(_pivot_root(), b".", b"."))
    _check(_libc.umount2(b".", 2))
    os.chdir("/")
    _check(_libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))


def _show(path: str) -> None:
    place = Path(f"{_NEW_ROOT}{path}")
    place.parent.mkdir(parents=True, exist_ok=True)
    if os.path.islink(path):
        place.symlink_to(os.readlink(path))
    elif os.path.isdir(path):
        place.mkdir()
        _bind(path, place)
    elif os.path.exists(path):
        place.touch()
        _bind(path, place)


def _bind(path: str, place: Path) -> None:
    _mount(path, str(place), None, _BIND)
    # What the mount forbids already must stay forbidden, else the kernel refuses.
    there = os.statvfs(path).f_flag
    flags = sum(flag for bit, flag in _KEPT.items() if there & bit)
    _mount(None, str(place), None, _BIND | _REMOUNT | _READ_ONLY | _NO_SUID | flags)


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: bytes | None = None) -> None:
    names = (None if name is None else name.encode() for name in (source, target, kind))
    _check(_libc.mount(*names, flags, options))


def _pivot_root() -> int:
    return {"x86_64": 155, "aarch64": 41}[os.uname().machine]


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
