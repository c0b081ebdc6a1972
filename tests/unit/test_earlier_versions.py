"""Releases, runs, reports and entries of 0.1.0 open, or are refused with the cure."""

import json
import shlex

import boards
import pytest
from click.testing import CliRunner
from manifests import edit
from toys import write_toys

from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.leaderboard.entry import entry_of, parse_entry, to_json
from bratsfuse.leaderboard.evidence import read_evidence
from bratsfuse.release import read_manifest
from bratsfuse.release.recipe import SPLITS
from bratsfuse.report import read_report


def earlier(content):
    """Turn the content of a manifest into that of schema 1."""
    content["schema"] = 1
    split = content["recipe"]["split"]
    content["recipe"]["split"] = dict(zip(SPLITS, split, strict=True))
    content["fingerprint"] = "0" * 64
    for name in ("withheld", "added"):
        if not content[name]:
            del content[name]


def test_a_release_is_refused_with_the_command_that_renews_it(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=4)
    release = tmp_path / "my release"
    words = f"build {raw} --slices 10 --seed 3 --fuser maximum --min-gap 1"
    words += " --any-shape --min-area 4 --workers 1"
    done = CliRunner().invoke(main, [*words.split(), "-o", str(release)])
    assert done.exit_code == 0, done.output
    fingerprint = read_manifest(release).fingerprint
    edit(release, earlier)
    with pytest.raises(ReleaseError, match="schema 1; this version") as caught:
        read_manifest(release)
    assert "\n" not in str(caught.value)
    command = str(caught.value).partition("build it again: bratsfuse ")[2]
    words = shlex.split(command.replace(" RAW ", f" {raw} "))
    done = CliRunner().invoke(main, [*words, "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert read_manifest(release).fingerprint == fingerprint


def test_hidden_labels_and_added_products_are_named(toy_release):
    def change(content):
        content["withheld"] = {"test": "0" * 64}
        content["added"] = {"pca": {}}
        earlier(content)

    edit(toy_release, change)
    with pytest.raises(ReleaseError) as caught:
        read_manifest(toy_release)
    assert "--withhold-labels test, then bratsfuse fuse for pca" in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        {"schema": 1},
        {"schema": 1, "source": {"layout": "a\u202eb"}, "recipe": {}},
        {"schema": 1, "source": {"layout": "; rm"}, "recipe": []},
        {"schema": 1, "source": [], "recipe": {"split": 1}, "added": 3},
    ],
)
def test_a_broken_release_of_schema_1_names_the_head_of_the_command(
    toy_release, content
):
    (toy_release / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(ReleaseError) as caught:
        read_manifest(toy_release)
    assert str(caught.value).endswith(f"RAW -o {toy_release} --overwrite")


def test_a_release_of_a_later_schema_is_refused_without_a_command(toy_release):
    edit(toy_release, lambda content: content.update(schema=99))
    with pytest.raises(ReleaseError, match=r"schema 99; this version .* reads 2$"):
        read_manifest(toy_release)


def test_a_report_is_refused_with_the_command_that_renews_it(tmp_path):
    def change(content):
        content["schema"] = 1
        del content["data"]["withheld_digest"]

    report = boards.edited(boards.write_scored(tmp_path / "r", "mine"), change)
    words = r"schema: found 1, expected 2\); score .* again with bratsfuse evaluate"
    with pytest.raises(InvalidInputError, match=words):
        read_report(report)


def test_an_entry_is_refused_with_the_commands_that_renew_it(tmp_path):
    report = boards.write_scored(tmp_path / "r", "mine")
    content = json.loads(to_json(entry_of(read_evidence(report))))
    content["report"]["schema"] = 1
    words = r"report\.schema: found 1, expected 2.*evaluate.*leaderboard add --replace"
    with pytest.raises(InvalidInputError, match=words):
        parse_entry(json.dumps(content), "board/mine.json")
