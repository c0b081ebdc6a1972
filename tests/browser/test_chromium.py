"""The driver itself: a test that trusts it must be able to fail."""

import pytest
from chromium_page import BrowserError

PAGE = """<!doctype html><meta charset="utf-8"><title>t</title>
<style>:root { color-scheme: light dark } @media print { p { display: none } }</style>
<h1>Ein Fuß</h1><p id="p">seen</p><input id="i"><button id="b">0</button>
<a href="other.html">other</a><noscript>no script</noscript>
<script>
const b = document.querySelector("#b");
b.addEventListener("click", () => { b.textContent = 1 + Number(b.textContent) });
</script>"""


@pytest.fixture
def address(tmp_path):
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "other.html").write_text("<!doctype html><h1>Other</h1>")
    return (tmp_path / "page.html").as_uri()


def test_keys_and_clicks_reach_the_page(browser, address):
    with browser.open(address) as page:
        page.click("#b")
        page.press("Enter")
        page.press("Space")
        assert page.text("#b") == "3"
        page.press("Shift+Tab")
        page.type("a b")
        assert page.evaluate("document.activeElement.value") == "a b"
        page.follow("a")
        assert page.text("h1") == "Other"


def test_what_goes_wrong_is_on_record(browser, address):
    with browser.open(address) as page:
        assert page.console == []
        assert page.requests == [address]
        page.evaluate("console.warn('careful', 7)")
        page.evaluate("setTimeout(() => { throw Error('oops') })")
        page.evaluate("fetch('http://bratsfuse.invalid/x').catch(() => 0)")
        assert any("careful 7" in line for line in page.console)
        assert any("oops" in line for line in page.console)
        assert any("failed request" in line for line in page.console)
        assert "http://bratsfuse.invalid/x" in page.requests
        with pytest.raises(BrowserError, match="no element matches #none"):
            page.text("#none")


def test_scheme_medium_width_and_scripts_are_as_asked(browser, address):
    dark = "matchMedia('(prefers-color-scheme: dark)').matches"
    with browser.open(address, width=390, dark=True, javascript=False) as page:
        assert page.evaluate("innerWidth") == 390
        assert page.evaluate(dark) is True
        assert page.texts("noscript") == ["no script"]
        page.click("#b")
        assert page.text("#b") == "0"
    with browser.open(address, media="print") as page:
        assert page.evaluate(dark) is False
        assert page.texts("p") == []


def test_screenshot_shows_the_whole_page(browser, address, tmp_path):
    from PIL import Image

    with browser.open(address, width=400, height=300) as page:
        page.evaluate("document.body.style.height = '1000px'")
        page.screenshot(tmp_path / "page.png")
    with Image.open(tmp_path / "page.png") as image:
        assert image.width == 400
        assert image.height > 1000
