"""Two entries in a browser: loaded when chosen, and the numbers of Python."""

import boards
import numpy as np
import pytest

from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.render import render
from bratsfuse.pages.numbers import interval, signed
from bratsfuse.results import Measure
from bratsfuse.statistics.intervals import mean_interval

QUALITY = {"Alpha": 0.9, "Beta": 0.88, "Gamma": 0.5}
DICE = Measure("segmentation", "WT", "dice")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared")
    for name, quality in QUALITY.items():
        admit(boards.write_scored(folder / name, name, quality), folder / "board")
    render(folder / "board", folder / "site")
    return folder / "site"


def scripts(page):
    return {url.rsplit("/", 1)[1] for url in page.requests if url.endswith(".js")}


def opened(browser, site, **options):
    address = (site / "compare.html").as_uri() + "#segmentation/alpha/beta/0"
    page = browser.open(address, **options)
    page.evaluate("Promise.all([load('alpha'), load('beta')]).then(() => null)")
    return page


def test_two_entries_are_loaded_and_give_pythons_interval(browser, site):
    values = [boards.table_of(name, QUALITY[name]) for name in ("Alpha", "Beta")]
    less = values[0].column(DICE) - values[1].column(DICE)
    found = mean_interval(less, list(values[0].patients))
    with opened(browser, site) as page:
        told = page.text(".verdict")
        assert scripts(page) == {"alpha.js", "beta.js"}
        assert page.console == []
    assert signed(found.mean) in told
    assert interval(found.t_low, found.t_high) in told
    assert f"Alpha is better in {int(np.sum(less > 0))}" in told


@pytest.mark.slow
def test_another_choice_loads_another_script(browser, site):
    with opened(browser, site) as page:
        page.evaluate("document.querySelector('#second').focus()")
        page.press("ArrowDown")
        page.evaluate("load('gamma').then(() => null)")
        assert "gamma.js" in scripts(page)
        assert "Gamma" in page.text(".verdict")
        before = page.text(".verdict")
        page.click("#swap")
        page.evaluate("new Promise(done => setTimeout(done, 50))")
        assert page.text(".verdict") != before
        assert page.text("#first-wins") == "Where Gamma wins most"
        assert page.evaluate("location.hash").startswith("#segmentation/gamma/alpha/")


@pytest.mark.slow
def test_bars_say_their_case(browser, site):
    with opened(browser, site) as page:
        titles = page.evaluate(
            "[...document.querySelectorAll('.bars title')].map(t => t.textContent)"
        )
        assert len(titles) == 12
        assert all(title.startswith("case_") for title in titles)
        spoken = page.evaluate("document.querySelector('.bars').ariaLabel")
        assert "of 12 cases" in spoken


@pytest.mark.slow
@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_fits_and_its_choices_have_names(browser, site, width, dark):
    with opened(browser, site, width=width, dark=dark) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.call("Accessibility.enable")
        nodes = page.call("Accessibility.getFullAXTree")["nodes"]
        names = [
            node["name"]["value"]
            for node in nodes
            if node.get("role", {}).get("value") in {"combobox", "button"}
            and not node["ignored"]
        ]
        assert len(names) == 5
        assert all(names)


@pytest.mark.slow
def test_print_has_the_result_without_choices(browser, site):
    with opened(browser, site, media="print", width=720) as page:
        assert page.texts(".controls") == []
        assert page.texts(".verdict")


@pytest.mark.slow
def test_columns_of_a_board_fit_and_can_be_chosen(browser, site):
    with browser.open((site / "index.html").as_uri(), width=1280) as page:
        assert page.evaluate(
            "[...document.querySelectorAll('.standings .scroll')]"
            ".every(box => box.scrollWidth <= box.clientWidth)"
        )
        hidden = (
            "getComputedStyle(document.querySelector("
            "'#fusion ~ .standings th.m13')).display"
        )
        assert page.evaluate(hidden) == "none"
        page.click("#fusion ~ .standings summary")
        page.click("#fusion ~ .standings [data-column=m13]")
        assert page.evaluate(hidden) == "table-cell"
