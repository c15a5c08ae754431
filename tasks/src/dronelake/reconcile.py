"""`dronelake reconcile`: start what an event missed, close flights that have gone quiet.

Events are a hint, this is the guarantee: whatever is in the store and has neither a run nor a result gets its run,
under the name that the event would have given it, so nothing can run twice. A run that failed stays as it is; deleting
it is how a person asks for another try. Reads the store as `pipeline-reconcile`, the catalogue as a reader, and the
cluster by its own service account; the environment gives PIPELINES_NAMESPACE and QUIET_MINUTES.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from pydantic import Field

from dronelake.catalog.flight import flight_item_id
from dronelake.catalog.load import exists
from dronelake.catalog.orthophoto import orthophoto_item_id
from dronelake.catalog.results import results_of
from dronelake.closing import close_if_quiet
from dronelake.database import connect
from dronelake.errors import AlreadyThere, BadInput, LakeError, NotFound, Unavailable
from dronelake.keys import ORTHO_BUCKET, RAW_BUCKET, Flight, encode
from dronelake.manifest import load
from dronelake.runs import UNFINISHED, Runs, fill, run_name
from dronelake.settings import DatabaseSettings, EnvSettings, RunSettings
from dronelake.storage import Store, StoredObject

# What the bucket's notification of an orthophoto listens to.
ORTHO_SUFFIX = "-merged.geotiff"


class ReconcileSettings(EnvSettings):
    pipelines_namespace: str
    quiet_minutes: int = Field(gt=0)


@dataclass
class Reconciler:
    """One look at everything; `lines` is what was done and seen, `failures` what could not be looked at."""

    store: Store
    runs: Runs
    quiet: timedelta
    code_version: str
    states: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    failures: list[LakeError] = field(default_factory=list)
    manifests: list[StoredObject] = field(default_factory=list)
    orthophotos: list[StoredObject] = field(default_factory=list)

    def look(self) -> None:
        """Do all there is to do; a flight that cannot be handled does not keep the others waiting."""
        self.states = self.runs.states()
        for flight in _flights(self.store, RAW_BUCKET, "projects/"):
            self._each(flight, self._raw)
        for flight in _flights(self.store, ORTHO_BUCKET, ""):
            self._each(flight, self._outputs)

    def _raw(self, flight: Flight) -> None:
        try:
            manifest = self.store.head(RAW_BUCKET, flight.manifest_key)
        except NotFound:
            closed = close_if_quiet(self.store, flight, self.quiet, self.code_version)
            if closed is None:
                return
            self.lines.append(f"closed {flight.prefix}: manifest version {closed.version_id}")
            manifest = closed
        self.manifests.append(manifest)
        self._ensure("orthophoto", manifest, partial(_is_stitched, self.store, flight))

    def _outputs(self, flight: Flight) -> None:
        for found in self.store.latest(ORTHO_BUCKET, f"{flight.project}/{flight.name}/"):
            if found.key.endswith(ORTHO_SUFFIX):
                self.orthophotos.append(found)
                self._ensure("detection", found, partial(_is_detected, self.store))

    def _ensure(self, pipeline: str, source: StoredObject, is_done: Callable[[StoredObject], bool]) -> None:
        name = run_name(pipeline, source.version_id)
        if self.states.get(name) == "False":
            self.lines.append(f"left alone {name}: it failed; delete it to have it tried again")
        if name in self.states or is_done(source):
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


def missing_from_catalogue(store: Store, settings: DatabaseSettings, looked: Reconciler) -> list[str]:
    """Flights whose run has ended and, of them, orthophotos that the catalogue does not have.

    Their run could not catalogue them; it is there, failed, to be read and deleted.
    """
    ended = [one for one in looked.manifests if looked.states.get(f"orthophoto-{one.version_id}") != UNFINISHED]
    versions = {one.version_id for one in ended}
    absent = []
    with connect(settings) as connection:
        for stored in ended:
            manifest = load(store, RAW_BUCKET, stored.key, stored.version_id)
            if not exists(connection, RAW_BUCKET, flight_item_id(manifest, stored.version_id)):
                absent.append(f"{stored.uri} version {stored.version_id}")
        for found in looked.orthophotos:
            about = store.head(ORTHO_BUCKET, found.key, found.version_id).metadata
            identifier = orthophoto_item_id(found.key, found.version_id)
            if about.get("flight-version") in versions and not exists(connection, ORTHO_BUCKET, identifier):
                absent.append(f"{found.uri} version {found.version_id}")
    return absent


def _flights(store: Store, bucket: str, prefix: str) -> Iterator[Flight]:
    """The flights that have anything in a bucket; folders that no flight can have are passed over."""
    for project in store.folders(bucket, prefix):
        for folder in store.folders(bucket, project):
            try:
                yield Flight(*folder.removeprefix(prefix).removesuffix("/").split("/"))
            except BadInput:
                continue


def _is_stitched(store: Store, flight: Flight, manifest: StoredObject) -> bool:
    for found in store.versions(ORTHO_BUCKET, f"{flight.project}/{flight.name}/"):
        if found.key.endswith(ORTHO_SUFFIX):
            about = store.head(ORTHO_BUCKET, found.key, found.version_id).metadata
            if about.get("flight-version") == manifest.version_id:
                return True
    return False


def _is_detected(store: Store, orthophoto: StoredObject) -> bool:
    return next(results_of(store, orthophoto.key, orthophoto.version_id), None) is not None


def main(argv: list[str]) -> None:
    """Look once; prints what was done. Exits 75 when a server did not answer, so that the next look is soon."""
    parser = argparse.ArgumentParser(prog="dronelake reconcile", description=(__doc__ or "").split("\n\n", 1)[0])
    parser.parse_args(argv)
    settings = ReconcileSettings.load()
    database, run = DatabaseSettings.load(), RunSettings.load()
    store = Store.from_env()
    looked = Reconciler(
        store, Runs(settings.pipelines_namespace), timedelta(minutes=settings.quiet_minutes), run.code_version
    )
    try:
        looked.look()
    finally:
        for line in looked.lines:
            print(line, flush=True)
    for absent in missing_from_catalogue(store, database, looked):
        print(f"not in the catalogue: {absent}")
    print(f"looked at {len(looked.manifests)} flights and {len(looked.orthophotos)} orthophotos")
    unanswered = [error for error in looked.failures if isinstance(error, Unavailable)]
    if unanswered:
        raise unanswered[0]
