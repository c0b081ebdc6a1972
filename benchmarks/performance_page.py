"""docs/performance.md, its figure and docs/scaling.md, from the JSON of a run.

python benchmarks/performance_page.py benchmarks/results.json
"""

import argparse
import json
from pathlib import Path

from turns import CPU, WALL, least, spread

DOCS = Path(__file__).parents[1] / "docs"
COMMAND = "make bench"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--docs", type=Path, default=DOCS)
    options = parser.parse_args()
    content = json.loads(options.results.read_bytes())
    performance, scaling = pages(content)
    (options.docs / "performance.md").write_text(performance, encoding="utf-8")
    (options.docs / "scaling.md").write_text(scaling, encoding="utf-8")
    draw(content, options.docs / "performance.svg")


def pages(content):
    """Return the text of both pages."""
    return performance_page(content), scaling_page(content)


def performance_page(content):
    lines = [
        "# How fast, beside what would be used instead",
        "",
        f"Made by `{COMMAND}` from `benchmarks/results.json`; edit neither by hand.",
        *_of_machine(content),
        "",
        "![Ratios of every goal to what was found](performance.svg)",
        "",
        "## Goals",
        "",
        "| job | ratio | goal | found | met |",
        "|---|---|---|---|---|",
    ]
    for job, one in _goals(content):
        bound = f"at most {one['at_most']:.2g}" if "at_most" in one else ""
        bound = bound or f"at least {one['at_least']:.2g}"
        met = "yes" if is_met(one) else f"no, {distance(one):.2f} times away"
        lines.append(
            f"| {job} | {one['text']} | {bound} | {one['found']:.2f} | {met} |"
        )
    for job in content["jobs"].values():
        lines += ["", *_table(job)]
    return "\n".join(lines) + "\n"


def is_met(one):
    """Return whether what was found is within the bound of a goal."""
    if "at_most" in one:
        return one["found"] <= one["at_most"]
    return one["found"] >= one["at_least"]


def distance(one):
    """Return by what factor a goal is missed, at least 1 where it is."""
    if "at_most" in one:
        return one["found"] / one["at_most"]
    return one["at_least"] / one["found"]


def _goals(content):
    for job in content["jobs"].values():
        for one in job["goals"]:
            yield job["title"], one


def _of_machine(content):
    machine, options = content["machine"], content["options"]
    versions = ", ".join(f"{k} {v}" for k, v in content["versions"].items())
    return [
        f"{content['made']}, {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']}, Python {machine['python']}; {versions}. "
        f"{options['cases']} phantom cases, {options['slices']} slice sets asked for, "
        f"{options['rounds']} rounds; load of the machine {machine['load_average']}. "
        "A job that was measured again shows when; its ratios are of one run.",
        "",
        "Contestants take turns in one run. Times are of the least disturbed round, "
        "processor time of all processes and time on the clock; the spread is by how "
        "much the median round is longer. Quote ratios only: other work on a machine, "
        "which its load shows, stretches all times, and those on the clock unevenly.",
    ]


def _table(job):
    item = job["item"]
    lines = [
        f"## {job['title']}",
        "",
        f"| contestant | processor ms a {item} | clock ms | spread |",
        "|---|---|---|---|",
    ]
    for name, row in job["rows"].items():
        lines.append(
            f"| {name} | {1e3 * least(row):.4g} | {1e3 * least(row, WALL):.4g} "
            f"| {spread(row):.0%} |"
        )
    if "made" in job:
        lines += [
            "",
            f"{job['made']}, {job['rounds']} rounds, load of the machine "
            f"{job['load_average']}.",
        ]
    if job.get("shares"):
        shares = ", ".join(f"{k} {v:.0%}" for k, v in job["shares"].items())
        lines += ["", f"Where the time of a build goes: {shares}."]
    if job["notes"]:
        lines += ["", *job["notes"]]
    return lines


def scaling_page(content):
    """Return what larger work costs, from the unit costs of a run."""
    jobs = content["jobs"]
    lines = [
        "# What larger work costs",
        "",
        f"Made by `{COMMAND}` from `benchmarks/results.json`; edit neither by hand.",
        "Unit costs are processor time of phantom cases on "
        f"{content['machine']['processor']}; real volumes compress worse and take "
        "longer to unpack. [How they were measured](performance.md).",
        "",
        "| work | units | core hours |",
        "|---|---|---|",
    ]
    for text, job, row, count in WORK:
        if job in jobs and row in jobs[job]["rows"]:
            hours = count * least(jobs[job]["rows"][row], CPU) / 3600
            item = jobs[job]["item"]
            lines.append(f"| {text} | {count:,} {item}s | {hours:.2g} |")
    absent = {job for _, job, _, _ in WORK} - set(jobs)
    if absent:
        lines += ["", f"Not measured in this run: {', '.join(sorted(absent))}."]
    return "\n".join([*lines, "", *STOPS]) + "\n"


BUILD, SCORE = "bratsfuse build", "bratsfuse, metric phase, 1 worker"
WORK = (
    ("BraTS 2025 adult glioma, taken as 3,000 cases: build", "build", BUILD, 3_000),
    ("the benchmark (369 cases): build", "build", BUILD, 369),
    ("ten times the benchmark: build", "build", BUILD, 3_690),
    ("one submission of 2040 slice sets: its metrics", "evaluate", SCORE, 2_040),
    ("100 submissions a day: their metrics, each day", "evaluate", SCORE, 204_000),
    (
        "one epoch of 2040 slice sets from disk",
        "load",
        "bratsfuse, disk, batches",
        2_040,
    ),
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


def draw(content, path):
    """Draw every goal as a bar: how much better than its bound, on a log scale."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "bratsfuse"
    from matplotlib import pyplot

    found = [
        (f"{job}: {one['text']}", 1 / distance(one)) for job, one in _goals(content)
    ]
    figure, axes = pyplot.subplots(figsize=(9, 0.5 + 0.4 * len(found)))
    names, values = zip(*reversed(found), strict=True)
    colours = ["#2b6a99" if value >= 1 else "#c1542b" for value in values]
    axes.barh(names, values, color=colours, height=0.6)
    axes.axvline(1, color="#333333", linewidth=1)
    axes.set_xscale("log")
    ticks = [value for value in (0.1, 0.25, 0.5, 1, 2, 4, 8) if value < 2 * max(values)]
    axes.set_xticks(ticks, [f"{value:g}" for value in ticks])
    axes.minorticks_off()
    axes.set_xlabel("times as good as the goal (1 is the goal)")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    main()
