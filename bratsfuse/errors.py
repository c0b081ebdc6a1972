"""The errors of bratsfuse: where, what was found, what was expected, what to do."""


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
