"""Pages that are made of the program: commands, metrics and problem codes."""

import math
import re

import click


def all_pages(root):
    """Return page -> Markdown."""
    return {
        "commands.md": commands(),
        "metric_table.md": metric_table(),
        "problem_codes.md": problem_codes(root),
    }


def commands():
    """Return every command with usage, examples and options, as ``--help`` has them."""
    from bratsfuse.cli import main

    context = click.Context(main, info_name="bratsfuse")
    lines = ["# Commands", "", *_text(main), "", "| command | does |", "|---|---|"]
    parts = []
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        inner = click.Context(command, info_name=name, parent=context)
        short = command.get_short_help_str(200)
        lines.append(f"| [`{name}`](#bratsfuse-{name}) | {_cell(short)} |")
        parts += _command(command, inner)
        for sub in command.list_commands(inner) if _is_group(command) else ():
            one = command.get_command(inner, sub)
            parts += _command(one, click.Context(one, info_name=sub, parent=inner))
    return "\n".join([*lines, "", *parts])


def _is_group(command):
    return isinstance(command, click.Group)


def _command(command, context):
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [f"## {context.command_path}", "", f"```text\n{usage}\n```", ""]
    lines += [*_text(command), ""]
    rows = [
        record
        for option in command.get_params(context)
        if (record := option.get_help_record(context)) and "--help" not in record[0]
    ]
    if rows:
        lines += ["| option | does |", "|---|---|"]
        lines += [f"| `{_plain(name)}` | {_cell(text)} |" for name, text in rows]
    return [*lines, ""]


def _text(command):
    """Return the help of a command; paragraphs that keep their lines are code."""
    text = (command.help or "").split("\f")[0]
    for block in re.split(r"\n\s*\n", text):
        lines = block.strip("\n").splitlines()
        if lines and lines[0].strip() == "\b":
            inside = [line.strip() for line in lines[1:]]
            if inside and inside[0].endswith(":") and " " not in inside[0].strip():
                yield f"**{inside.pop(0)}**"
                yield ""
            yield "```text"
            yield from inside
            yield "```"
        else:
            yield " ".join(line.strip() for line in lines)
        yield ""


def _cell(text):
    return _plain(text).replace("[", "\\[")  # a default, not a link


def _plain(text):
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def metric_table():
    """Return every metric of both chapters, with what its record says."""
    from bratsfuse.metrics import METRICS

    lines = [
        "# Metrics at a glance",
        "",
        "Every key that `bratsfuse.metrics` knows, made of its own record. The pages "
        "of [fusion](metrics.md) and [segmentation](metrics_segmentation.md) give "
        "formulas, edge cases and sources.",
    ]
    for chapter, metrics in METRICS.items():
        lines += ["", f"## {chapter.capitalize()}", ""]
        lines += ["| key | | better | range | unit |", "|---|---|---|---|---|"]
        for key, metric in metrics.items():
            better = {True: "higher", False: "lower", None: "neither"}
            cells = [
                f"`{key}`",
                metric.title,
                better[metric.higher_is_better],
                f"{_number(metric.low)} to {_number(metric.high)}",
                metric.unit,
            ]
            lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join([*lines, ""])


def _number(value):
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:g}".replace("e+", "e")


_TABLE = re.compile(r"^\| code \|.*\n\|[-| ]+\|\n((?:\|.*\n?)+)", re.MULTILINE)
_PAGE = re.compile(r"\]\((?!https?:)([a-z_]+\.md)?(#[^)]*)?\)")


def problem_codes(root):
    """Return every code of a message, with its meaning, from the tables of docs/."""
    rows = []
    for path in sorted((root / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        title = text.splitlines()[0].lstrip("# ")
        for table in _TABLE.findall(text):
            for line in table.splitlines():
                codes, *cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
                cells = [_PAGE.sub(rf"]({path.name})", cell.strip()) for cell in cells]
                meaning = "; ".join(cell for cell in cells if cell)
                rows += [
                    f"| `{code}` | {meaning} | [{title}]({path.name}) |"
                    for code in re.findall(r"`([a-z0-9-]+)`", codes)
                ]
    return "\n".join(
        [
            "# Problem codes",
            "",
            "A message begins with its severity and code, such as `error [bad-label]`. "
            "Scripts may go by codes: they are stable. An error refuses, warnings and "
            "notes do not. The page in the last column says what to do.",
            "",
            "| code | meaning | of |",
            "|---|---|---|",
            *sorted(set(rows)),
            "",
        ]
    )
