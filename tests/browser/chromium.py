"""A browser under test: Debian's ``chromium`` without a window, told what to do.

Commands and events of the DevTools protocol go through two pipes as JSON with a NUL
after each message, so that no port is opened and nothing has to be installed.

>>> with Browser() as browser:
...     page = browser.open(path.as_uri(), width=390)
...     page.press("Tab")
...     page.text("h1")
"""

import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from chromium_page import BrowserError, Page

EXECUTABLE = shutil.which("chromium")

TIMEOUT_S = 60.0
"""For any single answer; a busy machine starts a browser slowly."""

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-breakpad",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-first-run",
    "--no-default-browser-check",
    "--remote-debugging-pipe",
)


class Browser:
    """A browser of its own, with a fresh profile, killed at the end of its context."""

    def __enter__(self) -> Self:
        if EXECUTABLE is None:
            raise BrowserError("no chromium on the PATH")
        self._folder = tempfile.TemporaryDirectory(
            prefix="chromium-", ignore_cleanup_errors=True
        )
        self._answers: dict[int, dict[str, Any]] = {}
        self._pages: dict[str, Page] = {}
        self._last = 0
        self._buffer = bytearray()
        try:
            self._start(EXECUTABLE)
            self.call("Browser.getVersion")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self, executable: str) -> None:
        """Start the browser with its ends of the pipes as files 3 and 4."""
        theirs_in, self._write = os.pipe()
        self._read, theirs_out = os.pipe()
        # Above 9, so that moving one to 3 or 4 cannot overwrite the other.
        moved = [
            fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10)
            for end in (theirs_in, theirs_out)
        ]
        log = Path(self._folder.name, "stderr.txt")
        self._process: int | None = os.posix_spawn(
            executable,
            [executable, *_FLAGS, f"--user-data-dir={self._folder.name}/profile"],
            {**os.environ, "HOME": self._folder.name},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
                (os.POSIX_SPAWN_DUP2, moved[0], 3),
                (os.POSIX_SPAWN_DUP2, moved[1], 4),
            ],
            setpgroup=0,
        )
        for end in (theirs_in, theirs_out, *moved):
            os.close(end)

    def __exit__(self, *exception: object) -> None:
        process = getattr(self, "_process", None)
        if process is not None:
            os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
            self._process = None
            os.close(self._write)
            os.close(self._read)
        self._folder.cleanup()

    def open(
        self,
        url: str,
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
        media: str | None = None,
        javascript: bool = True,
    ) -> Page:
        """Return a page that has loaded, alone in a profile of its own.

        Parameters
        ----------
        url
            A file's URL: ``path.as_uri()``.
        width, height
            Of the window, in CSS pixels.
        dark
            Whether the reader prefers a dark scheme.
        media
            ``"print"``, or None for the screen.
        javascript
            Whether the page's scripts run.
        """
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call(
            "Target.createTarget", url="about:blank", browserContextId=context
        )["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)
        page = Page(self, session["sessionId"], context)
        self._pages[page.session] = page
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.resize(width, height)
        page.prefer(dark=dark, media=media)
        page.call("Emulation.setScriptExecutionDisabled", value=not javascript)
        page.visit(url)
        return page

    def call(
        self, method: str, *, session: str | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """Return what a command of the DevTools protocol answers."""
        self._last += 1
        number = self._last
        message = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        content = json.dumps(message).encode() + b"\0"
        while content:
            content = content[os.write(self._write, content) :]
        self.wait(lambda: number in self._answers, method)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']}")
        return answer["result"]

    def wait(self, done: Any, what: str, timeout_s: float = TIMEOUT_S) -> None:
        """Take in messages until a condition holds."""
        end = time.monotonic() + timeout_s
        while not done():
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._read], [], [], left)[0]:
                raise BrowserError(f"{what}: no answer within {timeout_s:g} s")
            chunk = os.read(self._read, 1 << 20)
            if not chunk:
                log = Path(self._folder.name, "stderr.txt").read_text(errors="replace")
                raise BrowserError(f"{what}: the browser died\n{log[-2000:]}")
            self._buffer += chunk
            *messages, rest = self._buffer.split(b"\0")
            self._buffer = bytearray(rest)
            for message in messages:
                self._take(json.loads(message))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
        elif page := self._pages.get(message.get("sessionId", "")):
            page.take(message["method"], message["params"])

    def forget(self, page: Page) -> None:
        """Close a page and its profile."""
        if self._pages.pop(page.session, None):
            self.call("Target.disposeBrowserContext", browserContextId=page.context)
