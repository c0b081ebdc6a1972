"""Images without a partner of the same name: which, and what their names have around.

Methods write ``12_fused.png`` for ``12.png``. Nothing is matched by guessing; what all
such names have in common is named, with the command that takes it off.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bratsfuse.issues import Issue
from bratsfuse.raw.affixes import common_affix, shared_affix, without

Severe = Callable[[str, str, str], Issue]
"""`issues.error` or `issues.warning`."""


def partner_issues(
    folders: Sequence[Path], pictures: Sequence[Mapping[str, Path]], severity: Severe
) -> Iterator[Issue]:
    """Yield an issue for every name that a folder lacks, and one for what explains it.

    Parameters
    ----------
    folders
        Those that belong together.
    pictures
        For each folder, name without suffix -> file.
    severity
        What a missing partner is.
    """
    names = sorted(set().union(*pictures))
    common = set(names).intersection(*pictures)
    for name in (name for name in names if name not in common):
        lacking = [
            str(folder)
            for folder, by_name in zip(folders, pictures, strict=True)
            if name not in by_name
        ]
        told = f"has no partner in {', '.join(lacking)}; add it or remove the rest"
        yield severity(name, "no-partner", told)
    if len(common) < len(names):
        yield from _affix_issues(folders, pictures, common, severity)


def _affix_issues(
    folders: Sequence[Path],
    pictures: Sequence[Mapping[str, Path]],
    common: set[str],
    severity: Severe,
) -> Iterator[Issue]:
    """Yield an issue for every folder whose names need an affix taken off."""
    alone = [[name for name in by_name if name not in common] for by_name in pictures]
    affixes = []
    for place, names in enumerate(alone):
        others = set().union(*(alone[:place] + alone[place + 1 :]))
        affixes.append(common_affix(names, others) if len(names) > 1 else None)
    if not any(affixes):
        shared = [shared_affix(names) for names in alone]
        bare = [
            {without(name, affix.before, affix.after) if affix else name for name in of}
            for of, affix in zip(alone, shared, strict=True)
        ]
        affixes = shared if set.intersection(*bare) else affixes
    for folder, names, by_name, affix in zip(
        folders, alone, pictures, affixes, strict=True
    ):
        if affix is None:
            continue
        suffixes = {by_name[name].suffix for name in names}
        loop = affix.renaming(suffixes.pop()) if len(suffixes) == 1 else ""
        told = (
            f"the names of {affix.count} of {len(names)} images without a partner "
            f"{affix}, and other folders have them without; rename the files"
        )
        yield severity(str(folder), "common-affix", f"{told}{loop and f': {loop}'}")
