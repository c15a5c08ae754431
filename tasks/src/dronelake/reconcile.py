"""`dronelake reconcile`: start what an event missed, close flights that have gone quiet.

Events are a hint, this is the guarantee: whatever is in the store and has neither a run nor all that its run is to
leave gets its run, under the name that the event would have given it, so nothing can run twice. A run that failed stays
as it is; deleting it is how a person asks for another try. Reads the store as `pipeline-reconcile`, the catalogue as a
reader, and the cluster by its own service account; the environment gives PIPELINES_NAMESPACE and QUIET_MINUTES.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg
from pydantic import Field

from dronelake.closing import close_if_quiet
from dronelake.database import connect
from dronelake.errors import AlreadyThere, BadInput, Denied, LakeError, NotFound, Unavailable
from dronelake.keys import ORTHO_BUCKET, ORTHO_SUFFIX, RAW_BUCKET, Flight, encode
from dronelake.outcome import detection_lacks, stitching_lacks
from dronelake.runs import FAILED, UNFINISHED, Runs, fill, run_name
from dronelake.settings import DatabaseSettings, EnvSettings, RunSettings
from dronelake.storage import Store, StoredObject

_LACKS = {"orthophoto": stitching_lacks, "detection": detection_lacks}


class ReconcileSettings(EnvSettings):
    pipelines_namespace: str
    quiet_minutes: int = Field(gt=0)


@dataclass
class Reconciler:
    """One look at everything; `lines` is what was done and seen, `failures` what could not be looked at."""

    store: Store
    catalogue: psycopg.Connection
    runs: Runs
    quiet: timedelta
    code_version: str
    states: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    failures: list[LakeError] = field(default_factory=list)
    unclosed: list[Flight] = field(default_factory=list)
    flights: int = 0
    orthophotos: int = 0

    def look(self) -> None:
        """Do all there is to do; a flight that cannot be handled does not keep the others waiting.

        Closing comes last: it reads photos, and a large flight's take longer than all the rest.
        """
        self.states = self.runs.states()
        for flight in _flights(self.store, RAW_BUCKET, "projects/"):
            self._each(flight, self._raw)
        for flight in _flights(self.store, ORTHO_BUCKET, ""):
            self._each(flight, self._outputs)
        for flight in self.unclosed:
            self._each(flight, self._close)

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
        name = run_name(pipeline, source.version_id)
        state = self.states.get(name)
        if state == UNFINISHED:
            return
        lacking = _LACKS[pipeline](self.store, self.catalogue, source.key, source.version_id)
        if not lacking:
            return
        if state is not None:
            ended = "failed" if state == FAILED else "succeeded"
            self.lines.append(
                f"left alone {name}: it {ended}, and there is no {', no '.join(lacking)} for {source.uri}; "
                "delete it to have it tried again"
            )
            return
        stem = "flight" if pipeline == "orthophoto" else "ortho"
        values = {f"{stem}-key": encode(source.key), f"{stem}-version": source.version_id}
        run = fill(self.runs.template(pipeline), values)
        if run["metadata"]["name"] != name:
            raise BadInput(f"the TriggerTemplate {pipeline} names its run {run['metadata']['name']!r}, not {name!r}")
        try:
            self.runs.create(run)
        except AlreadyThere:
            return
        self.states[name] = UNFINISHED
        self.lines.append(f"started {name} for {source.uri}")

    def _each(self, flight: Flight, work: Callable[[Flight], None]) -> None:
        try:
            work(flight)
        except LakeError as error:
            self.lines.append(f"could not handle {flight.prefix}: {error}")
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
    quiet = timedelta(minutes=settings.quiet_minutes)
    store = Store.from_env()
    with connect(database) as catalogue:
        looked = Reconciler(store, catalogue, Runs(settings.pipelines_namespace), quiet, run.code_version)
        try:
            looked.look()
        finally:
            for line in looked.lines:
                print(line, flush=True)
    print(f"looked at {looked.flights} flights and {looked.orthophotos} orthophotos")
    failure = gravest(looked.failures)
    if failure is not None:
        raise failure
