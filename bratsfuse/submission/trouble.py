"""Trouble of the machine that reads, apart from what is wrong with a submission.

A full disk or a failing one must never end in a report that refuses a submission.
"""

import errno
import signal
from typing import Final

from bratsfuse.parallel.deaths import KILLS

TEMPORARY_FAILURE: Final = 75
"""How a reading process ends that could not do its work (EX_TEMPFAIL of sysexits.h)."""

_OF_THE_MACHINE: Final = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.EROFS,
    errno.ESTALE,
}


class MachineTroubleError(Exception):
    """The disk is full or fails; nothing is said of the submission."""


def refuse_trouble(problem: BaseException) -> None:
    """Raise a `MachineTroubleError` if a problem is none of the submission.

    Raises
    ------
    MachineTroubleError
        If the system said that its disk is full or fails.
    """
    if isinstance(problem, OSError) and problem.errno in _OF_THE_MACHINE:
        raise MachineTroubleError(str(problem)) from problem


def why_not_read(status: int) -> str:
    """Return why nothing was read, "" if the submission itself may be why.

    Parameters
    ----------
    status
        How it ended: 0, a status, or less the number of a signal.
    """
    if status == TEMPORARY_FAILURE:
        return "the disk of the temporary folder is full or fails; free some space"
    if -status in KILLS:
        name = signal.Signals(-status).name
        return f"its reader was killed by {name}; is there too little memory?"
    if status > 0:
        return f"its reader ended with status {status}; this is a fault of bratsfuse"
    return ""
