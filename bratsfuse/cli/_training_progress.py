"""Progress of a training: a bar with the loss on a terminal, quiet lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from bratsfuse.terminal.streams import bar_stream

if TYPE_CHECKING:
    from tqdm import tqdm


@contextmanager
def training_progress() -> Iterator[Callable[[int, int, Mapping[str, float]], None]]:
    """Yield what to call with the steps done, all steps, and a row of the log.

    On a terminal a bar shows the newest numbers and the time left; elsewhere every
    validation prints a line. Everything goes to stderr.
    """
    bar: tqdm[Any] | None = None
    first: tuple[int, float] | None = None

    def report(done: int, total: int, row: Mapping[str, float]) -> None:
        nonlocal bar, first
        if sys.stderr.isatty():
            from tqdm import tqdm

            if bar is None:
                bar = tqdm(total=total, desc="training", unit="step", file=bar_stream())
            bar.set_postfix_str(_numbers(row), refresh=False)
            bar.update(done - bar.n)
            return
        first = first or (done, time.monotonic())
        if "validation_loss" in row:
            left = _time_left(first, done, total)
            click.echo(f"step {done} of {total}: {_numbers(row)}{left}", err=True)

    try:
        yield report
    finally:
        if bar is not None:
            bar.close()


def _numbers(row: Mapping[str, float]) -> str:
    shown = {
        "train_loss": "loss",
        "validation_loss": "validation loss",
        "validation_dice": "validation Dice",
    }
    return ", ".join(
        f"{words} {row[name]:.4g}" for name, words in shown.items() if name in row
    )


def _time_left(first: tuple[int, float], done: int, total: int) -> str:
    start, since = first
    if done in (start, total):
        return ""
    seconds = (time.monotonic() - since) / (done - start) * (total - done)
    minutes, rest = divmod(round(seconds), 60)
    return f", {minutes} min {rest} s left" if minutes else f", {rest} s left"
