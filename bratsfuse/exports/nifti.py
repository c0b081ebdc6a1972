"""``--format nifti``: the slices of a release or of a submission as volumes."""

from pathlib import Path
from typing import Final

from bratsfuse.exports._format import ExportFormat, Wish


def _write(wish: Wish) -> list[str]:
    from bratsfuse.release.volumes import export_volumes
    from bratsfuse.wording import counted

    source = Path(wish.source)
    if wish.release is None:
        made = export_volumes(source, wish.target, wish.columns, progress=wish.progress)
    else:
        from bratsfuse.submission.to_volumes import export_predictions

        made = export_predictions(
            source, wish.release, wish.target, wish.columns, progress=wish.progress
        )
    cases = counted(len(made.slices), "case")
    lines = [f"{wish.target}: volumes of {cases}: {', '.join(made.folders)}"]
    if not made.position_known:
        lines.append(
            "the release keeps no affines, being built by an earlier version: volumes "
            "are put where those of BraTS are; build it again for their own"
        )
    return lines


FORMAT: Final = ExportFormat(
    summary="one volume per case and column; of a submission with --release",
    write=_write,
    takes=frozenset({"columns", "release"}),
)
