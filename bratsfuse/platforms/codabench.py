"""``codabench``: a bundle of version 2 with a scoring program and reference data."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bratsfuse.challenges.platform import Challenge, Platform

IMAGE: Final = "YOUR-ACCOUNT/bratsfuse-scoring:1"
"""The image that the organiser builds of ``docker/``."""


def _write(challenge: Challenge, folder: Path) -> None:
    import yaml

    from bratsfuse.challenges.parts import (
        copy_template,
        write_reference,
        write_rules,
    )

    bundle = folder / "bundle"
    for name in ("overview.md", "evaluation.md", "terms.md"):
        copy_template(f"codabench/{name}", bundle / "pages" / name)
    program = bundle / "scoring_program"
    for name in ("score.py", "metadata.yaml"):
        copy_template(f"codabench/{name}", program / name)
    write_rules(challenge, program)
    write_reference(challenge, bundle / "reference_data")
    _write_logo(bundle / "logo.png")
    text = yaml.safe_dump(competition(challenge), sort_keys=False, allow_unicode=True)
    (bundle / "competition.yaml").write_text(text, encoding="utf-8")
    copy_template("codabench/Dockerfile", folder / "docker" / "Dockerfile")
    copy_template("codabench/README.md", folder / "README.md")
    copy_template("codabench/pack.py", folder / "pack.py")


def competition(challenge: Challenge) -> dict[str, Any]:
    """Return ``competition.yaml`` as nested mappings."""
    from bratsfuse.challenges.parts import (
        column_name,
        lower_is_better,
        ranked,
        title_of,
    )

    columns = [
        {
            "title": title_of(measure),
            "key": column_name(measure),
            "index": place,
            "sorting": "asc" if lower_is_better(measure) else "desc",
            "precision": 4,
        }
        for place, measure in enumerate(ranked(challenge))
    ]
    return {
        "version": 2,
        "title": challenge.title,
        "description": f"{challenge.track.capitalize()} of MR slices of brain tumours.",
        "image": "logo.png",
        "registration_auto_approve": False,
        "docker_image": IMAGE,
        "enable_detailed_results": False,  # a report shows slices and cases
        "terms": "pages/terms.md",
        "pages": [
            {"title": "Overview", "file": "pages/overview.md"},
            {"title": "Evaluation", "file": "pages/evaluation.md"},
        ],
        "tasks": [
            {
                "index": 0,
                "name": challenge.track,
                "description": f"Predict the {challenge.split} split.",
                "scoring_program": "scoring_program/",
                "reference_data": "reference_data/",
            }
        ],
        "solutions": [],
        "phases": [
            {
                "index": 0,
                "name": "Test",
                "description": f"Predictions of the {challenge.split} split.",
                "start": datetime.now(UTC).date().isoformat(),
                "tasks": [0],
                "max_submissions": 20,
                "max_submissions_per_day": 2,
                "execution_time_limit": 3600,
            }
        ],
        "leaderboards": [
            {
                "title": "Results",
                "key": "results",
                "submission_rule": "Force_Best",
                "columns": columns,
            }
        ],
    }


def _write_logo(path: Path) -> None:
    """Write a drawn logo: three nested regions, of nobody."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (256, 256), "#10151c")
    draw = ImageDraw.Draw(image)
    for radius, colour in ((100, "#3d4b5c"), (70, "#4c8dae"), (44, "#e2a03f")):
        box = (128 - radius, 128 - radius, 128 + radius, 128 + radius)
        draw.ellipse(box, fill=colour)
    image.save(path, format="PNG")


PLATFORM: Final = Platform(
    summary="a bundle for Codabench with scoring program and reference data",
    write=_write,
    then="build docker/, write its name into bundle/competition.yaml, run pack.py, "
    "upload bundle.zip",
)
