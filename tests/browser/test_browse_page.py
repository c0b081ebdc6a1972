"""The page of a release in a browser: its filters, its images, its masks."""

import csv
import json

import pytest
from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.release import read_manifest


@pytest.fixture(scope="module")
def address(built_toy_release, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browse") / "look"
    done = CliRunner().invoke(
        main, ["browse", str(built_toy_release), "-o", str(folder)]
    )
    assert done.exit_code == 0, done.output
    return (folder / "index.html").as_uri()


@pytest.fixture(scope="module")
def known(built_toy_release):
    """Split -> identifier of a slice -> its case, its grade, and its tumour area."""
    found = {}
    with (built_toy_release / "index.csv").open() as file:
        for row in csv.DictReader(file):
            area = sum(int(row[f"area_{label}"]) for label in ("ncr", "ed", "et"))
            of_split = found.setdefault(row["split"], {})
            of_split[row["slice_id"]] = (row["case_id"], row["grade"], area)
    return found


def pick(page, selector, value):
    page.evaluate(
        f"(e => {{ e.value = {json.dumps(value)}; "
        "e.dispatchEvent(new Event('input', {bubbles: true})) })"
        f"(document.querySelector({json.dumps(selector)}))"
    )


def control(page, title):
    """Return the selector of the choice with this title."""
    place = page.texts("label:has([data-group]) > span").index(title)
    return f"[data-group='{place}']"


def shown(page):
    return page.text("#which").split(" ")[0]


def walk(page, count):
    """Return the slices that the page shows, one after another."""
    seen = [shown(page)]
    for _ in range(count - 1):
        page.click("#next")
        seen.append(shown(page))
    return seen


def test_slices_are_filtered_by_split_case_and_area(browser, address, known):
    test = known["test"]
    with browser.open(address) as page:
        pick(page, control(page, "Split"), "test")
        assert set(walk(page, len(test))) == set(test)
        case, _, _ = next(iter(test.values()))
        pick(page, control(page, "Case"), case)
        own = {one for one, about in test.items() if about[0] == case}
        assert page.text("#count").endswith(f" of {len(own)}")
        pick(page, control(page, "Case"), "")
        pick(page, control(page, "Split"), "")
        areas = [about[2] for split in known.values() for about in split.values()]
        pick(page, "[data-least]", str(max(areas)))
        assert page.text("#count").endswith(f" of {areas.count(max(areas))}")
        assert page.console == []


def test_only_what_differs_can_be_chosen(browser, address, known):
    grades = {about[1] for split in known.values() for about in split.values()}
    assert len(grades) == 1
    with browser.open(address) as page:
        choices = page.texts("label:has([data-group]) > span")
        assert choices == ["Split", "Case"]


def test_all_modalities_the_products_and_the_mask_are_shown(
    browser, address, built_toy_release
):
    products = read_manifest(built_toy_release).products
    with browser.open(address) as page:
        page.evaluate(
            "(async () => { await Promise.all([...document.images]"
            ".map(i => i.decode().catch(() => null))) })()"
        )
        shown = {url.rsplit("/", 1)[1] for url in page.requests}
        assert {f"{name}.png" for name in ("t1", "t1ce", "t2", "flair")} <= shown
        assert {f"fusion_{name}.png" for name in products} <= shown
        assert any(name.endswith(".svg") for name in shown)
        assert page.evaluate(
            "[...document.images].filter(i => i.offsetParent !== null)"
            ".every(i => i.naturalWidth > 0)"
        )


@pytest.mark.slow
@pytest.mark.parametrize("width", [400, 1280])
def test_the_page_fits(browser, address, width):
    with browser.open(address, width=width, dark=width == 400) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
