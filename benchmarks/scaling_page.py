"""docs/scaling.md: what larger work costs, from the unit costs of a run."""

from turns import CPU, WALL, least

BUILD, SCORE = "bratsfuse build", "bratsfuse, metric phase, 1 worker"
WHOLE = "bratsfuse evaluate, from folder to report"
DISK = "bratsfuse, disk, batches"
UNITS = (("build", BUILD), ("load", DISK), ("evaluate", SCORE), ("evaluate", WHOLE))
CASES, SETS = 369, 2_040
"""Of the benchmark."""
GLIOMA = 1_251
FULL = {
    "glioma before treatment": GLIOMA,
    "glioma after treatment": 1_621,
    "meningioma": 1_000,
    "metastases": 165,
    "paediatric": 257,
    "Sub-Saharan Africa": 60,
}
"""Labelled cases of BraTS 2025, as those of 2023 and 2024 that it builds on."""
ALL = sum(FULL.values())
OF_CASE = ("build", BUILD)
WORK = (
    (f"the benchmark, {CASES} cases: build", *OF_CASE, CASES),
    (f"BraTS 2025, glioma before treatment, {GLIOMA:,} cases: build", *OF_CASE, GLIOMA),
    (f"BraTS 2025 in full, {ALL:,} cases: build", *OF_CASE, ALL),
    ("ten times the benchmark: build", *OF_CASE, 10 * CASES),
    (f"one submission of {SETS} slice sets: evaluate", "evaluate", WHOLE, SETS),
    ("100 submissions a day: evaluate, each day", "evaluate", WHOLE, 100 * SETS),
    (f"one epoch of {SETS} slice sets from disk", "load", DISK, SETS),
    ("one epoch of ten times the benchmark", "load", DISK, 10 * SETS),
)
STOPS = (
    "## Where each job stops scaling, and why",
    "",
    "- **build**: cases are independent, and every case is read twice, first for its "
    "statistics. One process merges the parts, hashes them and draws the previews; it "
    "bounds what more workers bring. Past one machine "
    "([`--scheduler`](cluster.md)) the storage that all workers read is next.",
    "- **evaluate**: slices are independent. Reading the submission, statistics and "
    "the page are one process; split many submissions over machines before one over "
    "many workers.",
    "- **score, fuse, predict**: images are independent, but results return to one "
    "process that writes them.",
    "- **load**: inflating, which threads share; samples that travel from worker "
    "processes cost more than inflating them.",
    "- **train**: [a step over several processes](training.md) waits for the slowest "
    "and exchanges all gradients.",
)


def scaling_page(content):
    """Return the page."""
    jobs = content["jobs"]
    lines = [
        "# What larger work costs",
        "",
        "Made by `make bench` from `benchmarks/results.json`; edit neither by hand. "
        "[How it was measured](performance.md).",
        "",
        "## Unit costs",
        "",
        f"Of phantom cases on {content['machine']['processor']}. Real volumes compress "
        "worse and take longer to unpack.",
        "",
        "| work | a | processor seconds | clock seconds |",
        "|---|---|---|---|",
    ]
    for job, row in UNITS:
        if (cost := _row(jobs, job, row)) is not None:
            lines.append(
                f"| {row} | {jobs[job]['item']} | {least(cost, CPU):.3g} "
                f"| {least(cost, WALL):.3g} |"
            )
    lines += [
        "",
        "## Larger work",
        "",
        "Unit costs times the number of units; nothing here was run at that size. The "
        "cost of a slice set of `evaluate` contains what a report costs once, measured "
        "over fewer slice sets, and so errs on the high side.",
        "",
        "| work | units | core hours |",
        "|---|---|---|",
    ]
    for text, job, row, count in WORK:
        if (cost := _row(jobs, job, row)) is not None:
            hours = count * least(cost, CPU) / 3600
            lines.append(f"| {text} | {count:,} {jobs[job]['item']}s | {hours:.2g} |")
    parts = ", ".join(f"{count:,} {name}" for name, count in FULL.items())
    lines += [
        "",
        f"BraTS 2025 in full is taken as the labelled cases of 2023 and 2024 that it "
        f"builds on: {parts}.",
    ]
    absent = sorted({job for _, job, row, _ in WORK if _row(jobs, job, row) is None})
    if absent:
        lines += ["", f"Not measured in this run: {', '.join(absent)}."]
    return "\n".join([*lines, "", *STOPS]) + "\n"


def _row(jobs, job, row):
    return jobs.get(job, {"rows": {}})["rows"].get(row)
