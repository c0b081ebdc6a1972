"""Progress of long work: a bar on a terminal, a quiet line per step elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from bratsfuse.terminal.streams import bar_stream

if TYPE_CHECKING:
    from tqdm import tqdm

_SILENCE_S = 30
"""Without a terminal, long work is silent for so long at most."""

_WORDS = {
    "survey": ("reading cases", "case"),
    "slice": ("writing slices", "case"),
    "inspect": ("reading cases", "case"),
    "verify": ("checking rows", "row"),
    "phantom": ("writing phantoms", "case"),
    "export": ("encoding images", "row"),
    "volumes": ("writing volumes", "case"),
    "import": ("reading volumes", "volume"),
    "score": ("scoring images", "image"),
    "score masks": ("scoring masks", "case"),
    "train": ("training", "step"),
    "hand over": ("writing modalities", "slice"),
    "predict": ("predicting", "slice"),
    "fetch": ("fetching files", "file"),
    "send": ("sending files", "file"),
    "fuse": ("fusing", "slice"),
}


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function to call with a step, the items done, and all items.

    On a terminal each step is a bar with the time left; elsewhere a step prints one
    line when it is done, and before that one every half minute. Everything goes to
    stderr.
    """
    said = time.monotonic()
    bar: tqdm[Any] | None = None
    current = ""

    def report(step: str, done: int, total: int) -> None:
        nonlocal bar, current, said
        words, unit = _WORDS.get(step, (step, "item"))
        if not sys.stderr.isatty():
            late = time.monotonic() - said >= _SILENCE_S
            if total and (done == total or late):
                said = time.monotonic()
                click.echo(f"{words}: {done} of {total}", err=True)
            return
        from tqdm import tqdm

        tqdm.monitor_interval = 0  # its thread would keep workers from being forked
        if step != current:
            if bar is not None:
                bar.close()
            bar = tqdm(total=total, desc=words, unit=unit, file=bar_stream())
            current = step
        if bar is not None:
            bar.update(done - bar.n)

    try:
        yield report
    finally:
        if bar is not None:
            bar.close()
