"""Signing in with a one-time code sent by e-mail."""

import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

import msgspec

from server.identity.contact import normalised_email
from server.identity.keys import ERASED_CONTACT, Keys, code_typed, fingerprint, same
from server.identity.sessions import Sessions
from server.identity.viewer import Viewer
from server.kernel.refused import Refused
from server.kernel.vietnam import VIETNAM
from server.locale import Language
from server.store import identity as store
from server.store.connection import Pool
from server.store.erasing import marked_until
from server.store.identity import Code
from server.store.jobs import Job, add_job
from server.store.requests import take_place

CODE_JOB = "sign_in_code"

_log = logging.getLogger(__name__)


class CodeRules(msgspec.Struct, frozen=True):
    """The limits of codes. The requests of one contact and of one network address are counted within ``window``."""

    lifetime: timedelta = timedelta(minutes=5)
    tries: int = 5
    per_contact: int = 5
    per_address: int = 60
    window: timedelta = timedelta(hours=1)


class Post(Protocol):
    """Sends one letter now; returns when the mail server has it. Sending ``reference`` twice makes the same message."""

    async def __call__(self, letter: str, *, to: str, lang: str, values: Mapping[str, object], reference: str) -> None: ...


class SignIn:
    """Codes are asked for, sent, and exchanged for a session. Whether a contact is known changes nothing that can be seen or timed."""

    def __init__(self, pool: Pool, keys: Keys, sessions: Sessions, rules: CodeRules) -> None:
        self._pool = pool
        self._keys = keys
        self._sessions = sessions
        self._rules = rules

    async def request_code(self, email: str, *, browser: str, address: str, lang: Language) -> None:
        """Has a code sent to ``email`` that only ``browser`` (its cookie's secret) can use. The mail goes out as a job.

        Asked again by the same browser, the same code is sent again and lasts no longer.

        Raises: Refused ``bad_email``; ``rate_limited`` with ``retry_after_s``.
        """
        contact = normalised_email(email)
        rules = self._rules
        async with self._pool.acquire() as connection, connection.transaction():
            for kind, value, most in (("code address", address, rules.per_address), ("code contact", contact, rules.per_contact)):
                wait_s = await take_place(connection, kind, self._keys.subject(kind, value), most, rules.window)
                if wait_s:
                    _log.warning("security event", extra={"facts": {"event": "too many codes", "limit": kind}})
                    raise Refused("rate_limited", retry_after_s=wait_s)
            code = await store.put_code(
                connection,
                contact=contact,
                browser=fingerprint(browser),
                nonce=secrets.token_bytes(16),
                lang=lang,
                lifetime=rules.lifetime,
                max_tries=rules.tries,
            )
            await add_job(connection, CODE_JOB, {"code": code})

    async def waiting_code(self, browser: str) -> Code | None:
        """The live code that this browser asked for, to be shown to whom it was sent and for how long."""
        return await store.code_of_browser(self._pool, fingerprint(browser))

    async def enter_code(self, typed: str, *, browser: str, device: str, before: Viewer) -> str:
        """Exchanges a code for a new session and returns its secret; the session that ``before`` had ends.

        Raises: Refused ``wrong_code``, which spends a try unless what was typed cannot be a code; ``code_over`` when this browser
        has no live code with a try left; ``erased_lately`` (``until``) for an address whose account was erased, while a
            consultation goes on in which its answers still count.
        """
        digits = code_typed(typed)
        if digits is None:
            raise Refused("wrong_code")
        async with self._pool.acquire() as connection, connection.transaction():
            code = await store.try_code(connection, fingerprint(browser), self._rules.tries)
            right, until = code is not None and same(digits, self._keys.code(code.nonce)), None
            if code is not None and right:
                await store.spend_code(connection, code.id)
                until = await marked_until(connection, self._keys.subject(ERASED_CONTACT, code.contact))
            if code is not None and right and until is None:
                person = await store.find_or_add_person(connection, code.contact)
                secret = await self._sessions.open(connection, person, device)
                if before.person is not None and before.session is not None:
                    await store.end_session(connection, before.session, before.person)
        # Refused only now: the try must be committed.
        if code is None:
            _log.warning("security event", extra={"facts": {"event": "a code that is over"}})
            raise Refused("code_over")
        if not right:
            raise Refused("wrong_code")
        if until is not None:
            day = until.astimezone(VIETNAM)
            raise Refused("erased_lately", until=f"{day.day}/{day.month}/{day.year}")
        if before.session is not None:
            await self._sessions.tell_ended([before.session])
        return secret

    async def send_code(self, job: Job, post: Post) -> None:
        """Does the job that ``request_code`` left: derives the code and posts it, unless it is over by now."""
        code = await store.read_code(self._pool, msgspec.convert(job.payload["code"], int))
        if code is None:
            return
        values = {"code": self._keys.code(code.nonce), "minutes": max(1, round(code.expires_in_s / 60))}
        await post("sign_in_code", to=code.contact, lang=code.lang, values=values, reference=f"code-{job.id}")
