"""The page of all slices in a browser: a slider that loads one slice at a time."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bratsfuse.pages.viewer import Crop, Crops, Group, Numbers, Shown, render_viewer

IDS = [f"case_{n // 2}_z{60 + n:03d}" for n in range(6)]
NAMES = {"t1ce": 90, "flair": 40, "fused": 60, "fusion_average": 65}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slices")
    for number, slice_id in enumerate(IDS):
        place = folder / slice_id
        place.mkdir()
        for name, grey in NAMES.items():
            image = np.full((60, 50), grey + number, np.uint8)
            Image.fromarray(image).save(place / f"{name}.png")
        (place / "reference.svg").write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 50 60">'
            '<path d="M9 9h9" stroke="#56b4e9"/></svg>'
        )
    roles = ["source", "source", "fused", "product"]
    crops = Crops(
        images=tuple(
            Shown(name=name, title=name.removeprefix("fusion_"), role=role)
            for name, role in zip(NAMES, roles, strict=True)
        ),
        outlines=("reference",),
        slices=tuple(
            Crop(
                slice_id=one,
                case=one[:6],
                box=(0, 0, 50, 60),
                lesion=None if one == IDS[5] else (5, 5, 40, 40),
                lacks=("fused",) if one == IDS[4] else (),
            )
            for one in IDS
        ),
    )
    text = render_viewer(
        crops,
        title="<b>Ridge</b>",
        kicker="Slices",
        lede="Six slices.",
        groups=[Group(title="case", values=[one[:6] for one in IDS])],
        numbers=[
            Numbers(title="VIF", values=[5, 3, None, 1, 2, 4], higher_is_better=True),
            Numbers(title="area", values=[1, 2, 3, 4, 5, 6], unit="px", limits=True),
        ],
        synthetic=True,
        version="1",
    )
    (folder / "index.html").write_text(text)
    return (folder / "index.html").as_uri()


def loaded(page):
    return {Path(url).parent.name for url in page.requests if url.endswith(".png")}


def shown(page):
    return page.text("#which").split(" ")[0]


@pytest.mark.slow
def test_the_slider_loads_one_slice_at_a_time(browser, address):
    with browser.open(address) as page:
        assert shown(page) == IDS[0]
        assert loaded(page) == {IDS[0]}
        page.click("#next")
        assert shown(page) == IDS[1]
        page.evaluate("document.querySelector('#slider').focus()")
        page.press("ArrowRight")
        assert shown(page) == IDS[2]
        page.press("End")
        assert shown(page) == IDS[5]
        assert IDS[3] not in loaded(page)
        assert page.console == []
        assert IDS[5] in page.evaluate(
            "document.querySelector('#slider').getAttribute('aria-valuetext')"
        )


@pytest.mark.slow
def test_slices_are_chosen_and_put_in_order(browser, address):
    choose = (
        "(e => { e.value = %s; e.dispatchEvent(new Event('input', {bubbles: true})) })"
        "(document.querySelector(%s))"
    )

    def pick(page, selector, value):
        page.evaluate(choose % (json.dumps(value), json.dumps(selector)))

    with browser.open(address) as page:
        pick(page, "[data-group]", "case_1")
        assert shown(page) == IDS[2]
        assert page.text("#count") == "1 of 2"
        pick(page, "[data-group]", "")
        pick(page, "#order", "0 1")
        pick(page, "#slider", "0")
        assert shown(page) == IDS[3]  # the worst VIF
        page.press("Tab")
        pick(page, "#slider", "5")
        assert shown(page) == IDS[2]  # without a value: last
        pick(page, "[data-least]", "6")
        assert shown(page) == IDS[5]
        assert page.evaluate("!document.querySelector('[data-without]').hidden")
        pick(page, "[data-least]", "7")
        assert page.texts("#none") == ["No slice is like that. Choose less."]


@pytest.mark.slow
def test_differences_are_those_of_the_pixels(browser, address, tmp_path):
    with browser.open(address) as page:
        page.evaluate(
            "(async () => { await Promise.all([...document.images]"
            ".map(i => i.decode().catch(() => null))) })()"
        )
        selector = "[data-view=difference] figure:first-child .stack"
        box = page.evaluate(
            f"(r => [r.x + scrollX, r.y + scrollY, r.width, r.height])"
            f"(document.querySelector('{selector}').getBoundingClientRect())"
        )
        page.screenshot(tmp_path / "page.png")
    x, y, wide, tall = map(int, box)
    drawn = np.asarray(Image.open(tmp_path / "page.png").convert("L"))
    middle = drawn[y + tall // 2, x + wide // 2]
    assert middle == 2 * (90 - 60)  # |fused - t1ce|, shown twice as bright


@pytest.mark.slow
@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_fits_and_is_spoken(browser, address, width, dark):
    with browser.open(f"{address}#{IDS[4]}", width=width, dark=dark) as page:
        assert shown(page) == IDS[4]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert "fused" not in page.texts("[data-view=whole] figcaption")
        page.call("Accessibility.enable")
        nodes = page.call("Accessibility.getFullAXTree")["nodes"]
        controls = {"slider", "combobox", "button", "checkbox", "spinbutton"}
        named = [
            node["name"]["value"].strip()
            for node in nodes
            if node.get("role", {}).get("value") in controls and not node["ignored"]
        ]
        assert len(named) >= 9
        assert all(named)


@pytest.mark.slow
def test_print_shows_the_slice_without_controls(browser, address):
    with browser.open(address, media="print", width=720) as page:
        assert page.texts(".controls") == []
        assert len(page.texts("[data-view=whole] figcaption")) == len(NAMES)
