"""The tables of an experiment, from its outcomes alone, byte for byte the same."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bratsfuse.anatomy import Region
from bratsfuse.experiments.definition import Definition
from bratsfuse.experiments.outcome import Outcome
from bratsfuse.experiments.summary import RowSummary, Spread, differences, summarise
from bratsfuse.place import write_file
from bratsfuse.statistics.intervals import Interval
from bratsfuse.wording import csv_text, markdown_row

MARKDOWN_NAME: Final = "table.md"
CSV_NAME: Final = "table.csv"

FUSION_SHOWN: Final = ("en", "sd", "mi", "scd", "ssim", "vif", "qabf")
"""What the page shows of the fusion metrics; the CSV file has all."""

_CSV_HEAD: Final = (
    *("row", "folds", "track", "region", "metric", "mean_of_folds", "sd_of_folds"),
    *("pooled_mean", "pooled_low", "pooled_high", "t_low", "t_high"),
)
_NONE: Final = "-"


def write_tables(
    folder: Path, definition: Definition, outcomes: Sequence[Outcome]
) -> Path:
    """Write the tables into the folder of an experiment; return the Markdown file."""
    summaries = {
        name: summarise(found)
        for name in definition.rows
        if (found := [one for one in outcomes if one.row == name])
    }
    for name, text in (
        (MARKDOWN_NAME, to_markdown(definition, outcomes, summaries)),
        (CSV_NAME, to_csv(summaries)),
    ):
        write_file(folder / name, text)
    return folder / MARKDOWN_NAME


def to_markdown(
    definition: Definition,
    outcomes: Sequence[Outcome],
    summaries: Mapping[str, RowSummary],
) -> str:
    """Return the page: folds, segmentation, cost and fusion."""
    titles = {name: definition.rows[name].title for name in summaries}
    parts = [f"# {definition.title}", _budget(outcomes), _folds(outcomes)]
    segmenting = {name: one for name, one in summaries.items() if one.dice}
    if segmenting:
        parts += [_SEGMENTATION.strip(), _segmentation(titles, segmenting)]
    for name in definition.compared:
        if name in segmenting:
            others = [other for other in segmenting if other != name]
            parts += [
                _COMPARED.format(title=titles[name]),
                _compared(titles, name, others, outcomes),
            ]
    if summaries:
        parts += [_COST, _cost(titles, summaries)]
    fusing = {name: one for name, one in summaries.items() if one.fusion}
    if fusing:
        parts += [_FUSION, _fusion(titles, fusing)]
    return "\n\n".join(parts) + "\n"


def to_csv(summaries: Mapping[str, RowSummary]) -> str:
    """Return all numbers with full digits, one line a row, measure and region."""
    lines: list[Sequence[object]] = [_CSV_HEAD]
    for name, row in summaries.items():
        for region, spread in row.dice.items():
            all_ = row.pooled[region]
            ends = all_.mean, all_.low, all_.high, all_.t_low, all_.t_high
            numbers = [_exact(one) for one in (spread.mean, spread.sd, *ends)]
            lines.append([name, row.folds, "segmentation", region, "dice", *numbers])
        for key, spread in row.fusion.items():
            numbers = [_exact(one) for one in (spread.mean, spread.sd)]
            lines.append([name, row.folds, "fusion", "", key, *numbers, *[""] * 5])
    return csv_text(lines)


_SEGMENTATION: Final = """## Segmentation

Dice per case. First the mean of the folds with their standard deviation; then the mean
over the test cases of all folds with its 95 % interval, a BCa bootstrap over patients.
"""

_COMPARED: Final = """## {title}, less each other row

Mean difference of Dice over the same test cases, with its 95 % interval as above, not
corrected for the number of comparisons; **bold** where the interval leaves out 0."""

_COST: Final = """## Cost

Seconds are wall time, those of a learned or classical fusion method included; a slice
is timed as the median of ten, and the median of the folds is shown."""

_FUSION: Final = """## Fusion

Mean of the folds' means over slices, with the standard deviation of the folds."""


def _budget(outcomes: Sequence[Outcome]) -> str:
    """Return what a training costs: each choice with every value that it took."""
    trained = [one for one in outcomes if one.config]
    words = [
        f"{key.replace('_', ' ')} "
        + ", ".join(sorted({str(one.config[key]) for one in trained}))
        for key in ("preset", "steps", "batch_size", "seed", "downsample", "augment")
    ]
    shapes = sorted({one.image_shape for one in outcomes})
    scored = ", ".join(f"{h}x{w}" for h, w in shapes)
    return f"Training: {'; '.join(words)}. Scored at {scored}."


def _folds(outcomes: Sequence[Outcome]) -> str:
    head = ["fold", "split seed", "patients train / validation / test", "test slices"]
    lines = {
        one.fold: [
            one.fold,
            str(one.split_seed),
            " / ".join(
                str(one.patients[key]) for key in ("train", "validation", "test")
            ),
            str(one.slices["test"]),
        ]
        for one in outcomes
    }
    return _table(head, list(lines.values()))


def _segmentation(
    titles: Mapping[str, str], summaries: Mapping[str, RowSummary]
) -> str:
    regions = [
        one for one in Region if any(one in row.dice for row in summaries.values())
    ]
    head = ["input", "folds", *regions, *(f"{one} of all cases" for one in regions)]
    return _table(
        head,
        [
            [
                titles[name],
                str(row.folds),
                *(_spread(row.dice.get(one)) for one in regions),
                *(_interval(row.pooled.get(one)) for one in regions),
            ]
            for name, row in summaries.items()
        ],
    )


def _compared(
    titles: Mapping[str, str],
    name: str,
    others: Sequence[str],
    outcomes: Sequence[Outcome],
) -> str:
    ours = [one for one in outcomes if one.row == name]
    lines = []
    for other in others:
        theirs = [one for one in outcomes if one.row == other]
        found = differences(ours, theirs)
        lines.append([titles[other], *(_difference(found.get(one)) for one in Region)])
    return _table(["less", *Region], lines)


def _cost(titles: Mapping[str, str], summaries: Mapping[str, RowSummary]) -> str:
    return _table(
        ["input", "parameters", "training, s", "a slice, s"],
        [
            [
                titles[name],
                f"{row.parameters:,}" if row.parameters else _NONE,
                f"{row.training_seconds:.0f}" if row.training_seconds else _NONE,
                f"{row.seconds_per_slice:.3f}",
            ]
            for name, row in summaries.items()
        ],
    )


def _fusion(titles: Mapping[str, str], summaries: Mapping[str, RowSummary]) -> str:
    return _table(
        ["input", "folds", *FUSION_SHOWN],
        [
            [
                titles[name],
                str(row.folds),
                *(_spread(row.fusion.get(key)) for key in FUSION_SHOWN),
            ]
            for name, row in summaries.items()
        ],
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(map(markdown_row, lines))


def _spread(found: Spread | None) -> str:
    if found is None or math.isnan(found.mean):
        return _NONE
    sd = "" if math.isnan(found.sd) else f" ± {found.sd:.3f}"
    return f"{found.mean:.3f}{sd}"


def _interval(found: Interval | None) -> str:
    if found is None or math.isnan(found.mean):
        return _NONE
    if math.isnan(found.low):
        return f"{found.mean:.3f}"
    return f"{found.mean:.3f} [{found.low:.3f}, {found.high:.3f}]"


def _difference(found: Interval | None) -> str:
    if found is None or math.isnan(found.mean):
        return _NONE
    if math.isnan(found.low):
        return f"{found.mean:+.3f}"
    text = f"{found.mean:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
    return f"**{text}**" if found.low > 0 or found.high < 0 else text


def _exact(number: float) -> str:
    return "" if math.isnan(number) else repr(number)
