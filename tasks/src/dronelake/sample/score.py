"""`python -m dronelake.sample.score TRUTH FINDINGS --gsd M`: findings held against the truth, as JSON."""

import argparse
import json
import sys
from pathlib import Path

from dronelake.errors import LakeError
from dronelake.sample.truth import read, score


def main(argv: list[str]) -> int:
    """Print the figures; 0 when they keep what the flight promises, 1 when not, 2 for files that are no GeoJSON."""
    parser = argparse.ArgumentParser(prog="python -m dronelake.sample.score", description=__doc__)
    parser.add_argument("truth", type=Path)
    parser.add_argument("findings", type=Path)
    parser.add_argument("--gsd", type=float, required=True, metavar="M", help="metres a pixel of the orthophoto")
    options = parser.parse_args(argv)
    try:
        figures = score(read(options.truth), read(options.findings), options.gsd)
    except LakeError as error:
        print(f"score: {error}", file=sys.stderr)
        return error.exit_code
    print(json.dumps(figures, indent=1, ensure_ascii=False))
    return 0 if figures["passed"] else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
