"""``--format torch``: the networks of a run, for ``torch.export.load``."""

from typing import Final

from bratsfuse.exports._format import ExportFormat, Wish


def _write(wish: Wish) -> list[str]:
    from bratsfuse.baselines import export

    export(wish.source, wish.target, overwrite=wish.overwrite)
    return [f"{wish.target}: network for torch.export.load; mind the terms"]


FORMAT: Final = ExportFormat(
    summary="the networks of a run, or of a baseline by its name, for torch.export",
    write=_write,
    takes=frozenset({"overwrite"}),
)
