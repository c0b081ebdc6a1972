"""``bratsfuse baselines``: the fusion methods and baselines that there are."""

import json

import click


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def command(as_json: bool) -> None:
    """List the methods that predict, fuse and build take.

    Of each: its name, what it predicts, the modalities that it takes, what it needs
    first, and what it does.
    """
    from bratsfuse.methods.find import listings
    from bratsfuse.terminal.tables import aligned

    found = list(listings())
    if as_json:
        click.echo(json.dumps([one.to_json() for one in found], indent=1))
        return
    rows = [("name", "kind", "predicts", "takes", "needs", "does")]
    rows += [
        (
            one.name,
            one.kind,
            ", ".join(one.tracks),
            one.inputs,
            one.needs,
            one.summary,
        )
        for one in found
    ]
    click.echo("\n".join(aligned(rows)))
