"""The page of a report in a browser: quiet, alone, and readable on a telephone."""

import pytest
from reports import evaluation, refused

from bratsfuse.report import render_page

LONG = "Unbreakable" * 7 + "<b>&amp;"
HOSTILE = "<script>document.title = 'taken'</script>\"'"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    names = {
        "name": LONG[:80],
        "method": HOSTILE,
        "authors": (HOSTILE, LONG),
        "url": "https://example.org/" + "path" * 60,
        "training_data": LONG,
    }
    made = {
        "whole": evaluation(cases=40, slices=80, missing=2),
        "hostile": evaluation(cases=3, slices=6, submission=names, fusers=(LONG,)),
        "refused": refused(),
    }
    for name, found in made.items():
        (folder / f"{name}.html").write_text(render_page(found), encoding="utf-8")
    return folder


@pytest.fixture(params=["whole", "hostile", "refused"])
def address(pages, request):
    return (pages / f"{request.param}.html").as_uri()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_is_quiet_asks_for_nothing_and_fits(browser, address, width):
    with browser.open(address, width=width) as page:
        assert page.console == []
        assert [url for url in page.requests if not url.startswith("data:")] == [
            address
        ]
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_dark_scheme_is_dark_in_page_and_figures(browser, pages):
    seen = {}
    address = (pages / "whole.html").as_uri()
    for dark in (False, True):
        with browser.open(address, dark=dark) as page:
            seen[dark] = (
                page.evaluate("getComputedStyle(document.body).backgroundColor"),
                page.evaluate(
                    "getComputedStyle(document.querySelector('.drawing text')).fill"
                ),
            )
    assert seen[False][0] == "rgb(253, 253, 251)"
    assert seen[True][0] == "rgb(21, 23, 26)"
    assert seen[False][1] != seen[True][1]


def test_every_figure_has_a_name_that_is_spoken(browser, pages):
    with browser.open((pages / "whole.html").as_uri()) as page:
        page.call("Accessibility.enable")
        nodes = page.call("Accessibility.getFullAXTree")["nodes"]
        images = [
            node
            for node in nodes
            if node.get("role", {}).get("value") in {"img", "image"}
            and not node["ignored"]
        ]
        drawn = page.evaluate("document.querySelectorAll('svg').length")
        assert len(images) >= drawn >= 10
        assert all(node["name"]["value"].strip() for node in images)
        assert len(page.texts("figcaption")) == page.evaluate(
            "document.querySelectorAll('figure').length"
        )


def test_hostile_texts_are_shown_as_they_are_written(browser, pages):
    with browser.open((pages / "hostile.html").as_uri()) as page:
        assert page.text(".lede") == HOSTILE
        assert page.text("h1") == LONG[:80]
        assert page.evaluate("document.title").startswith(LONG[:80])
        assert page.evaluate("document.querySelectorAll('script').length") == 0


@pytest.mark.slow
def test_tables_fit_a_laptop_and_columns_can_be_chosen(browser, pages):
    hidden = "getComputedStyle(document.querySelector('th.c-t')).display"
    with browser.open((pages / "whole.html").as_uri(), width=1280) as page:
        assert page.evaluate(
            "[...document.querySelectorAll('.scroll')]"
            ".every(box => box.scrollWidth <= box.clientWidth)"
        )
        assert page.evaluate(hidden) == "none"
        page.click(".chooser summary")
        page.click('[data-column="c-t"]')
        assert page.evaluate(hidden) == "table-cell"
        page.press("Space")
        assert page.evaluate(hidden) == "none"


@pytest.mark.slow
def test_a_dot_says_its_case(browser, pages):
    with browser.open((pages / "whole.html").as_uri()) as page:
        told = page.evaluate(
            "[...document.querySelectorAll('use > title')].map(t => t.textContent)"
        )
        assert len(told) > 200
        assert all(one.startswith("BraTS2021_") for one in told)


def test_a_wide_table_scrolls_in_its_own_box(browser, pages):
    with browser.open((pages / "whole.html").as_uri(), width=390) as page:
        wide = page.evaluate(
            "[...document.querySelectorAll('.scroll')]"
            ".some(box => box.scrollWidth > box.clientWidth + 1)"
        )
        assert wide
        assert page.evaluate(
            "[...document.querySelectorAll('.scroll')]"
            ".every(box => box.tabIndex === 0 && box.ariaLabel)"
        )
