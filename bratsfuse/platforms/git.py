"""``git``: a repository is the leaderboard; submissions are pull requests."""

from pathlib import Path
from typing import Final

from bratsfuse.challenges.platform import Challenge, Platform


def _write(challenge: Challenge, folder: Path) -> None:
    from bratsfuse.challenges.parts import copy_template, write_rules

    for name in ("README.md", "evaluate.py", "check.py", "gitignore"):
        shown = ".gitignore" if name == "gitignore" else name
        copy_template(f"git/{name}", folder / shown)
    for name in ("check.yml", "evaluate.yml"):
        target = folder / ".github" / "workflows" / name
        copy_template(f"git/workflows/{name}", target)
    copy_template("git/submissions.md", folder / "submissions" / "README.md")
    write_rules(challenge, folder)


PLATFORM: Final = Platform(
    summary="a repository as leaderboard: submissions by pull request, a static site",
    write=_write,
    then="git init it, push it, and follow its README.md; the data stay on your runner",
)
