"""The page about the metrics says what the metrics are and what they print."""

import ast
import json
import re
from pathlib import Path

import pytest

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.metrics import fusion, segmentation

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|")
]


def rows_of_keys(fits):
    """Return the rows that begin with a key and fit, by key."""
    keys = [re.fullmatch(r"(?:\*\*)?`(\w+)`(?:\*\*)?", row[0]) for row in ROWS]
    return {
        key.group(1): row
        for key, row in zip(keys, ROWS, strict=True)
        if key and fits(row)
    }


def test_the_overview_is_that_of_the_records():
    overview = rows_of_keys(lambda row: ".." in row[2])
    assert list(overview) == [key for key in fusion.METRICS if key in overview]
    assert set(fusion.DEFAULT) <= set(overview)
    for key in overview:
        metric = fusion.METRICS[key]
        name, function, limits, unit, arrow, *_ = overview[key]
        assert name.startswith("**") == (key in fusion.DEFAULT)
        assert function == f"`{metric.function.__name__}`"
        low, high = (float(end) for end in limits.split(".."))
        assert (low, high) == pytest.approx((metric.low, metric.high), abs=0.05)
        assert unit == metric.unit
        assert arrow == ("↑" if metric.higher_is_better else "↓")


def test_our_rows_of_the_comparison_are_the_golden_values():
    golden = json.loads(
        (ROOT / "tests" / "golden" / "fusion" / "values.json").read_text()
    )["values"]
    names = {name.lower(): name for name in next(iter(golden.values()))}
    names |= {"qy": "QY_nanmean", "qcb": "QCB_seen"}
    names |= {
        name.lower().removesuffix("_clean"): name
        for name in names.values()
        if name.endswith("_clean")
    }
    ours = rows_of_keys(lambda row: row[1] == "**bratsfuse**")
    assert len(ours) >= len(fusion.METRICS) - 5
    for key, row in ours.items():
        for triplet, cell in zip(sorted(golden), row[2:6], strict=True):
            value = golden[triplet][names[key]]
            assert float(cell.strip("*")) == pytest.approx(value, rel=6e-4), key


def test_numbers_of_other_implementations_are_the_recorded_ones():
    variants = json.loads(
        (ROOT / "tests" / "golden" / "fusion" / "values.json").read_text()
    )["known_wrong_or_other_variants_for_information"]
    printed = [row for row in ROWS if len(row) == 7 and row[0] == ""]
    for name, words, column in (
        ("SSIM_CDDFuse_oldskimage_dr2_sum", "CDDFuse with its", 2),
        ("PSNR_LinfengTang", "Linfeng-Tang, IVIF_ZOO", 2),
        ("SD_matlab_uint8_arithmetic", "older Linfeng-Tang", 2),
        ("MI_LiHui(=2*EN)", "Li Hui", 2),
        ("VIF_on_0_1_input", "any, fed [0, 1] images", 2),
    ):
        value = variants["p1_brain_avg"][name]
        assert any(
            row[1].startswith(words)
            and float(row[column]) == pytest.approx(value, rel=1e-5)
            for row in printed
        ), name


def test_the_page_about_segmentation_lists_its_metrics_and_presets():
    page = (ROOT / "docs" / "metrics_segmentation.md").read_text(encoding="utf-8")
    cells = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    listed = [key for row in cells for key in re.findall(r"`(\w+)`", row[1])]
    named = " ".join(row[2] for row in cells)
    assert len(listed) > 15
    for key in set(listed) & set(segmentation.METRICS):
        assert f"`{segmentation.METRICS[key].function.__name__}`" in named
    assert set(listed) >= {"dice", "hd95", "nsd_1mm", "lesion_f1", "volume_error"}
    for preset in segmentation.PRESETS:
        short = preset.removeprefix("brats2023")  # `brats2023-gli`, `-ped`, `-ssa`
        assert f"`{preset}`" in page or f"`{short}`" in page, preset


def test_the_table_of_codings_is_that_of_the_package():
    page = (ROOT / "docs" / "metrics_segmentation.md").read_text(encoding="utf-8")
    table = page.split("| `coding` | 1 |")[1].split("\n\n")[0]
    shown = {}
    for line in table.splitlines()[2:]:
        names, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        labels = {
            value: cell.split(" ")[0] for value, cell in enumerate(cells, 1) if cell
        }
        for name in re.findall(r"`([\w-]+)`", names):
            shown[name.replace("-", "_")] = labels
    assert shown == {
        name: {value: label.name for value, label in labels.items()}
        for name, labels in CODINGS.items()
    }


@pytest.mark.parametrize("heading", ["Codings", "Spacing"])
def test_examples_of_the_page_give_what_stands_beside_them(heading, capsys):
    page = (ROOT / "docs" / "metrics_segmentation.md").read_text(encoding="utf-8")
    section = page.split(f"## {heading}\n")[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)
    expected = [line[2:] for line in code.splitlines() if line.startswith("# ")]
    *_, last = ast.parse(code).body
    names = {}
    exec(code, names)  # noqa: S102
    told = capsys.readouterr().out.splitlines()
    if not told:
        told = [str(eval(ast.unparse(last), names))]  # noqa: S307
    assert told == expected


def test_the_page_about_names_knows_every_key():
    page = (ROOT / "docs" / "metric_names.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    keys = {key for row in rows for key in re.findall(r"`([a-z_]+)`", row[3])}
    assert keys <= set(fusion.METRICS)
    assert set(fusion.METRICS) - keys == {
        "labf", "fmi_gradient", "fmi_edge", "qabf_p", "mef_ms_ssim",
    }  # fmt: skip
    assert all(f"`{key}`" in page for key in ("fmi_edge", "qabf_p", "mef_ms_ssim"))
    counts = [row[2].strip() for row in rows[1:]]
    assert counts == sorted(counts, reverse=True)
    assert sum(int(count) >= 2 for count in counts) >= 20


def test_every_requested_metric_is_on_the_page():
    page = (ROOT / "docs" / "metrics_segmentation.md").read_text(encoding="utf-8")
    for key, metric in segmentation.METRICS.items():
        assert f"`{key}`" in page, key
        assert f"`{metric.function.__name__}`" in page, key
