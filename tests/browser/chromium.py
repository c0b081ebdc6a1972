"""A browser under test: Debian's ``chromium`` without a window, told what to do.

Commands and events of the DevTools protocol go through two pipes as JSON with a NUL
after each message, so that no port is opened and nothing has to be installed.

>>> with Browser() as browser:
...     page = browser.open(path.as_uri(), width=390)
...     page.press("Tab")
...     page.text("h1")
"""

import base64
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

# Name of a key -> code, virtual key code, the text that it types.
_KEYS = {
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Escape": ("Escape", 27, ""),
    "Space": ("Space", 32, " "),
    "PageUp": ("PageUp", 33, ""),
    "PageDown": ("PageDown", 34, ""),
    "End": ("End", 35, ""),
    "Home": ("Home", 36, ""),
    "ArrowLeft": ("ArrowLeft", 37, ""),
    "ArrowUp": ("ArrowUp", 38, ""),
    "ArrowRight": ("ArrowRight", 39, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
    "Backspace": ("Backspace", 8, ""),
    "Delete": ("Delete", 46, ""),
}
_MODIFIERS = {"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}


class BrowserError(RuntimeError):
    """The browser refused a command, died, or did not answer in time."""


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
    ) -> "Page":
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

    def forget(self, page: "Page") -> None:
        """Close a page and its profile."""
        if self._pages.pop(page.session, None):
            self.call("Target.disposeBrowserContext", browserContextId=page.context)


class Page:
    """A page as its reader meets it.

    Attributes
    ----------
    console
        Everything said on the console: messages, uncaught errors, failed requests.
    requests
        The URL of everything the page asked for, itself included.
    """

    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self.browser, self.session, self.context = browser, session, context
        self.console: list[str] = []
        self.requests: list[str] = []
        self._loads = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the page."""
        self.browser.forget(self)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return what a command to this page answers."""
        return self.browser.call(method, session=self.session, **parameters)

    def take(self, event: str, values: dict[str, Any]) -> None:
        """Note an event."""
        if event == "Page.loadEventFired":
            self._loads += 1
        elif event == "Network.requestWillBeSent":
            self.requests.append(values["request"]["url"])
        elif event == "Network.loadingFailed":
            self.console.append(f"failed request: {values['errorText']}")
        elif event == "Log.entryAdded":
            entry = values["entry"]
            self.console.append(
                f"{entry['level']}: {entry['text']} {entry.get('url', '')}"
            )
        elif event == "Runtime.exceptionThrown":
            details = values["exceptionDetails"]
            told = details.get("exception", {}).get("description", details["text"])
            self.console.append(f"uncaught: {told}")
        elif event == "Runtime.consoleAPICalled":
            told = [str(a.get("value", a.get("description"))) for a in values["args"]]
            self.console.append(f"{values['type']}: {' '.join(told)}")

    def visit(self, url: str) -> None:
        """Load another page, or the same again."""
        before = self._loads
        answer = self.call("Page.navigate", url=url)
        if "errorText" in answer:
            raise BrowserError(f"{url}: {answer['errorText']}")
        self.await_load(before)

    def await_load(self, before: int) -> None:
        """Wait until more pages have loaded than before."""
        self.browser.wait(lambda: self._loads > before, "loading")

    def follow(self, selector: str) -> None:
        """Click a link and wait for the page behind it."""
        before = self._loads
        self.click(selector)
        self.await_load(before)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, *, dark: bool = False, media: str | None = None) -> None:
        """Set the reader's colour scheme and medium."""
        scheme = {
            "name": "prefers-color-scheme",
            "value": "dark" if dark else "light",
        }
        self.call("Emulation.setEmulatedMedia", media=media or "", features=[scheme])

    def evaluate(self, script: str) -> Any:
        """Return the value of a JavaScript expression, as JSON has it."""
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            told = details.get("exception", {}).get("description", details["text"])
            raise BrowserError(f"{script}: {told}")
        return answer["result"].get("value")

    def text(self, selector: str) -> str:
        """Return the text of an element as it is shown."""
        return self.evaluate(f"{_element(selector)}.innerText")

    def texts(self, selector: str) -> list[str]:
        """Return the texts of all shown elements that a selector matches."""
        return self.evaluate(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".filter(e => e.checkVisibility()).map(e => e.innerText.trim())"
        )

    def click(self, selector: str) -> None:
        """Click into the middle of an element."""
        x, y = self.evaluate(
            f"(e => {{ e.scrollIntoView({{block: 'center', behavior: 'instant'}}); "
            "const r = e.getClientRects()[0]; "
            f"return [r.x + r.width / 2, r.y + r.height / 2] }})({_element(selector)})"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="left",
                clickCount=1,
            )

    def press(self, key: str) -> None:
        """Press and release a key: ``Tab``, ``Shift+Tab``, ``Enter``, ``a``."""
        *held, name = key.split("+") if len(key) > 1 else [key]
        code, number, text = _KEYS.get(name, ("", 0, name))
        event = {
            "key": " " if name == "Space" else name,
            "code": code,
            "windowsVirtualKeyCode": number,
            "modifiers": sum(_MODIFIERS[modifier] for modifier in held),
        }
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self.call("Input.dispatchKeyEvent", **down, **event)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text: str) -> None:
        """Type a text, key by key."""
        for character in text:
            self.press(character)

    def screenshot(self, path: Path, *, full: bool = True) -> None:
        """Write what is seen as PNG: the whole page, or what the window shows."""
        clip = {}
        if full:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"clip": {**size, "scale": 1}, "captureBeyondViewport": True}
        answer = self.call("Page.captureScreenshot", format="png", **clip)
        Path(path).write_bytes(base64.b64decode(answer["data"]))


def _element(selector: str) -> str:
    """Return an expression for the first match of a selector, an error without one."""
    name = json.dumps(selector)
    return (
        f"(document.querySelector({name}) ?? "
        f"(() => {{ throw Error('no element matches ' + {name}) }})())"
    )
