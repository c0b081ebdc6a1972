"""The figures of a report: for few cases and many, and what they say."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from reports import evaluation

from bratsfuse.pages.outlines import filled, outline
from bratsfuse.report.drawing import sheet
from bratsfuse.report.drawing.slices import strips
from bratsfuse.report.drawn import Volumes
from bratsfuse.report.figures import draw, figure_files
from bratsfuse.report.figures.agreement import areas_cm2, limits_of_agreement

SHAPES = {
    "one case": {"cases": 1, "slices": 2},
    "four cases": {"cases": 4, "slices": 12},
    "many": {"cases": 300, "slices": 300},
    "perfect": {"cases": 12, "slices": 24, "gold": True},
    "undefined": {"cases": 6, "slices": 12, "undefined": True},
    "missing": {"cases": 6, "slices": 12, "missing": 2},
    "fusion only": {"cases": 4, "slices": 8, "tracks": ("fusion",)},
    "no fusers": {"cases": 4, "slices": 8, "fusers": ()},
    "hidden": {"cases": 4, "slices": 8, "labels": "key"},
}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module", params=SHAPES.values(), ids=SHAPES.keys())
def plates(request):
    return draw(evaluation(**request.param))


def drawings(plates):
    return [drawing for plate in plates for drawing in plate.drawings]


def test_every_drawing_is_a_picture_with_a_name_and_a_description(plates):
    assert plates
    for drawing in drawings(plates):
        root = ET.fromstring(drawing.svg)  # noqa: S314  (drawn above)
        assert root.get("role") == "img"
        named = {node.get("id"): node.text for node in root if node.get("id")}
        title, description = root.get("aria-labelledby").split()
        assert named[title]
        assert named[description]
        assert root.find(f"{SVG}style") is None  # it would reach beyond the drawing


def test_drawings_share_a_page_without_sharing_ids(plates):
    ids = [
        id_
        for drawing in drawings(plates)
        for id_ in re.findall(r'\bid="([^"]+)"', drawing.svg)
    ]
    assert len(ids) == len(set(ids))
    for drawing in drawings(plates):
        for target in re.findall(r'(?:href="#|url\(#)([^")]+)', drawing.svg):
            assert f'id="{target}"' in drawing.svg


def test_colours_and_fonts_are_those_of_the_page(plates):
    for drawing in drawings(plates):
        assert "#0102" not in drawing.svg
        assert "DejaVu" not in drawing.svg
        assert "var(--" in drawing.svg
        assert "nan" not in re.sub(r"[a-z]*nan[a-z]+|[a-z]+nan", "", drawing.svg)


def test_a_file_of_its_own_defines_every_colour_that_it_uses(plates):
    for svg in figure_files(plates).values():
        used = set(re.findall(r"var\((--[a-z0-9-]+)", svg))
        assert used <= set(re.findall(r"(--[a-z0-9-]+):", svg))
        ET.fromstring(svg)  # noqa: S314  (drawn above)


def test_a_figure_is_there_only_with_something_to_show():
    both = [plate.title for plate in draw(evaluation(cases=4, slices=8))]
    assert both == [
        "Every case, by region",
        "How sure the means are",
        "Case by case",
        "Agreement of areas",
        "Fusion profile",
    ]
    alone = evaluation(cases=4, slices=8, tracks=("fusion",))
    assert [plate.title for plate in draw(alone)] == ["Fusion profile"]


def test_every_case_is_a_dot_and_its_status_shows():
    found = evaluation(cases=20, slices=20, missing=1, tracks=("segmentation",))
    svg = next(d.svg for d in drawings(draw(found)) if d.name == "dots-dice")
    # Three regions of 20 cases: one mark each, and a diamond for each mean.
    assert svg.count("<use ") >= 60
    told = svg[: svg.index("</desc>")]
    assert "WT: 20 values" in told


def test_many_cases_show_the_worst_with_numbers():
    found = evaluation(cases=60, slices=60, tracks=("segmentation",))
    named = {drawing.name: drawing.svg for drawing in drawings(draw(found))}
    dice = found.per_case.values[:, [0, 18, 36]].mean(axis=1)
    worst, best = np.argmin(dice), np.argmax(dice)
    assert found.per_case.ids[worst] in named["cases-numbers"]
    assert found.per_case.ids[best] not in named["cases-numbers"]
    assert found.per_case.ids[worst] in named["cases-overview"]


def test_metrics_are_named_as_plain_text():
    svgs = [d.svg for d in drawings(draw(evaluation(cases=4, slices=8)))]
    assert any("Qabf" in svg for svg in svgs)
    assert not any("^" in svg for svg in svgs)


def test_captions_say_what_a_cross_and_a_hollow_mark_are():
    captions = {p.title: p.caption for p in draw(evaluation(cases=4, slices=8))}
    for title in ("Every case, by region", "Case by case"):
        assert "some or all slices were not submitted" in captions[title]
    assert "the release was built with" in captions["Fusion profile"]


def test_settings_of_the_user_change_no_drawing():
    import matplotlib

    found = evaluation(cases=3, slices=3)
    before = draw(found)
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "path"}):
        assert draw(found) == before
        assert matplotlib.rcParams["font.size"] == 30


def test_areas_are_pixels_times_their_size():
    pixels = np.array([[100], [0]])
    volumes = Volumes(
        cases=("a", "b"),
        regions=("WT",),
        reference=pixels,
        prediction=pixels * 2,
        pixel_mm2=(1.0, 4.0),
    )
    assert areas_cm2(volumes, 0).tolist() == [[1.0, 2.0], [0.0, 0.0]]


def test_limits_of_agreement_are_those_of_bland_and_altman():
    bias, low, high = limits_of_agreement(np.array([-10.0, 0.0, 10.0, 20.0]))
    assert bias == 5
    # The standard deviation with n - 1: sqrt(500 / 3).
    assert high - bias == pytest.approx(1.96 * (500 / 3) ** 0.5)
    assert bias - low == pytest.approx(high - bias)
    assert limits_of_agreement(np.array([1.0, 3.0])) == (2.0,)
    assert limits_of_agreement(np.array([])) == ()


def test_the_limits_of_agreement_lie_inside_the_drawing():
    found = evaluation(cases=4, slices=12, tracks=("segmentation",))
    svgs = [d.svg for d in drawings(draw(found)) if d.name.startswith("agreement")]
    assert len(svgs) == 3
    for svg in svgs:
        dashed = re.findall(r'd="M (\S+) (\S+) \nL (\S+) (\S+) \n"[^>]*dasharray', svg)
        heights = [float(line[1]) for line in dashed]
        assert len(heights) == 2
        assert all(44 < height < 290 - 42 for height in heights)


def test_an_outline_follows_the_edges_of_the_pixels():
    ring = np.ones((3, 3), bool)
    ring[1, 1] = False
    lines = re.findall(r"M(\d) (\d)([hv])(\d)", outline(ring))
    assert sum(int(length) for *_, length in lines) == 12 + 4
    assert filled(ring) == "M0 0h3v1h-3zM0 1h1v1h-1zM2 1h1v1h-1zM0 2h3v1h-3z"
    assert outline(np.zeros((2, 2), bool)) == filled(np.zeros((2, 2), bool)) == ""


def test_differences_are_what_only_one_mask_holds():
    found = evaluation(cases=4, slices=8, tracks=("segmentation",))
    worst = strips(found)[0]
    kinds = {layer.kind: layer.path for layer in worst.panels[-1].layers}
    missed = (worst.picture.reference > 0) & (worst.picture.prediction == 0)
    assert kinds["false-negative"] == filled(missed)
    assert [panel.title for panel in worst.panels] == [
        "original",
        "reference",
        "prediction",
        "differences",
    ]
    assert [panel.png is None for panel in worst.panels] == [False, True, True, True]


def test_perfect_masks_have_no_differences():
    for strip in strips(evaluation(cases=4, slices=8, gold=True)):
        assert strip.picture.track == "fusion" or not strip.panels[-1].layers


def test_a_region_without_a_colour_is_drawn_faint():
    assert sheet.region_colour("RC") == sheet.FAINT


def test_intervals_are_written_beside_their_rows():
    """Who listens hears them in the description; who looks must find them too."""
    found = 0
    for drawing in drawings(draw(evaluation(cases=4, slices=12))):
        root = ET.fromstring(drawing.svg)  # noqa: S314  (our own)
        spoken = re.search(r"-?[\d.]+ \[[^]]+\]", root.find(f"{SVG}desc").text)
        if spoken:
            written = [
                text for one in root.iter(f"{SVG}text") for text in one.itertext()
            ]
            assert spoken.group() in "".join(written)
            found += 1
    assert found
