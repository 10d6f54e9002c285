"""A child process that never outlives its parent, and that leaves root's powers behind when it is told to.

Linux only: the kernel's parent-death signal is what keeps the promise when the parent is killed with ``kill -9``.
"""

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_libc = ctypes.CDLL(None, use_errno=True)


def start_child(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    output: IO[bytes] | int | None = None,
    folder: Path | None = None,
    when_parent_dies: signal.Signals = signal.SIGKILL,
    become: Callable[[], None] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts ``argv`` in a session of its own; the kernel sends it ``when_parent_dies`` once the calling *thread* has ended.

    The session is its own so that Ctrl-C reaches only the parent, which then stops its children in the right order. ``output``
    takes standard output and standard error, ``folder`` is where it starts (None: inherited). ``become`` runs in the child before
    the program and may change its credentials, see ``unprivileged``.
    """
    parent = os.getpid()

    def prepare() -> None:
        if become is not None:
            become()
        # After ``become``: a change of credentials clears the death signal.
        _check(_libc.prctl(_PR_SET_PDEATHSIG, int(when_parent_dies), 0, 0, 0))
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    # Only between fork and exec can the signal be set without a moment in which the parent's death would go unseen. The callers
    # start their children from their one thread.
    return subprocess.Popen(
        list(argv),
        env=environ,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=prepare,  # noqa: PLW1509
    )


def unprivileged() -> Callable[[], None] | None:
    """What a child must do to stop being root; None for an ordinary user, who has nothing to leave behind.

    Preferred is a user namespace in which root appears as an ordinary user: the files stay root's and no folder's mode or owner
    changes. Where namespaces are forbidden (hardened containers) the child becomes ``fallback_user()``.
    """
    if os.geteuid() != 0:
        return None
    if _works(_enter_user_namespace):
        return _enter_user_namespace
    return _become_fallback_user


def fallback_user() -> pwd.struct_passwd | None:
    """The user whose files a child of ``unprivileged()`` needs, where root cannot hide in a namespace; None where it can."""
    if os.geteuid() != 0 or _works(_enter_user_namespace):
        return None
    return _postgres_or_nobody()


def _enter_user_namespace() -> None:
    user, group = os.geteuid(), os.getegid()
    # A number that has a name: programs such as initdb ask for the name of the user they run as.
    seen_as = next((entry for entry in pwd.getpwall() if entry.pw_uid != 0), pwd.struct_passwd(("", "", 1000, 1000, "", "", "")))
    _check(_libc.unshare(_CLONE_NEWUSER))
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{seen_as.pw_uid} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{seen_as.pw_gid} {group} 1", encoding="ascii")


def _become_fallback_user() -> None:
    user = _postgres_or_nobody()
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def _postgres_or_nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _works(become: Callable[[], None]) -> bool:
    child = os.fork()
    if child == 0:
        try:
            become()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
