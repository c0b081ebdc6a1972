"""The command line repeats no default of the recipe: it asks the recipe."""

from dataclasses import fields

import click
import pytest

from bratsfuse.cli import build, inspect
from bratsfuse.release import Recipe

NAMES = {field.name for field in fields(Recipe)}
OPTIONS = {
    f"{module.__name__}:{option.name}": option
    for module in (build, inspect)
    for option in module.command.params
    if option.name in NAMES and not option.is_flag
}


def test_the_options_are_found():
    names = [option.name for option in OPTIONS.values()]
    assert len(names) >= 10
    assert {"slices", "split", "seed", "sources", "fusers"} <= set(names)


@pytest.mark.parametrize("place", OPTIONS)
def test_the_default_is_that_of_the_recipe(place):
    option = OPTIONS[place]
    assert type(option) is not click.Option  # one that asks
    context = click.Context(build.command)
    value = option.process_value(context, option.get_default(context))
    assert value == getattr(Recipe(), option.name)


@pytest.mark.parametrize("place", OPTIONS)
def test_the_help_shows_it(place):
    option = OPTIONS[place]
    shown = option.get_default(click.Context(build.command))
    told = ", ".join(shown) if isinstance(shown, tuple) else shown
    _, text = option.get_help_record(click.Context(build.command))
    assert f"[default: {told}" in text
