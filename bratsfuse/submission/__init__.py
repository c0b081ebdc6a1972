"""Submissions: what may be handed in, how it is read, and how it is written.

A submission is a folder, a zip of it, or a single HDF5 file, of predictions for one
split of a release. It is matched by id, never by order, and it is never trusted:
reading happens in a child process that knows which arrays it may fill. Read it in this
order:

- `record`, `file_names`: who submits what, and how the files are called;
- `expected`: what a complete submission contains, as the release says;
- `codes`: every kind of problem, with its meaning and its fix;
- `read`, `limits`, `staged`: untrusted bytes in, a plain file of images out;
- `parse`, `hdf5_form`, `hdf5_rules`, `png`: what the reading process does with them;
- `stage`, `trouble`: where it puts images, and what may befall it;
- `ids`, `findings`, `meant`: what is meant, what is wrong, what would fit;
- `contents`, `suspicions`: what the images show to be wrong;
- `check`: every problem of a submission, without scoring;
- `write`: a submission from predictions, or an empty template;
- `codings`, `from_volumes`: a submission from predicted volumes, one file per case;
- `volume_slices`: one such volume to its slices;
- `to_volumes`: its predictions as such volumes.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.submission.codes import CODES as CODES
    from bratsfuse.submission.expected import Expected as Expected
    from bratsfuse.submission.expected import expected_of as expected_of
    from bratsfuse.submission.from_volumes import Imported as Imported
    from bratsfuse.submission.from_volumes import import_volumes as import_volumes
    from bratsfuse.submission.limits import DEFAULT_LIMITS as DEFAULT_LIMITS
    from bratsfuse.submission.limits import Limits as Limits
    from bratsfuse.submission.read import Reading as Reading
    from bratsfuse.submission.read import read_submission as read_submission
    from bratsfuse.submission.record import SubmissionRecord as SubmissionRecord
    from bratsfuse.submission.record import record_from_toml as record_from_toml
    from bratsfuse.submission.staged import Staged as Staged
    from bratsfuse.submission.write import write_submission as write_submission
    from bratsfuse.submission.write import write_template as write_template

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "codes": ["CODES"],
        "expected": ["Expected", "expected_of"],
        "from_volumes": ["Imported", "import_volumes"],
        "limits": ["DEFAULT_LIMITS", "Limits"],
        "read": ["Reading", "read_submission"],
        "record": ["SubmissionRecord", "record_from_toml"],
        "staged": ["Staged"],
        "write": ["write_submission", "write_template"],
    },
)
