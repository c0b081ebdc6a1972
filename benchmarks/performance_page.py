"""docs/performance.md, its figure, docs/scaling.md and numbers of README.md, from JSON.

python benchmarks/performance_page.py benchmarks/results.json
"""

import argparse
import json
from pathlib import Path

from readme_numbers import with_numbers
from scaling_page import scaling_page
from turns import WALL, least, spread

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
    readme = options.docs.parent / "README.md"
    text = with_numbers(content, readme.read_text(encoding="utf-8"))
    readme.write_text(text, encoding="utf-8")


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
    absent = content.get("not_measured", {})
    if absent:
        told = [f"- {peer}: {why}." for peer, why in absent.items()]
        lines += ["", "## Not measured", "", *told]
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
    lines = [f"## {job['title']}"]
    if job["rows"]:
        lines += [
            "",
            f"| contestant | processor ms a {item} | clock ms | spread |",
            "|---|---|---|---|",
        ]
    for name, row in job["rows"].items():
        lines.append(
            f"| {name} | {1e3 * least(row):.4g} | {1e3 * least(row, WALL):.4g} "
            f"| {spread(row):.0%} |"
        )
    if "memory" in job:
        lines += ["", "| process | MB at most |", "|---|---|"]
        for name, peak in job["memory"].items():
            shown = f"{peak:.0f}" if isinstance(peak, float) else f"failed: {peak}"
            lines.append(f"| {name} | {shown} |")
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
