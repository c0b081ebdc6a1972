"""``grand-challenge``: an evaluation container for grand-challenge.org."""

from pathlib import Path
from typing import Final

from bratsfuse.challenges.platform import Challenge, Platform


def _write(challenge: Challenge, folder: Path) -> None:
    from bratsfuse.challenges.parts import (
        copy_template,
        write_reference,
        write_rules,
    )

    names = ("README.md", "Dockerfile", "evaluate.py", "build.sh", "try.sh", "save.sh")
    for name in names:
        copy_template(f"grand_challenge/{name}", folder / name)
        if name.endswith(".sh"):
            (folder / name).chmod(0o755)
    copy_template("grand_challenge/dockerignore", folder / ".dockerignore")
    write_rules(challenge, folder)
    write_reference(challenge, folder / "ground_truth")


PLATFORM: Final = Platform(
    summary="an evaluation container for grand-challenge.org, with its ground truth",
    write=_write,
    then="sh build.sh, sh try.sh, sh save.sh; upload the container and ground_truth",
)
