"""`dronelake queue`: let runs that wait for GPUs go, the oldest first, while there are GPUs for them.

A run that needs GPUs is made as pending: Tekton starts nothing of it, and its timeouts begin only when it is let go.
The cluster itself is the queue, so nothing is lost when this ends and starts again. It waits for changes rather than
for the clock: a GPU that comes free is used within a second. The environment gives PIPELINES_NAMESPACE and GPU_QUOTA.
"""

import argparse
import signal
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from dronelake.errors import BadInput, Unavailable
from dronelake.runs import UNFINISHED, Run, Runs
from dronelake.settings import EnvSettings

_EPOCH = datetime.fromtimestamp(0, UTC)
_WATCH_S = 60
_AGAIN_S = 5


class QueueSettings(EnvSettings):
    pipelines_namespace: str
    gpu_quota: int = Field(gt=0)
    """GPUs that runs may use at a time."""
    looked_file: Path | None = None
    """Touched after every look, for whoever watches that this one goes on."""


def waiting(runs: Mapping[str, Run]) -> list[str]:
    """Names of the pending runs, the oldest first."""
    names = [name for name, run in runs.items() if run.pending and run.state == UNFINISHED]
    return sorted(names, key=lambda name: (runs[name].made or _EPOCH, name))


def in_use(runs: Mapping[str, Run]) -> int:
    """GPUs of the runs that have been let go and have not ended."""
    return sum(run.gpus for run in runs.values() if run.state == UNFINISHED and not run.pending)


def next_runs(runs: Mapping[str, Run], quota: int) -> list[str]:
    """Names of the pending runs that may go now, in order.

    One that does not fit yet keeps all younger ones waiting, or it would never get its GPUs. One that needs more than
    the quota can never go, and keeps nobody waiting.
    """
    free = quota - in_use(runs)
    chosen = []
    for name in waiting(runs):
        needs = runs[name].gpus
        if needs > quota:
            continue
        if needs > free:
            break
        chosen.append(name)
        free -= needs
    return chosen


class Queue:
    """The queue of one namespace."""

    def __init__(self, runs: Runs, quota: int) -> None:
        self.runs = runs
        self.quota = quota
        self._told: set[str] = set()

    def look(self) -> tuple[dict[str, Run], str]:
        """Let go what may; returns the runs as they were, and the version at which they were so."""
        there, version = self.runs.with_gpus()
        for name in waiting(there):
            if there[name].gpus > self.quota and name not in self._told:
                self._told.add(name)
                print(
                    f"passed over {name}: it needs {there[name].gpus} GPUs, more than the quota of {self.quota}; "
                    "raise gpu.queue.quota, or delete the run",
                    flush=True,
                )
        used, left = in_use(there), len(waiting(there))
        for name in next_runs(there, self.quota):
            try:
                self.runs.release(name)
            except BadInput as error:
                # Somebody else let it go or removed it; the next look sees how it stands.
                print(f"passed over {name}: {error}", flush=True)
                continue
            used, left = used + there[name].gpus, left - 1
            print(f"released {name}: {used} of {self.quota} GPUs in use, {left} wait", flush=True)
        return there, version


def main(argv: list[str]) -> None:
    """Look, and look again whenever a run changes; never returns. A cluster that does not answer is asked again."""
    parser = argparse.ArgumentParser(prog="dronelake queue", description=(__doc__ or "").split("\n\n", 1)[0])
    parser.parse_args(argv)
    settings = QueueSettings.load()
    runs = Runs(settings.pipelines_namespace)
    queue = Queue(runs, settings.gpu_quota)
    # The first process of a container is not ended by a signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        try:
            seen, version = queue.look()
            if settings.looked_file:
                settings.looked_file.touch()
            runs.wait(seen, version, _WATCH_S)
        except Unavailable as error:
            print(error, flush=True)
            time.sleep(_AGAIN_S)
