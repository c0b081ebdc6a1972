import pytest
from once import once
from real_release import built

from bratsfuse.builders import find_cases


@pytest.fixture(scope="session")
def release(real_data, tmp_path_factory, worker_id):
    """A release of seven real cases, the partial one among them. Not to be changed."""

    def make(folder):
        raw = folder / "raw"
        raw.mkdir(parents=True)
        for case in find_cases(real_data / "brats2018").cases[:7]:
            (raw / case.id).symlink_to(case.folder, target_is_directory=True)
        built(raw, folder / "release", 60, "--split", "0.4,0.2,0.4", "--seed", 3)

    return once(tmp_path_factory, worker_id, "few_cases", make) / "release"
