"""`dronelake catalog flight|orthophoto|results|model`: describe what a step made and put it into the catalogue.

`flight` reads FLIGHT_KEY and FLIGHT_VERSION; `orthophoto` and `results` read ORTHO_KEY and ORTHO_VERSION (keys are
URL-encoded); `model` reads MODEL_NAME and, for another than the latest, MODEL_VERSION. Each may be run again: the item
has the same id and is replaced.
"""

import argparse

import psycopg

from dronelake.catalog.flight import flight_item
from dronelake.catalog.load import load
from dronelake.catalog.model import model_item
from dronelake.catalog.orthophoto import orthophoto_item, source_of
from dronelake.catalog.results import result_item
from dronelake.database import connect
from dronelake.keys import ORTHO_BUCKET, decode
from dronelake.settings import DatabaseSettings, EnvSettings
from dronelake.storage import Store


class FlightSettings(EnvSettings):
    flight_key: str
    flight_version: str


class OrthophotoSettings(EnvSettings):
    ortho_key: str
    ortho_version: str


class ModelSettings(EnvSettings):
    model_name: str = "muskrat-bank"
    model_version: str | None = None


def catalog_flight(store: Store, connection: psycopg.Connection) -> list[str]:
    settings = FlightSettings.load()
    return load(connection, [flight_item(store, decode(settings.flight_key), settings.flight_version)])


def catalog_orthophoto(store: Store, connection: psycopg.Connection) -> list[str]:
    """The orthophoto, and anew its flight, whose footprint the cameras' poses now tell."""
    settings = OrthophotoSettings.load()
    key, version = decode(settings.ortho_key), settings.ortho_version
    manifest, manifest_version = source_of(store, store.head(ORTHO_BUCKET, key, version))
    flight = flight_item(store, manifest.place.manifest_key, manifest_version)
    return load(connection, [orthophoto_item(store, key, version), flight])


def catalog_results(store: Store, connection: psycopg.Connection) -> list[str]:
    """The result, after the model that it names, whose card may be newer than what the catalogue has of it."""
    settings = OrthophotoSettings.load()
    item, result = result_item(store, decode(settings.ortho_key), settings.ortho_version)
    return load(connection, [model_item(store, result.model.name, result.model.version), item])


def catalog_model(store: Store, connection: psycopg.Connection) -> list[str]:
    settings = ModelSettings.load()
    return load(connection, [model_item(store, settings.model_name, settings.model_version)])


_SUBJECTS = {
    "flight": catalog_flight,
    "orthophoto": catalog_orthophoto,
    "results": catalog_results,
    "model": catalog_model,
}


def main(argv: list[str]) -> None:
    """Catalogue one subject; prints the ids of the items that are in the catalogue now."""
    parser = argparse.ArgumentParser(prog="dronelake catalog", description=(__doc__ or "").split("\n\n", 1)[0])
    parser.add_argument("subject", choices=sorted(_SUBJECTS))
    subject = parser.parse_args(argv).subject
    store = Store.from_env()
    with connect(DatabaseSettings.load()) as connection:
        for identifier in _SUBJECTS[subject](store, connection):
            print(identifier)
