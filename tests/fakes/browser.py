"""A headless Chromium spoken to over a pipe by its own debugging protocol: no driver, no download."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--remote-debugging-pipe",
)
PATIENCE_S = 20.0


def chromium() -> str:
    """Where the browser is; a system test without one fails and says what to install."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "no chromium on the path: install the package chromium to run the page's system tests"
    return found


class Tab:
    """One page of the browser."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._count = 0
        self._session = ""
        self.complaints: list[str] = []
        """What the console, the policy and the network complained of."""

    async def listen(self) -> None:
        while True:
            try:
                raw = await self._reader.readuntil(b"\0")
            except asyncio.IncompleteReadError:
                return
            self._take(json.loads(raw[:-1]))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._waiting.pop(message["id"]).set_result(message)
            return
        params = message.get("params", {})
        if message["method"] == "Runtime.exceptionThrown":
            self.complaints.append(params["exceptionDetails"]["exception"].get("description", "exception"))
        elif message["method"] == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command of the protocol and return its result."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        answer = self._waiting[self._count] = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps(message).encode() + b"\0")
        await self._writer.drain()
        async with asyncio.timeout(PATIENCE_S):
            said = await answer
        assert "error" not in said, said
        return said["result"]

    async def attach(self) -> None:
        target = await self.ask("Target.createTarget", url="about:blank")
        session = await self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = session["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.ask(f"{domain}.enable")
        await self.size(1280, 800)

    async def size(self, width: int, height: int) -> None:
        await self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    async def dark(self) -> None:
        await self.ask(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}]
        )

    async def open(self, url: str) -> None:
        """Open a page and wait until it stands."""
        await self.ask("Page.navigate", url=url)
        await self.until(f"location.href.startsWith({json.dumps(url)}) && document.readyState === 'complete'")

    async def value(self, expression: str) -> Any:
        """Evaluate an expression in the page; promises are awaited."""
        said = await self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until an expression holds, looking at every frame the page draws."""
        waiting = f"""(async () => {{
            for (let frame = 0; !({expression}) && frame < 900; frame++)
                await new Promise((next) => setTimeout(next, 16));
            return Boolean({expression});
        }})()"""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    assert await self.value(waiting), f"never held: {expression}"
                except AssertionError as gone:
                    # A navigation ends the old page's evaluation; the new page is asked again.
                    if "destroyed" in str(gone) or "navigated" in str(gone):
                        continue
                    raise
                return

    async def press(self, key: str) -> None:
        """Press and release one key."""
        text = "\r" if key == "Enter" else key if len(key) == 1 else ""
        code = {"Enter": 13, "Escape": 27, "Tab": 9}.get(key, ord(key[0].upper()))
        await self.ask(
            "Input.dispatchKeyEvent", type="keyDown", key=key, text=text, windowsVirtualKeyCode=code
        )
        await self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    async def picture(self) -> bytes:
        """Take a picture of the page, PNG."""
        shot = await self.ask("Page.captureScreenshot", format="png")
        return base64.b64decode(shot["data"])


@asynccontextmanager
async def browser() -> AsyncIterator[Tab]:
    """Run a browser of our own with a fresh profile, and end it."""
    loop = asyncio.get_running_loop()
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # Chromium takes commands on descriptor 3 and answers on 4; the shell lays the pipes there.
        flags = " ".join(FLAGS)
        line = f'exec "$0" {flags} --user-data-dir="$1" 3<&{to_read} 4>&{from_write}'
        process = await asyncio.create_subprocess_exec(
            *("/bin/bash", "-c", line, chromium(), profile),
            pass_fds=(to_read, from_write),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(from_write)
        reader = asyncio.StreamReader(limit=2**26)
        read_pipe = os.fdopen(from_read, "rb")
        read_transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), read_pipe
        )
        write_pipe = os.fdopen(to_write, "wb")
        write_transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, write_pipe
        )
        tab = Tab(reader, asyncio.StreamWriter(write_transport, protocol, None, loop))
        listening = asyncio.create_task(tab.listen())
        try:
            await tab.attach()
            yield tab
        finally:
            write_transport.close()
            async with asyncio.timeout(PATIENCE_S):
                await process.wait()
            await listening
            read_transport.close()
