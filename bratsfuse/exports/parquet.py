"""``--format parquet``: image columns, a dataset card and the push to a hub."""

from pathlib import Path
from typing import Final

from bratsfuse.exports._format import ExportFormat, Wish


def _write(wish: Wish) -> list[str]:
    from bratsfuse.release.parquet import export_parquet

    export_parquet(Path(wish.source), wish.target, wish.progress)
    return [f"{wish.target}: parquet copy; mind the terms before you upload it"]


FORMAT: Final = ExportFormat(
    summary="one Parquet file per split with image columns, for a dataset hub",
    write=_write,
)
