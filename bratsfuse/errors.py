"""The errors of bratsfuse: where, what was found, what was expected, what to do.

Errors of the operating system have their words here, too.
"""

import errno
from typing import Final

_ADVICE: Final = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "the quota is reached; remove some files",
    errno.EFBIG: "no larger file is allowed there; choose another folder",
    errno.EROFS: "choose a folder that can be written to",
    errno.EACCES: "check the permissions",
    errno.EPERM: "check the permissions",
    errno.EIO: "the disk or the network failed; copy the file again",
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "check the path",
    errno.EMFILE: "close other programs or raise the limit of open files",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "remove the link",
}


_OF_DISKS: Final = "see whether the disk is full or a quota is reached"


class BratsfuseError(Exception):
    """The base of every error that a user's input can cause."""


class UnknownNameError(BratsfuseError, LookupError):
    """A builder, fusion method or baseline was asked for by a name that nothing has."""


class InvalidInputError(BratsfuseError, ValueError):
    """A value, array or file is not what the function or command can take."""


class RawDataError(BratsfuseError, ValueError):
    """Raw BraTS volumes are missing, broken or not what their names promise."""


class WorkerDiedError(BratsfuseError, RuntimeError):
    """A worker process ended abruptly; what the others finished is kept.

    Attributes
    ----------
    item
        What it was working on, None if that is not known.
    status
        Its exit status, or less the number of the signal that ended it; 0 if unknown.
    """

    def __init__(self, text: str, *, item: object = None, status: int = 0) -> None:
        super().__init__(text)
        self.item, self.status = item, status


class ReleaseError(BratsfuseError, ValueError):
    """A release cannot be written, is unfinished, or is not what it claims to be."""


class MissingExtraError(BratsfuseError, ImportError):
    """Something needs an optional dependency that is not installed."""


class ScoringError(BratsfuseError, RuntimeError):
    """Scoring could not be done on this machine; nothing is said of a submission."""


class SubmissionError(BratsfuseError, ValueError):
    """A submission cannot be written, or is not there to be read."""


def unwritable(problem: OSError) -> str:
    """Return that something cannot be written, why, and what to do, in one line."""
    text = " ".join((problem.strerror or str(problem)).split())  # HDF5: many lines
    text += f", {problem.filename}" if problem.filename else ""
    return f"cannot be written ({text}); {advice(problem, _OF_DISKS)}"


def advice(problem: OSError, otherwise: str) -> str:
    """Return what to do, or what to do `otherwise` if that is not known."""
    return _ADVICE.get(problem.errno or 0, otherwise)
