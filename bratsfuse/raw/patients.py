"""Which case belongs to which patient, across releases.

A layout's own form says which part of a case id names the patient. BraTS renames its
patients every year, though. The key of a patient is what the names of all releases have
in common, so that the same patient falls in the same split whichever release is built.
Where names have nothing in common, the organisers' name mappings join them: see
`bratsfuse.raw.name_tables`.
"""

import re
from collections.abc import Iterable
from itertools import chain
from typing import Final

from bratsfuse.errors import RawDataError
from bratsfuse.raw.layout import Layout

# A patient's name in one release -> the key in all. Where a table says that two keys
# are one patient, the upper one holds: most releases derive it without the table.
_COMMON_KEYS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # 2017 writes TCIA_201 where 2018 and 2019 write TCIA01_201 for the same patient:
    # the site number is dropped. The 335 rows of the 2019 mapping stay distinct.
    (re.compile(r"Bra[tT][sS]1[789]_([A-Za-z]+)\d*_([A-Za-z0-9]+)"), "{0}_{1}"),
    (re.compile(r"Bra[tT][sS]1[789]_(2013)_(\d+)"), "{0}_{1}"),
    # 2023 kept the numbers of 2021, 2024 those of 2023; time points are left out
    # here as well, for ids of which no layout knows.
    (re.compile(r"BraTS(?:2021_|-GLI-)(\d{5})(?:-\d{3})?"), "GLI_{0}"),
    (re.compile(r"BraTS20_(Training|Validation)_(\d{3})"), "2020_{0}_{1}"),
    (re.compile(r"BraTS-([A-Z]+)-(\d{5})(?:-\d{3})?"), "{0}_{1}"),
    # The 30 patients of 2012 are those of 2013 under the same numbers.
    (re.compile(r"(?:BRATS_)?([HL]G)_?(\d{4})"), "2013_{0}{1}"),
    # 2015 contains the 30 patients of 2013 under the same numbers. If that were wrong
    # for one of them, two patients would merely stay in one split; without the rule one
    # patient could fall in the training set of one release and the test set of another.
    (re.compile(r"([HL]G)G_brats_2013_pat(\d+)"), "2013_{0}{1}"),
    (re.compile(r"([HL]GG)_brats_(\w+?)_pat(\d+)"), "2015_{0}_{1}_{2}"),
    (re.compile(r"(TCGA-\w{2}-\w{4})"), "{0}"),
)


def _common(name: str) -> tuple[int, str] | None:
    """Return the rank and the key of a patient's name, None if no release has it."""
    for rank, (pattern, template) in enumerate(_COMMON_KEYS):
        match = pattern.fullmatch(name)
        if match is not None:
            return rank, template.format(*match.groups())
    return None


def common_key(name: str) -> str:
    """Return the key of a patient in all releases, by the name in one of them.

    Parameters
    ----------
    name
        As `Layout.patient_of` gives it, for example ``Brats18_TCIA01_201``.

    Returns
    -------
    str
        For example ``TCIA_201``; the name itself if no other release has the patient.
    """
    found = _common(name)
    return name if found is None else found[1]


def patient_in(layout: Layout, case_id: str) -> str:
    """Return the key of a case's patient by the rule of its own layout.

    Raises
    ------
    RawDataError
        If the id does not fit the layout's case pattern, so that no rule applies.
    """
    name = layout.patient_of(case_id)
    if name is None:
        raise RawDataError(
            f"case {case_id!r}: its patient is unknown, because the id does not fit "
            f"the case pattern of layout {layout.name!r}, {layout.arrangement.case!r}; "
            "correct the pattern"
        )
    return common_key(name)


def known_key(text: str, layouts: Iterable[Layout]) -> tuple[int, str] | None:
    """Return rank and key of the patient that a text names in whatever release."""
    for name in chain([text], (layout.patient_of(text) for layout in layouts)):
        found = None if name is None else _common(name)
        if found is not None:
            return found
    return None


def patient_key(case_id: str, layouts: Iterable[Layout]) -> str:
    """Return the key of the patient that a case id of any release speaks of.

    Parameters
    ----------
    case_id
        For example ``Brats18_TCIA01_201_1`` or ``BraTS-GLI-02063-105``.
    layouts
        All that are known: their forms say which part of an id is the patient.

    Returns
    -------
    str
        For example ``TCIA_201`` or ``GLI_02063``; the case id itself if it is no
        release's.
    """
    found = known_key(case_id, layouts)
    return case_id if found is None else found[1]
