"""Debian's own Firefox, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/): a page to go to and scripts to run in it.

Playwright drives a Firefox of its own making, or one newer than the long-lived release that offices have.
"""

import asyncio
import contextlib
import itertools
import json
import re
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

STARTS_WITHIN_S = 60.0
_LISTENING = re.compile(rb"WebDriver BiDi listening on (ws://[0-9a-z.:\[\]]+)")
_PREFERENCES: dict[str, bool | int | str] = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.autoplay.default": 0,
    "media.gmp-manager.updateEnabled": False,
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.peerconnection.ice.loopback": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}


class Failed(Exception):
    """The browser answered a command with an error, or a script threw."""


class Tab:
    """One page."""

    def __init__(self, firefox: "Firefox", context: str) -> None:
        self._firefox = firefox
        self._context = context

    async def goto(self, url: str) -> None:
        """Loads an address and waits for its ``load``."""
        await self._firefox.send("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def evaluate(self, expression: str, argument: object = None) -> Any:
        """Evaluates a JavaScript expression; when that gives a function, calls it with one JSON argument. Returns the JSON result.

        Raises: Failed with what it threw.
        """
        return await self._run(f"const found = ({expression}); return typeof found === 'function' ? found(argument) : found;", argument)

    async def until(self, expression: str, argument: object = None, *, within_s: float = 90.0) -> Any:
        """Evaluates an expression again and again, until it gives something true, which is returned. Raises: Failed."""
        return await self._run(
            f"""for (const end = Date.now() + {within_s * 1000}; Date.now() < end; await new Promise((soon) => setTimeout(soon, 100))) {{
              let found = ({expression});
              if (typeof found === 'function') found = found(argument);
              if (await found) return found;
            }}
            throw new Error('never true');""",
            argument,
        )

    async def _run(self, body: str, argument: object) -> Any:
        inner = f"async (argument) => {{ {body} }}"
        wrapped = f"async () => JSON.stringify(await ({inner})({json.dumps(argument)}) ?? null)"
        answer = await self._firefox.send(
            "script.callFunction", functionDeclaration=wrapped, awaitPromise=True, target={"context": self._context}, userActivation=True
        )
        if answer["type"] == "exception":
            raise Failed(f"{answer['exceptionDetails']['text']}: {body}")
        return json.loads(answer["result"]["value"])


class Firefox:
    """A running browser; see ``firefox()``."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._reader = asyncio.create_task(self._read())

    async def send(self, method: str, **parameters: object) -> Any:
        """Runs one command. Raises: Failed."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
            return await answer
        finally:
            del self._waiting[number]

    async def tab(self) -> Tab:
        """A new page."""
        return Tab(self, (await self.send("browsingContext.create", type="tab"))["context"])

    async def close(self) -> None:
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader
        await self._socket.close()

    async def _read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            waiting = self._waiting.get(message.get("id") or 0)
            if waiting is None or waiting.done():
                continue
            if message["type"] == "error":
                waiting.set_exception(Failed(f"{message['error']}: {message['message']}"))
            else:
                waiting.set_result(message["result"])


def is_there() -> bool:
    """Whether this machine has a Firefox."""
    return _program() is not None


def _program() -> str | None:
    return shutil.which("firefox-esr") or shutil.which("firefox")


@contextlib.asynccontextmanager
async def firefox() -> AsyncIterator[Firefox]:
    """A headless Firefox with a fresh profile, invented camera and microphone, and permission for both."""
    program = _program()
    assert program is not None, "firefox-esr is needed"
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        _prefer(Path(profile))
        arguments = ("--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0")
        process = await asyncio.create_subprocess_exec(program, *arguments, stdout=PIPE, stderr=PIPE)
        drains = [asyncio.create_task(_drain(process.stdout))]
        try:
            async with asyncio.timeout(STARTS_WITHIN_S):
                url = await _address(process.stderr)
                drains.append(asyncio.create_task(_drain(process.stderr)))
                socket = await connect(f"{url}/session", max_size=None)
            browser = Firefox(socket)
            await browser.send("session.new", capabilities={})
            yield browser
            await browser.close()
        finally:
            process.terminate()
            await process.wait()
            await asyncio.gather(*drains)


def _prefer(profile: Path) -> None:
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines), "utf-8")


async def _address(stream: asyncio.StreamReader | None) -> str:
    assert stream is not None
    while line := await stream.readline():
        if found := _LISTENING.search(line):
            return found[1].decode()
    raise Failed("Firefox ended before it listened")


async def _drain(stream: asyncio.StreamReader | None) -> None:
    assert stream is not None
    while await stream.read(1 << 16):
        pass
