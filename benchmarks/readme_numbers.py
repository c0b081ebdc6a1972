"""The measured numbers of README.md, between markers, from the JSON of a run."""

import re

from turns import WALL, ratio

HUGGING = "datasets, torch format"
LOADERS = (
    "bratsfuse, memory, batches",
    "bratsfuse, disk, batches",
    "npz in memory, as MedMNIST",
    "zarr, one chunk an image",
    "MONAI CacheDataset",
    "datasets, numpy format",
)
BEGIN, END = "<!-- measured: {} -->", "<!-- end of measured -->"


def with_numbers(content, readme):
    """Return a README with what a run has found between its markers."""
    for name, text in blocks(content["jobs"]).items():
        begin = re.escape(BEGIN.format(name))
        readme, count = re.subn(
            rf"({begin}\n).*?({re.escape(END)})",
            lambda match, text=text: f"{match[1]}{text}\n{match[2]}",
            readme,
            flags=re.DOTALL,
        )
        if count != 1:
            raise ValueError(f"README.md: {count} blocks {BEGIN.format(name)}")
    return readme


def blocks(jobs):
    """Return the name of a block -> its text; every ratio is of one run."""
    return {"loading": _loading(jobs), "metrics": _metrics(jobs)}


def _loading(jobs):
    rows = jobs["load"]["rows"]
    lines = ["| | processor time | on the clock |", "|---|---|---|"]
    for name in LOADERS:
        if name in rows:
            times = (ratio(rows, HUGGING, name, *clock) for clock in ((), (WALL,)))
            lines.append(f"| {name} | {' | '.join(f'{one:.1f}x' for one in times)} |")
    return "\n".join(lines)


def _metrics(jobs):
    fusion, masks = jobs["fusion"]["rows"], jobs["segmentation"]["rows"]
    plain = ratio(fusion, "plain evaluator, same 14", "bratsfuse, default 14")
    ours, theirs = (name for name in masks if ", a slice, " in name)
    lines = [
        f"- The 14 default fusion metrics take 1/{plain:.0f} of the time of an\n"
        "  evaluator written from SciPy, scikit-learn and scikit-image.",
        "- The 18 default segmentation keys of three regions take\n"
        f"  {ratio(masks, ours, theirs):.2f} of the time of MONAI's HD95 alone.",
    ]
    if rows := jobs.get("build", {}).get("rows"):
        times = ratio(rows, "bratsfuse build", "gzip.decompress of its input")
        lines.append(
            f"- A build takes {times:.1f} times as long as `gzip.decompress` of its "
            "input, once."
        )
    if rows := jobs.get("evaluate", {}).get("rows"):
        phase, bare = "bratsfuse, metric phase, 1 worker", "metric calls alone"
        lines.append(
            f"- Scoring a submission takes {ratio(rows, phase, bare):.2f} times as\n"
            "  long as the calls of metrics in it."
        )
    return "\n".join(lines)
