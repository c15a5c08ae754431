"""The `dronelake` command: one sub-command a step of the pipelines, and what an operator or scientist runs by hand.

Each sub-command imports its module only when it runs: pycolmap and rasterio cannot live in one process, and a
light command must not pay for a heavy library.
"""

import sys
from importlib import import_module

from dronelake.errors import LakeError

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module whose `main(argv)` runs it, one line of help)
    "plan": ("dronelake.plan", "read a flight manifest and choose the size class of its stitching"),
    "stitch": ("dronelake.stitch.command", "make the orthophoto of one flight manifest"),
    "detect": ("dronelake.detect.command", "find traps and bank damage on one orthophoto"),
    "catalog": ("dronelake.catalog.command", "write STAC items for a flight, orthophoto, model or result"),
    "serve": ("dronelake.serve.command", "serve the catalogue: STAC API and findings as OGC API Features"),
    "migrate": ("dronelake.migrate", "bring pgSTAC, the collections and the schema detections up to date"),
    "backup": ("dronelake.backup.take", "take a backup of the database"),
    "restore": ("dronelake.backup.restore", "put a backup in the place of the database"),
    "reconcile": ("dronelake.reconcile", "start what an event missed; close flights that have gone quiet"),
    "queue": ("dronelake.queue", "let detections that wait for a GPU go, the oldest first"),
    "upload": ("dronelake.upload", "upload a folder of photos as one flight, manifest last"),
    "lineage": ("dronelake.lineage.command", "tell what something was made of and made into, each in its version"),
    "rerun": ("dronelake.rerun.command", "do a stitching or detection again from its versions, and compare"),
    "publish-model": ("dronelake.detect.publish", "publish a model and its description to ai-models"),
    "sample-flight": ("dronelake.sample.command", "photograph the generated dike: photos with EXIF, and the truth"),
}


def usage() -> str:
    lines = [f"  {name:<15}{help_line}" for name, (_, help_line) in COMMANDS.items()]
    return "\n".join(
        ["usage: dronelake COMMAND [OPTIONS]", "", *lines, "", "dronelake COMMAND --help tells its options."]
    )


def main() -> None:
    """Run the sub-command that the first argument names; exit 2 when there is none of that name.

    A LakeError becomes one line on stderr and its exit code; anything else is a fault of ours and keeps its traceback.
    """
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage())
        raise SystemExit(0 if arguments else 2)
    name, *rest = arguments
    if name not in COMMANDS:
        print(f"dronelake: there is no command {name!r}\n\n{usage()}", file=sys.stderr)
        raise SystemExit(2)
    try:
        import_module(COMMANDS[name][0]).main(rest)
    except LakeError as error:
        print(f"dronelake {name}: {' '.join(str(error).splitlines())}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
