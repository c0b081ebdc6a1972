"""The shared look, the page and the text of a report: what they say, and safely."""

import re
from dataclasses import replace

import pytest
from reports import evaluation, refused

from bratsfuse.metrics import METRICS
from bratsfuse.pages import environment
from bratsfuse.pages.numbers import digits, interval, number, signed
from bratsfuse.pages.web import web_address
from bratsfuse.report import render_page, to_text
from bratsfuse.report.counts import COUNTS, counts_of, telling
from bratsfuse.report.drawing import sheet
from bratsfuse.report.text import WIDTH

HOSTILE = "<script>alert('x')</script>\"&<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def whole():
    return evaluation(cases=12, slices=40, missing=3)


@pytest.fixture(scope="module")
def page(whole):
    return render_page(whole)


def test_addresses_of_the_web_are_links_and_others_are_text():
    assert web_address("http://example.org") == "http://example.org"
    for text in ("javascript:alert(1)", "data:text/html,x", "//x.org", "https://", ""):
        assert web_address(text) is None
    for text in ("https://a.org/\nx", "https://a b.org", "https://[x"):
        assert web_address(text) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.5, "0.500"),
        (None, "—"),
        (float("nan"), "—"),
        (-1.25, "\N{MINUS SIGN}1.250"),
        (-0.0001, "\N{MINUS SIGN}0.0001"),
        (0.00042, "0.00042"),
        (3.21e-7, "3.2e\N{MINUS SIGN}7"),
        (-2e-16, "0.000"),
        (float("inf"), "∞"),
        (float("-inf"), "\N{MINUS SIGN}∞"),
    ],
)
def test_numbers_are_shown_with_fixed_decimals(value, shown):
    assert number(value) == shown


def test_intervals_and_signs():
    assert interval(0.1, 0.2, 2) == "[0.10, 0.20]"
    assert interval(None, 0.2) == "—"
    assert signed(0.2, 1) == "+0.2"
    assert signed(-0.2, 1) == "\N{MINUS SIGN}0.2"
    assert digits(METRICS["segmentation"]["hd95"]) == 2
    assert digits(METRICS["fusion"]["en"]) == 3


def test_a_page_allows_its_own_script_and_nothing_else():
    frame = '{% extends "base.html" %}{% block title %}t{% endblock %}'
    frame += "{% block body %}b{% endblock %}"
    script = "{% block script %}f(){% endblock %}"
    plain = environment().from_string(frame).render()
    assert "script-src 'none'" in plain
    assert "<script" not in plain
    with_script = environment().from_string(frame + script).render()
    # printf 'f()' | openssl dgst -sha256 -binary | base64
    assert (
        "script-src 'sha256-GcEEE0IkDzIP5EQ6DXZaDPORqT5RTBELX8Fyzyg9yvo='"
        in with_script
    )
    assert "<script>f()</script>" in with_script
    assert "default-src 'none'" in plain


def _luminance(colour):
    """Relative luminance, WCAG 2.2."""
    full = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
    parts = [int(full[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_words_and_marks_stand_out_in_every_scheme(scheme):
    css = environment().get_template("style.css").render()
    schemes = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    colours = [dict(re.findall(r"--([\w-]+): (#\w+)", text)) for text in schemes]
    # The first has them all; the others change some.
    now = colours[0] | colours[scheme]
    for name in ("ink", "faint", "accent", "good", "bad", "warning"):
        assert _contrast(now[name], now["paper"]) >= 4.5
        assert _contrast(now[name], now["raised"]) >= 4.5
    for name in ("good", "bad", "warning"):
        assert _contrast(now[name], now[f"{name}-paper"]) >= 4.5
        assert _contrast(now["ink"], now[f"{name}-paper"]) >= 4.5
    marks = [name for name in now if name in {"wt", "tc", "et"} or "series" in name]
    assert len(marks) == 10
    for name in marks:
        assert _contrast(now[name], now["paper"]) >= 3


def test_drawings_that_stand_alone_have_the_colours_of_the_page():
    css = environment().get_template("style.css").render()
    schemes = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    for which, text in enumerate(schemes[:2], 1):
        colours = dict(re.findall(r"--([\w-]+): (#\w+)", text))
        for entry in sheet.PROPERTIES.values():
            assert colours[entry[0]] == entry[which]


def test_an_unknown_name_in_a_template_is_an_error():
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing }}").render()


def test_titles_of_metrics_are_set_and_escaped():
    shown = environment().from_string("{{ t | metric_title }}")
    assert shown.render(t="Q^AB/F") == "Q<sup>AB/F</sup>"
    assert shown.render(t="Q_S") == "Q<sub>S</sub>"
    assert shown.render(t="a<b") == "a&lt;b"
    assert shown.render(t="<^<") == "&lt;<sup>&lt;</sup>"


def test_whatever_a_stranger_writes_is_escaped():
    names = dict.fromkeys(("name", "method", "url", "training_data"), HOSTILE)
    hostile = evaluation(cases=4, slices=8, submission={**names, "authors": (HOSTILE,)})
    report = replace(hostile.report, command=HOSTILE, versions={HOSTILE: HOSTILE})
    data = replace(report.data, source=HOSTILE, split=HOSTILE)
    page = render_page(replace(hostile, report=replace(report, data=data)))
    assert HOSTILE not in page
    assert not re.search(r"<script|<img", page)
    assert page.count("&lt;script&gt;") >= 8


def test_hostile_ids_and_fusers_do_not_reach_the_figures_unescaped():
    found = evaluation(cases=4, slices=8, fusers=(HOSTILE, "$x$"))
    ids = (HOSTILE, *found.per_case.ids[1:])
    page = render_page(replace(found, per_case=replace(found.per_case, ids=ids)))
    assert not re.search(r"<script|<img", page)


def test_an_address_is_a_link_that_tells_nothing_on(page):
    assert '<a href="https' not in page
    linked = evaluation(cases=1, slices=1, submission={"url": "https://example.org/a"})
    assert (
        '<a href="https://example.org/a" rel="noopener noreferrer nofollow">'
        in render_page(linked)
    )


def test_nothing_is_loaded_from_anywhere(page):
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert address.startswith(("data:", "#"))
    assert "@import" not in page
    assert set(re.findall(r"url\((.)", page)) <= {"#"}


def test_the_page_tells_what_limits_its_numbers(page):
    assert "Synthetic data" in page
    assert "Incomplete, so not ranked" in page
    assert "expected 40 slice sets = submitted 37 + missing 3" in page
    assert "Only 11 patients" in page
    assert "not comparable with 3D HD95" in page
    assert "bratsfuse evaluate --recheck REPORT SUBMISSION" in page


def test_the_page_holds_every_score_stamp_and_choice(page, whole):
    for scores in whole.report.scores.segmentation.values():
        for key, score in scores.items():
            decimals = digits(METRICS["segmentation"][key])
            assert number(score.mean, decimals) in page
            assert interval(score.low, score.high, decimals) in page
    for stamp in ("a1" * 32, "c4" * 32, "5e" * 32, "brats2023-gli", "Seed", "1+2+3"):
        assert stamp in page


def test_the_tables_of_the_page_close_their_accounts(whole, page):
    heads = re.findall(
        r'<th scope="col" class="num c-counts" title="([^"]+)">(\w+)<', page
    )
    assert {name.lower(): meaning for meaning, name in heads} == COUNTS
    assert "Expected = scored + undefined + missing, for each measure" in page
    score = whole.report.scores.segmentation["ET"]["volume_error"]
    counts = "".join(f'<td class="num c-counts">{n}</td>' for n in (12, 10, 1, 1, 0))
    assert counts_of(score) == dict(zip(COUNTS, (12, 10, 1, 1, 0), strict=True))
    assert counts in page


def test_pictures_of_patients_come_with_a_warning():
    real = evaluation(cases=4, slices=8, synthetic=False)
    assert "Do not publish" in render_page(real)
    assert "Do not publish" not in render_page(evaluation(cases=4, slices=8))


def test_hidden_masks_give_no_pictures():
    page = render_page(evaluation(cases=4, slices=8, labels="key"))
    assert "which would leak the masks" in page
    assert "data:image/png" not in page


@pytest.mark.parametrize("track", ["fusion", "segmentation"])
def test_one_track_alone_has_a_page_of_its_own(track):
    page = render_page(evaluation(cases=3, slices=6, tracks=(track,)))
    assert ('id="fusion"' in page) == (track == "fusion")
    assert ('id="headline"' in page) == (track == "segmentation")
    unit = "slices" if track == "fusion" else "cases"
    assert re.search(rf"Each mean is over all \d {unit}; no value is undefined", page)


def test_a_refusal_lists_every_problem_with_its_cure():
    found = refused()
    page, text = render_page(found), to_text(found.report)
    for issue in found.report.issues:
        for told in (page, text):
            assert issue.code in told
            assert issue.message in told
    assert "nothing was scored" in page
    assert "nothing was scored" in text
    assert "<svg" not in page


def test_the_same_evaluation_gives_the_same_page(whole, page):
    assert render_page(whole) == page


def test_the_text_fits_the_terminal_and_closes_its_account(whole):
    text = to_text(whole.report)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "segmentation: expected 40 slice sets = submitted 37 + missing 3;" in text
    assert "expected = scored + undefined + missing" in text
    assert "hd95: 2D slice HD95, surfel; not comparable with 3D HD95" in text
    assert "policy brats: " in text
    assert "ET 1" in text
    assert "a1" * 32 in text
    assert "warning: Synthetic data" in text


def test_the_text_has_a_row_for_every_score(whole):
    rows = [line.split() for line in to_text(whole.report).splitlines()]
    for region, scores in whole.report.scores.segmentation.items():
        for key, score in scores.items():
            (row,) = [row for row in rows if row[:2] == [region, key]]
            assert number(score.mean, digits(METRICS["segmentation"][key])) in row
            *counts, policy = map(int, row[-5:])
            expected, scored, undefined, missing = counts
            assert expected == scored + undefined + missing == 12
            assert (scored + missing, undefined) == (score.n, score.n_undefined)
            assert policy == score.n_policy <= scored
    for key in whole.report.scores.fusion:
        assert [row for row in rows if row[:1] == [key]]


def test_a_name_cannot_steer_the_terminal():
    report = evaluation(cases=1, slices=1, submission={"name": "\x1b[2Jgone"}).report
    assert "\x1b" not in to_text(report)


def test_counts_are_shown_where_they_tell_something():
    whole = evaluation(cases=4, slices=8, tracks=("fusion",))
    assert "Each mean is over all 8 slices" in render_page(whole)
    assert 'class="num c-counts"' not in render_page(whole)
    scores = whole.report.scores.fusion
    assert telling(scores.values(), COUNTS) == {}
    lacking = {"en": replace(scores["en"], n=7, n_undefined=1)}
    assert list(telling(lacking.values(), COUNTS)) == [
        "expected",
        "scored",
        "undefined",
    ]


def test_every_hidden_column_has_its_box(page):
    boxes = set(re.findall(r'checkbox" data-column="(c-\w+)"', page))
    rules = set(re.findall(r'\[data-column="(c-\w+)"\]:not', page))
    cells = set(re.findall(r'class="[^"]*\b(c-\w+)"', page))
    assert cells == boxes <= rules
