"""Confirming with a fresh one-time code, sent by e-mail, that it is oneself who does what cannot be undone."""

import logging
import secrets
from typing import Literal

import msgspec

from server.identity.keys import Keys, code_typed, fingerprint, same
from server.identity.signin import CodeRules, Post
from server.identity.viewer import Viewer
from server.kernel.ids import MotionId
from server.kernel.refused import Refused
from server.store import identity as store
from server.store.connection import Pool
from server.store.jobs import Job, add_job
from server.store.requests import take_place

BALLOT_CODE_JOB, ERASURE_CODE_JOB = "ballot_code", "erasure_code"
CODE_JOBS = (BALLOT_CODE_JOB, ERASURE_CODE_JOB)
"""Each job has the name of the letter that it sends."""

_log = logging.getLogger(__name__)


class Deed(msgspec.Struct, frozen=True):
    """What a code is good for: one thing of one kind, and no other."""

    purpose: Literal["ballot", "erasure"]
    of: str
    job: str


def ballot(motion: MotionId) -> Deed:
    """A secret vote on this motion."""
    return Deed("ballot", str(motion), BALLOT_CODE_JOB)


ERASURE = Deed("erasure", "account", ERASURE_CODE_JOB)
"""Having one's own account erased."""


class Confirming:
    """Codes as those of ``signin``, under the same limits, each good for one deed and in one session."""

    def __init__(self, pool: Pool, keys: Keys, rules: CodeRules) -> None:
        self._pool = pool
        self._keys = keys
        self._rules = rules

    async def request_code(self, viewer: Viewer, deed: Deed) -> None:
        """Has a code sent to the viewer's own address. Asked again, the same code is sent again and lasts no longer.

        Raises: Refused ``sign_in_needed``; ``rate_limited`` with ``retry_after_s``.
        """
        if viewer.person is None:
            raise Refused("sign_in_needed")
        rules = self._rules
        async with self._pool.acquire() as connection, connection.transaction():
            contact = await store.read_contact(connection, viewer.person)
            if contact is None:
                raise Refused("sign_in_needed")
            subject = self._keys.subject("code contact", contact.email)
            wait_s = await take_place(connection, "code contact", subject, rules.per_contact, rules.window)
            if wait_s:
                _log.warning("security event", extra={"facts": {"event": "too many codes", "limit": "code contact"}})
                raise Refused("rate_limited", retry_after_s=wait_s)
            code = await store.put_code(
                connection,
                contact=contact.email,
                browser=_bound(viewer, deed),
                nonce=secrets.token_bytes(16),
                lang=viewer.lang,
                lifetime=rules.lifetime,
                max_tries=rules.tries,
                purpose=deed.purpose,
            )
            await add_job(connection, deed.job, {"code": code})

    async def confirm(self, viewer: Viewer, deed: Deed, typed: str) -> None:
        """Uses up the code that the viewer was sent for this.

        Raises: Refused ``wrong_code``, which spends a try unless what was typed cannot be a code; ``code_over`` when there is no live
        code with a try left.
        """
        digits = code_typed(typed)
        if digits is None:
            raise Refused("wrong_code", field="code")
        async with self._pool.acquire() as connection, connection.transaction():
            code = await store.try_code(connection, _bound(viewer, deed), self._rules.tries, deed.purpose)
            right = code is not None and same(digits, self._keys.code(code.nonce))
            if code is not None and right:
                await store.spend_code(connection, code.id)
        # Refused only now: the try must be committed.
        if code is None:
            raise Refused("code_over", field="code")
        if not right:
            raise Refused("wrong_code", field="code")

    async def send_code(self, job: Job, post: Post) -> None:
        """Does the job that ``request_code`` left, unless the code is over by now."""
        code = await store.read_code(self._pool, msgspec.convert(job.payload["code"], int))
        if code is None:
            return
        values = {"code": self._keys.code(code.nonce), "minutes": max(1, round(code.expires_in_s / 60))}
        await post(job.kind, to=code.contact, lang=code.lang, values=values, reference=f"{job.kind.replace('_', '-')}-{job.id}")


def _bound(viewer: Viewer, deed: Deed) -> bytes:
    """What a code is bound to: it cannot be used in another session, on another phone or for anything else."""
    return fingerprint(f"{deed.purpose} {viewer.person} {viewer.session} {viewer.guest or ''} {deed.of}")
