"""The columns of a release in words: a Markdown table, and a line for machines."""

from collections.abc import Sequence

from bratsfuse.release.column import Column


def column_table(table: Sequence[Column]) -> str:
    """Return the columns as a Markdown table."""
    lines = ["| column | type | configs | content |", "|---|---|---|---|"]
    for column in table:
        configs = ", ".join(column.configs)
        lines.append(
            f"| `{column.name}` | {type_in_words(column)} | {configs} "
            f"| {column.meaning} |"
        )
    return "\n".join(lines)


def type_in_words(column: Column) -> str:
    """Return the type and shape of a column's cells, such as ``uint8 (H, W)``."""
    if column.kind == "text":
        return "string"
    if column.pixels:
        return f"{column.dtype} (H, W)"
    if column.kind == "vector":
        return f"{column.dtype} ({column.length})"
    return column.dtype
