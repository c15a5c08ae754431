"""`dronelake rerun SUBJECT DIR`: do the work that made an orthophoto or a result again, from its recorded versions, and
compare. Everything is written to DIR, nothing to the lake. SUBJECT is what `dronelake lineage` takes; a finding or a
picture stands for its result.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from dronelake.errors import BadInput, LakeError
from dronelake.lineage.nodes import Node
from dronelake.lineage.pgstac import readers
from dronelake.lineage.sources import sources
from dronelake.lineage.subject import FORMS, parse_subject, split_href
from dronelake.lineage.walk import resolve
from dronelake.rerun.verdict import Verdict
from dronelake.settings import DatabaseSettings, RunSettings, StoreSettings
from dronelake.storage import Store


def main(argv: list[str]) -> None:
    """Run again and print the comparison as JSON; raises LakeError when the results differ beyond the bound."""
    parser = argparse.ArgumentParser(prog="dronelake rerun", description=__doc__)
    parser.add_argument("subject", metavar="SUBJECT", help=FORMS)
    parser.add_argument("folder", metavar="DIR", type=Path, help="an empty folder, or one to make")
    options = parser.parse_args(argv)
    node = _made(options.subject)
    folder = _empty(options.folder)
    verdict, record = _again(node, folder)
    told = {
        "subject": node.id,
        "verdict": verdict.word,
        "compared": dict(verdict.figures),
        "recorded": record,
        "this_code_version": RunSettings.load().code_version,
        "folder": str(folder),
    }
    print(json.dumps(told, indent=1, ensure_ascii=False))
    if verdict.faults:
        raise LakeError(f"{node.id} came out differently: {'; '.join(verdict.faults)}; docs/lineage.md says why it may")


def _made(text: str) -> Node:
    """The orthophoto or result that a subject names or is part of; raises BadInput for what no run of the lake made."""
    with readers(DatabaseSettings.load())() as reader:
        thing = resolve(reader, parse_subject(text))
        of_finding = thing.node.kind == "finding"
        candidates = sources(reader, thing) if of_finding else [thing]
    wanted = ("result",) if of_finding else ("orthophoto", "result")
    for one in candidates:
        if one.node.kind in wanted:
            return one.node
    raise BadInput(
        f"{thing.node.id} is a {thing.node.kind} of which the catalogue has no run to do again; name an orthophoto, a "
        "result or a finding"
    )


def _empty(folder: Path) -> Path:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is not an empty folder; name another, so that nothing of yours is written over")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _again(node: Node, folder: Path) -> tuple[Verdict, dict[str, Any]]:
    key, version = (split_href(node.href or "") or ("", ""))[1], node.version or ""
    store_settings = StoreSettings.load()
    if node.kind == "orthophoto":
        from dronelake.rerun.stitching import stitch_again

        return stitch_again(Store(store_settings), key, version, folder)
    from dronelake.rerun.detection import detect_again

    return detect_again(store_settings, Store(store_settings), key, version, folder)
