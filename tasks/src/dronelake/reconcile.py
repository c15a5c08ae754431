"""`dronelake reconcile`: start what an event missed, close flights that have gone quiet, remove old runs.

Events are a hint, this is the guarantee: whatever is in the store and has neither a run nor all that its run is to
leave gets its run, under the name that the event would have given it, so nothing can run twice. A run that failed stays
as it is; deleting it is how a person asks for another try. Only a stitching that had too little memory is tried again
by itself: in the next larger size class, by a run that has the class at the end of its name. A run that succeeded
before the database was restored, and whose items went with that, is made again. Reads the store as
`pipeline-reconcile`, the catalogue as a reader, and the cluster by its own service account; the environment gives
PIPELINES_NAMESPACE, QUIET_MINUTES, KEEP_RUNS_DAYS and SIZE_CLASSES.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

import psycopg
from pydantic import Field

from dronelake.closing import close_if_quiet
from dronelake.database import connect, restored_at
from dronelake.errors import AlreadyThere, BadInput, Denied, LakeError, NotFound, Unavailable
from dronelake.keys import ORTHO_BUCKET, ORTHO_SUFFIX, RAW_BUCKET, Flight, decode, encode
from dronelake.outcome import detection_lacks, stitching_lacks
from dronelake.plan import parse_classes
from dronelake.runs import FAILED, SUCCEEDED, UNFINISHED, Run, Runs, fill, run_name
from dronelake.settings import DatabaseSettings, EnvSettings, RunSettings
from dronelake.storage import Store, StoredObject

_LACKS = {"orthophoto": stitching_lacks, "detection": detection_lacks}
_PARAMS = {"orthophoto": ("flight-key", "flight-version"), "detection": ("ortho-key", "ortho-version")}


class ReconcileSettings(EnvSettings):
    pipelines_namespace: str
    quiet_minutes: int = Field(gt=0)
    keep_runs_days: int = Field(gt=0)
    size_classes: str


@dataclass
class Reconciler:
    """One look at everything; `lines` is what was done and seen, `failures` what could not be looked at."""

    store: Store
    catalogue: psycopg.Connection
    runs: Runs
    quiet: timedelta
    keep: timedelta
    code_version: str
    classes: Sequence[str] = ()
    """Names of the size classes, smallest first."""
    there: dict[str, Run] = field(default_factory=dict)
    restored: datetime | None = None
    lines: list[str] = field(default_factory=list)
    failures: list[LakeError] = field(default_factory=list)
    unclosed: list[Flight] = field(default_factory=list)
    flights: int = 0
    orthophotos: int = 0

    def look(self) -> None:
        """Do all there is to do; a flight that cannot be handled does not keep the others waiting.

        Closing comes last: it reads photos, and a large flight's take longer than all the rest.
        """
        self.there = self.runs.all()
        self.restored = restored_at(self.catalogue)
        for flight in _flights(self.store, RAW_BUCKET, "projects/"):
            self._each(flight.prefix, partial(self._raw, flight))
        for flight in _flights(self.store, ORTHO_BUCKET, ""):
            self._each(flight.prefix, partial(self._outputs, flight))
        for name, run in self.there.items():
            self._each(name, partial(self._prune, name, run))
        for flight in self.unclosed:
            self._each(flight.prefix, partial(self._close, flight))

    def _raw(self, flight: Flight) -> None:
        try:
            manifest = self.store.head(RAW_BUCKET, flight.manifest_key)
        except NotFound:
            self.unclosed.append(flight)
            return
        self.flights += 1
        self._ensure("orthophoto", manifest)

    def _outputs(self, flight: Flight) -> None:
        for found in self.store.latest(ORTHO_BUCKET, f"{flight.project}/{flight.name}/"):
            if found.key.endswith(ORTHO_SUFFIX):
                self.orthophotos += 1
                self._ensure("detection", found)

    def _close(self, flight: Flight) -> None:
        manifest = close_if_quiet(self.store, flight, self.quiet, self.code_version)
        if manifest is not None:
            self.flights += 1
            self.lines.append(f"closed {flight.prefix}: manifest version {manifest.version_id}")
            self._ensure("orthophoto", manifest)

    def _ensure(self, pipeline: str, source: StoredObject) -> None:
        first = run_name(pipeline, source.version_id)
        name = self._last(first)
        run = self.there.get(name)
        if run is not None and run.state == UNFINISHED:
            return
        lacking = _LACKS[pipeline](self.store, self.catalogue, source.key, source.version_id)
        if not lacking:
            return
        undone = run is not None and self._undone(run)
        if undone:
            self.runs.delete(name)
        larger = self._larger(run) if run is not None else None
        if run is not None and larger is None and not undone:
            ended = "failed" if run.state == FAILED else "succeeded"
            self.lines.append(
                f"left alone {name}: it {ended}, and there is no {', no '.join(lacking)} for {source.uri}; "
                "delete it to have it tried again"
            )
            return
        values = dict(zip(_PARAMS[pipeline], (encode(source.key), source.version_id), strict=True))
        made = fill(self.runs.template(pipeline), values)
        if made["metadata"]["name"] != first:
            raise BadInput(f"the TriggerTemplate {pipeline} names its run {made['metadata']['name']!r}, not {first!r}")
        why = ""
        if larger is not None:
            made["metadata"]["name"] = f"{first}-{larger}"
            made["spec"]["params"].append({"name": "least-class", "value": larger})
            why = f", since {name} had too little memory"
        try:
            self.runs.create(made)
        except AlreadyThere:
            return
        self.lines.append(f"started {made['metadata']['name']} for {source.uri}{why}")

    def _last(self, first: str) -> str:
        """The name of the last run of one input: the one in the largest size class, else the first."""
        names = [f"{first}-{one}" for one in self.classes]
        return next((name for name in reversed(names) if name in self.there), first)

    def _larger(self, run: Run) -> str | None:
        """The size class after the one in which a run's stitching had too little memory; None where there is none."""
        if run.state != FAILED:
            return None
        for one, larger in pairwise(self.classes):
            task_run = run.tasks.get(f"stitch-{one}")
            if task_run is not None:
                return larger if self.runs.lacked_memory(task_run) else None
        return None

    def _undone(self, run: Run) -> bool:
        """Whether a restore of the database took away what a run had written."""
        if run.state != SUCCEEDED or run.ended is None or self.restored is None:
            return False
        return run.ended < self.restored

    def _prune(self, name: str, run: Run) -> None:
        """Remove a run that succeeded long ago, where all that it made is there, so that it is not made again."""
        pipeline = name.split("-", 1)[0]
        if pipeline not in _LACKS or run.state != SUCCEEDED or run.ended is None:
            return
        if datetime.now(UTC) - run.ended < self.keep:
            return
        key, version = (run.params.get(param, "") for param in _PARAMS[pipeline])
        if not _LACKS[pipeline](self.store, self.catalogue, decode(key), version):
            self.runs.delete(name)
            self.lines.append(f"removed {name}: it succeeded at {run.ended:%Y-%m-%d %H:%M}, and what it made is there")

    def _each(self, what: str, work: Callable[[], None]) -> None:
        try:
            work()
        except LakeError as error:
            self.lines.append(f"could not handle {what}: {error}")
            self.failures.append(error)


def _flights(store: Store, bucket: str, prefix: str) -> Iterator[Flight]:
    """The flights that have anything in a bucket; folders that no flight can have are passed over."""
    for project in store.folders(bucket, prefix):
        for folder in store.folders(bucket, project):
            try:
                yield Flight(*folder.removeprefix(prefix).removesuffix("/").split("/"))
            except BadInput:
                continue


def gravest(failures: Sequence[LakeError]) -> LakeError | None:
    """The failure that the exit code tells of: what a person has to mend goes before what passes by itself."""
    return min(
        failures, key=lambda error: (not isinstance(error, Denied), isinstance(error, Unavailable)), default=None
    )


def main(argv: list[str]) -> None:
    """Look once; prints what was done. Raises the gravest of what could not be handled; the next look tries again."""
    parser = argparse.ArgumentParser(prog="dronelake reconcile", description=(__doc__ or "").split("\n\n", 1)[0])
    parser.parse_args(argv)
    settings = ReconcileSettings.load()
    database, run = DatabaseSettings.load(), RunSettings.load()
    quiet, keep = timedelta(minutes=settings.quiet_minutes), timedelta(days=settings.keep_runs_days)
    classes = [one.name for one in parse_classes(settings.size_classes)]
    store, runs = Store.from_env(), Runs(settings.pipelines_namespace)
    with connect(database) as catalogue:
        looked = Reconciler(store, catalogue, runs, quiet, keep, run.code_version, classes)
        try:
            looked.look()
        finally:
            for line in looked.lines:
                print(line, flush=True)
    print(f"looked at {looked.flights} flights and {looked.orthophotos} orthophotos")
    failure = gravest(looked.failures)
    if failure is not None:
        raise failure
