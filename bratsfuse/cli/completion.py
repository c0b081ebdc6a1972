"""``bratsfuse completion``: what lets a shell complete commands and names."""

import click

_ADVICE = {
    "bash": 'add to ~/.bashrc:  eval "$(bratsfuse completion bash)"',
    "zsh": 'add to ~/.zshrc:  eval "$(bratsfuse completion zsh)"',
    "fish": "write it to ~/.config/fish/completions/bratsfuse.fish",
}


@click.command
@click.argument("shell", type=click.Choice(sorted(_ADVICE)))
def command(shell: str) -> None:
    """Print the script that lets SHELL complete bratsfuse by the tab key.

    \b
    Examples:
      eval "$(bratsfuse completion bash)"        in ~/.bashrc
      eval "$(bratsfuse completion zsh)"         in ~/.zshrc
      bratsfuse completion fish > ~/.config/fish/completions/bratsfuse.fish

    Commands, options, choices, files and the names of formats and platforms are
    completed. Nothing is written.
    """
    from click.shell_completion import get_completion_class

    from bratsfuse.cli import main

    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"{shell}; expected one of {', '.join(_ADVICE)}")
    script = made(main, {}, "bratsfuse", "_BRATSFUSE_COMPLETE").source()
    click.echo(f"# {_ADVICE[shell]}")
    click.echo(script)
