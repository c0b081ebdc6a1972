"""A page in the browser under test: what a reader sees of it and does to it."""

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from chromium import Browser

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


class Page:
    """A page as its reader meets it.

    Attributes
    ----------
    console
        Everything said on the console: messages, uncaught errors, failed requests.
    requests
        The URL of everything the page asked for, itself included.
    """

    def __init__(self, browser: "Browser", session: str, context: str) -> None:
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
