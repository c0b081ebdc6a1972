"""Folders that are made once, however many processes run the tests."""

from filelock import FileLock


def once(tmp_path_factory, worker_id, name, make):
    """Return a folder of the whole test run; the first to ask for it makes it."""
    base = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        base = base.parent
    folder = base / name
    with FileLock(base / f"{name}.lock"):
        if not folder.exists():
            make(folder)
    return folder
