"""Addresses such as ``s3://bucket/release`` in place of folders, for every command.

A command sees paths of copies alone: what it reads is fetched before it runs, what it
wrote is sent when it is done.
"""

import copy
import functools
import shutil
from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from bratsfuse.remote.address import copy_of, is_address

_READ: Final = {"--release", "--source", "--reference", "--fused", "--recheck"}
_WRITTEN: Final = {"-o", "--output", "--report"}


def with_copies(
    command: click.Command, words: Sequence[str]
) -> tuple[click.Command, list[str]]:
    """Return a command and its words with every address replaced by its copy's path.

    Parameters
    ----------
    command
        It is returned as it is if there is no address among the words.
    words
        As typed after the name of the command.
    """
    if isinstance(command, click.Group):  # boards and challenges are folders here
        return command, [*words]
    flags = {
        name
        for one in command.params
        if isinstance(one, click.Option) and one.is_flag
        for name in (*one.opts, *one.secondary_opts)
    }
    read: list[str] = []
    written: list[str] = []
    replaced: list[str] = []
    before = ""
    for word in words:
        option, address = _parts(word, before, flags)
        kind = "written" if option in _WRITTEN else "read"
        if is_address(address) and (not option or option in _READ | _WRITTEN):
            (written if kind == "written" else read).append(address)
            path = str(copy_of(address, kind))
            word = word[: len(word) - len(address)] + path
        replaced.append(word)
        before = word
    callback = command.callback
    if callback is not None and (read or written):
        command = copy.copy(command)
        command.callback = functools.partial(_run, callback, (*read,), (*written,))
    return command, replaced


def _parts(word: str, before: str, flags: set[str]) -> tuple[str, str]:
    """Return the option of a word, "" if none, and what of the word may be an address.

    Options are given as ``--source DIR``, ``--source=DIR`` or ``--source NAME=DIR``.
    """
    option = before if before.startswith("-") and before not in flags else ""
    if word.startswith("--") and "=" in word:
        option, _, word = word.partition("=")
    name, equals, rest = word.partition("=")
    return option, rest if equals and "://" not in name else word


def _run(
    callback: Callable[..., object],
    read: Sequence[str],
    written: Sequence[str],
    **options: Any,  # noqa: ANN401  (whatever the command takes)
) -> object:
    """Fetch what is read, run the command, send what it wrote."""
    from bratsfuse.remote.fetch import fetch
    from bratsfuse.remote.send import check_address
    from bratsfuse.terminal.progress import progress

    overwrite = bool(options.get("overwrite"))
    for address in written:
        check_address(address, overwrite=overwrite)
        path = copy_of(address, "written")
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear(address)  # finished, and never sent
    with progress() as report:
        for address in read:
            fetch(address, report)
    try:
        result = callback(**options)
    except SystemExit:  # a refusal may be a result, too
        _send(written, overwrite=overwrite)
        raise
    _send(written, overwrite=overwrite)
    return result


def _send(addresses: Sequence[str], *, overwrite: bool) -> None:
    from bratsfuse.remote.send import send
    from bratsfuse.terminal.progress import progress
    from bratsfuse.wording import counted

    for address in addresses:
        path = copy_of(address, "written")
        if not path.exists():
            continue
        with progress() as report:
            count = send(path, address, overwrite=overwrite, progress=report)
        click.echo(f"{address}: {counted(count, 'file')} written")
        _clear(address)


def _clear(address: str) -> None:
    path = copy_of(address, "written")
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
