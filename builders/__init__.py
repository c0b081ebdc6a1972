"""Builders: one file per raw layout, each a form that says where things lie."""
