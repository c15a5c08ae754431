"""`dronelake lineage SUBJECT`: what a thing was made of, each in its exact version, and what was made of it."""

import argparse

from dronelake.lineage.pgstac import readers
from dronelake.lineage.subject import FORMS
from dronelake.lineage.text import tree
from dronelake.lineage.walk import lineage
from dronelake.settings import DatabaseSettings


def main(argv: list[str]) -> None:
    """Print the lineage of one subject, for people or, with `--json`, for programs."""
    parser = argparse.ArgumentParser(prog="dronelake lineage", description=__doc__)
    parser.add_argument("subject", metavar="SUBJECT", help=FORMS)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a tree")
    options = parser.parse_args(argv)
    with readers(DatabaseSettings.load())() as reader:
        told = lineage(reader, options.subject)
    print(told.model_dump_json(indent=1) if options.json else tree(told))
