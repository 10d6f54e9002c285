"""How letters leave the house: by a mail server, or, in a demo, onto the console."""

import hashlib
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

from server.locale import translate
from server.mail.letters import write_letter
from server.store.jobs import Job

TIMEOUT_S = 10.0


class Transport(Protocol):
    """Takes one message out of the house; returns when it has left."""

    async def send(self, message: EmailMessage) -> None: ...


class Smtp:
    """A mail server named by ``smtp://[user:password@]host[:port]`` or ``smtps://…``.

    Certificates are always checked. With ``smtp://`` STARTTLS is used where it is offered, and demanded when there is a password.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._tls else 587 if parts.username else 25)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    async def send(self, message: EmailMessage) -> None:
        """Raises: aiosmtplib.SMTPException or OSError when the server did not take the message."""
        await aiosmtplib.send(
            message,
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._tls,
            start_tls=None if self._tls or self._user is None else True,
            timeout=TIMEOUT_S,
        )


class Console:
    """Shows the letter instead of sending it; for demos, where nobody else reads the console."""

    async def send(self, message: EmailMessage) -> None:
        body = message.get_body(("plain",))
        text = "" if body is None else body.get_content().strip()
        lines = ["", "KHÔNG GỬI THƯ (chế độ trình diễn) / NO MAIL IS SENT (demo)", f"{message['To']}: {message['Subject']}", text]
        print("\n    | ".join("\n".join(lines).splitlines()), flush=True)


class Postman:
    """Writes letters and gives them to the transport. ``sender`` is a bare address; ``site`` the site's address, without a path."""

    def __init__(self, transport: Transport, sender: str, site: str) -> None:
        self._transport = transport
        self._sender = sender
        self._site = site

    async def post(self, letter: str, *, to: str, lang: str, values: Mapping[str, object], reference: str) -> None:
        """Sends one letter now. ``reference`` becomes its Message-ID, so that a letter sent again is known for the same."""
        written = write_letter(letter, lang, self._site, values)
        message = EmailMessage(policy=SMTP)
        message["From"] = f"{translate(lang, 'Diên Hồng')} <{self._sender}>"
        message["To"] = to
        message["Subject"] = written.subject
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = f"<{hashlib.sha256(f'{self._site} {reference}'.encode()).hexdigest()[:32]}@{self._domain()}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday notices must not answer
        message["Content-Language"] = lang
        if written.off:
            message["List-Unsubscribe"] = f"<{written.off}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
        message.set_content(written.text, cte="8bit" if written.text.isascii() else "quoted-printable")
        if written.calendar:
            way = {"method": "PUBLISH", "charset": "utf-8"}
            message.add_attachment(written.calendar, maintype="text", subtype="calendar", filename="cuoc-hop.ics", params=way)
        await self._transport.send(message)

    async def deliver(self, job: Job) -> None:
        """Does a job that ``add_mail`` left."""
        mail = msgspec.convert(job.payload, _Mail)
        await self.post(mail.letter, to=mail.to, lang=mail.lang, values=mail.values, reference=job.idempotency_key or f"mail-{job.id}")

    def _domain(self) -> str:
        return self._sender.rpartition("@")[2] or "localhost"


class _Mail(msgspec.Struct, frozen=True):
    letter: str
    to: str
    lang: str
    values: dict[str, object]
