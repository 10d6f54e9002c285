"""LiveKit's own JavaScript client in Chromium, unmodified, steered by tests; camera and microphone are Chromium's synthetic ones."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from server.bootstrap import FRONTEND
from tests.peers.engine import token

HERE = Path(__file__).parent
_SCRIPTS = FRONTEND / "node_modules" / "livekit-client" / "dist"
PAGES = {
    "/interop.html": HERE / "interop.html",
    "/livekit-client.umd.js": _SCRIPTS / "livekit-client.umd.js",
    "/livekit-client.e2ee.worker.js": _SCRIPTS / "livekit-client.e2ee.worker.js",
}
FLAGS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
    "--disable-quic",
)
PATIENCE_MS = 120_000
"""How long anything expected may take on a busy machine."""
SMALL = {
    "videoCaptureDefaults": {"resolution": {"width": 320, "height": 180, "frameRate": 10}},
    "audioCaptureDefaults": {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False},
}
"""A camera that is quickly encoded, where layers are not the point, and a microphone from which nothing is filtered."""


class Client:
    """One page with one room in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    async def join(self, url: str, room: str, identity: str, *, options: Any = None, connect: Any = None, **grants: Any) -> str:
        """Joins, with a small camera unless ``options`` say otherwise, and returns the participant's sid."""
        call = "([url, token, options, connect]) => join(url, token, options, connect)"
        return str(await self.ask(call, [url, token(identity, room, **grants), SMALL | (options or {}), connect or {}]))

    async def publish(self, **sources: bool) -> None:
        """Opens camera, microphone or screen: ``publish(camera=True)``."""
        for source, on in sources.items():
            call = {"camera": "setCameraEnabled", "microphone": "setMicrophoneEnabled", "screen": "setScreenShareEnabled"}[source]
            await self.ask(f"state.room.localParticipant.{call}({'true' if on else 'false'})")

    async def ask(self, expression: str, argument: Any = None) -> Any:
        return await self.page.evaluate(expression, argument)

    async def until(self, expression: str, argument: Any = None) -> Any:
        """Waits until an expression, or what it promises, is true in the page.

        Playwright's own ``wait_for_function``, when it asks at intervals, takes any promise for true.
        """
        return await self.page.evaluate(
            f"""async (argument) => {{
              for (const end = Date.now() + {PATIENCE_MS}; Date.now() < end; await new Promise((soon) => setTimeout(soon, 100))) {{
                let found = ({expression});
                if (typeof found === 'function') found = found(argument);
                if (await found) return found;
              }}
              throw new Error('never true');
            }}""",
            argument,
        )

    async def hears_and_sees(self, identity: str) -> None:
        """Waits until sound and pictures of ``identity`` really arrive and are decoded."""
        await self.until(_DECODED, [identity, "camera", "framesDecoded", 10])
        await self.until(_DECODED, [identity, "microphone", "packetsReceived", 20])

    async def sees(self, identity: str) -> None:
        """Waits until ten more pictures of ``identity`` have been decoded."""
        await self.until(_DECODED, [identity, "camera", "framesDecoded", 0])
        await self.until(_DECODED, [identity, "camera", "framesDecoded", await self.decoded(identity) + 10])

    async def frozen(self, identity: str) -> int:
        """How often the picture of ``identity`` has stood still so far."""
        return await self.decoded(identity, "freezeCount")

    async def show(self, *, width: int) -> None:
        """Shows pictures at this width."""
        size = {"width": max(640, width), "height": max(360, width * 9 // 16)}
        await self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        await self.page.evaluate(
            "(width) => document.querySelectorAll('video').forEach((one) => { one.width = width; one.height = width * 9 / 16; })", width
        )

    async def decoded(self, identity: str, figure: str = "framesDecoded", source: str = "camera") -> int:
        """A figure of what is received from ``identity``, now."""
        [report] = await self.ask("([who, source]) => statistics(who, source)", [identity, source])
        return int(report[figure])

    async def codec(self, identity: str) -> str:
        """What the camera of ``identity``, or with an empty name this client's own, is encoded with, such as ``video/VP9``."""
        call = "([who, source]) => statistics(who, source, 'codec')"
        return ", ".join({str(report["mimeType"]) for report in await self.ask(call, [identity, "camera"])})

    async def sent(self) -> int:
        """Pictures of this client's camera that have left, of the layer of which most did."""
        return max(int(layer.get("framesSent", 0)) for layer in await self.ask("statistics('', 'camera')"))


_DECODED = """async ([who, source, figure, more]) => {
  const reports = await statistics(who, source);
  return reports && reports.length > 0 && reports[0][figure] > more;
}"""


@asynccontextmanager
async def chromium_with_devices(*, fps: int = 10) -> AsyncIterator[Browser]:
    """A browser with a synthetic camera of so many pictures a second: few cost little, and show all the same whether they come."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell"), args=[*FLAGS, f"--use-fake-device-for-media-stream=fps={fps}"]
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def client(browser: Browser, page_url: str) -> AsyncIterator[Client]:
    """A page of its own, at ``page_url``: that of ``serving_page``, or that of a doorway before a site that hears browsers from its own
    origin only."""
    context = await browser.new_context(viewport={"width": 640, "height": 360})
    page = await context.new_page()
    await page.goto(page_url)
    client = Client(page)
    yield client
    await context.close()
    assert not client.faults


@contextmanager
def serving_page() -> Iterator[str]:
    """The address of the page: on localhost, where a browser gives camera and microphone without https."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        file = PAGES.get(self.path, PAGES["/interop.html"])
        kind, body = "text/javascript" if file.suffix == ".js" else "text/html", file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""
