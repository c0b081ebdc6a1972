"""What to do about an error of the operating system, in a few words."""

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


def unwritable(problem: OSError) -> str:
    """Return that something cannot be written, why, and what to do, in one line."""
    text = " ".join((problem.strerror or str(problem)).split())  # HDF5: many lines
    text += f", {problem.filename}" if problem.filename else ""
    return f"cannot be written ({text}); {advice(problem, _OF_DISKS)}"


def advice(problem: OSError, otherwise: str) -> str:
    """Return what to do, or what to do `otherwise` if that is not known."""
    return _ADVICE.get(problem.errno or 0, otherwise)
