"""The documentation site as its reader meets it: searched, dark, on a telephone."""

import functools
import http.server
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pytest.importorskip("mkdocs", reason="make docs installs it")
pytestmark = pytest.mark.slow  # builds all pages

ROOT = Path(__file__).parents[2]


FOUND = """new Promise(done => {
  const look = setInterval(() => {
    if (document.querySelectorAll(".md-search-result__item").length) {
      clearInterval(look);
      done(true);
    }
  }, 100);
})"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing of it."""

    def log_message(self, *_):
        """Leave it out."""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The site, built and served from this computer."""
    folder = tmp_path_factory.mktemp("documentation") / "site"
    build = [sys.executable, "-m", "mkdocs", "build", "-q", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_search_finds_a_metric_and_asks_nobody_else(browser, address):
    with browser.open(f"{address}/index.html?q=hd95") as page:
        assert page.evaluate(FOUND)
        assert all(url.startswith((address, "data:", "blob:")) for url in page.requests)


def test_formulas_are_drawn_and_nothing_is_wider_than_a_telephone(browser, address):
    narrow = {"width": 400, "height": 900, "dark": True}
    with browser.open(f"{address}/metrics.html", **narrow) as page:
        assert page.evaluate("document.querySelectorAll('math').length") > 40
        heights = "[...document.querySelectorAll('math')].map(m => m.clientHeight)"
        assert min(page.evaluate(f"{heights}.filter(h => h)")) > 5
        wide = "document.documentElement.scrollWidth"
        assert page.evaluate(wide) <= 400
        colour = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(colour) != "rgb(255, 255, 255)"
