"""Shells complete what bratsfuse has."""

import shutil
import subprocess

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.exports import FORMATS


def completions(*words, incomplete=""):
    complete = ShellComplete(main, {}, "bratsfuse", "_BRATSFUSE_COMPLETE")
    return [item.value for item in complete.get_completions(list(words), incomplete)]


def test_commands_options_and_names_are_completed():
    assert completions(incomplete="exp") == ["experiment", "export"]
    assert "--format" in completions("export", "r", incomplete="--f")
    assert completions("export", "r", "--format", incomplete="n") == sorted(
        name for name in FORMATS if name.startswith("n")
    )
    platforms = completions("challenge", "init", "r", "--platform", incomplete="")
    assert platforms == ["codabench", "git", "grand-challenge"]


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_the_script_of_a_shell_is_printed(shell, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "click.shell_completion.BashComplete._check_version", lambda _: None
    )
    done = CliRunner().invoke(main, ["completion", shell])
    assert done.exit_code == 0, done.output
    assert f"_BRATSFUSE_COMPLETE={shell}_complete" in done.output
    if shutil.which(shell):
        path = tmp_path / "script"
        path.write_text(done.output)
        subprocess.run([shutil.which(shell), "-n", str(path)], check=True)


def test_another_shell_is_wrong_usage():
    assert CliRunner().invoke(main, ["completion", "tcsh"]).exit_code == 2
