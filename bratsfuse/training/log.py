"""The numbers of a training: one row of ``metrics.csv`` per so many steps."""

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from bratsfuse.errors import InvalidInputError

STEP: Final = "step"
TRAIN: Final = "train_"
VALIDATION: Final = "validation_"

Row = dict[str, float]


class Log:
    """Rows of numbers by name; a number that a row has not is left empty.

    Parameters
    ----------
    state
        What `to_json` returned, to go on with it.
    """

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        state = state or {"rows": [], "sums": {}}
        self.rows: list[Row] = [dict(row) for row in state["rows"]]
        self._sums: dict[str, tuple[float, int]] = {
            name: (total, count) for name, (total, count) in state["sums"].items()
        }

    def add(self, losses: Mapping[str, float]) -> None:
        """Take in the losses of one step."""
        for name, value in losses.items():
            total, count = self._sums.get(name, (0.0, 0))
            self._sums[name] = (total + value, count + 1)

    def close_row(self, step: int, validation: Mapping[str, float]) -> Row:
        """Return a new row: means since the last one, and what a validation found."""
        row: Row = {STEP: step}
        row |= {TRAIN + name: total / n for name, (total, n) in self._sums.items()}
        row |= {VALIDATION + name: value for name, value in validation.items()}
        self._sums = {}
        self.rows.append(row)
        return row

    def to_json(self) -> dict[str, object]:
        """Return all rows, and the sums of the row to come, as JSON values."""
        return {"rows": self.rows, "sums": self._sums}

    def to_csv(self) -> str:
        """Return the rows as CSV, with full digits, columns as they first appeared."""
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        return _table(names, self.rows)


def refuse_other_log(path: Path, log: Log) -> None:
    """Refuse to write over a table that is not that of a run; one may be missing.

    Raises
    ------
    InvalidInputError
        If a row that the log has is another in the file.
    """
    try:
        found = list(csv.DictReader(io.StringIO(path.read_bytes().decode())))
    except FileNotFoundError:
        return
    except (OSError, ValueError, csv.Error) as problem:
        raise InvalidInputError(
            f"{path}: cannot be read ({problem}); move it away and resume"
        ) from problem
    expected = csv.DictReader(io.StringIO(log.to_csv()))
    for number, (row, there) in enumerate(zip_longest(expected, found), 1):
        if row is None:
            return  # written after the last checkpoint
        if there is None or any(there.get(name, "") != row[name] for name in row):
            raise InvalidInputError(
                f"{path}: row {number} is not that of the run's last checkpoint; it is "
                "the log of another run or was edited: move it away"
            )


def _table(names: Sequence[str], rows: Sequence[Row]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
