"""`dronelake migrate` on a real PostgreSQL, as a role that is neither superuser nor may create roles."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from lake import rows
from pydantic import SecretStr
from servers import Postgres

from dronelake.database import connect
from dronelake.errors import BadInput, Denied, Unavailable
from dronelake.migrate import main, migrate
from dronelake.migrations import ledger, pgstac
from dronelake.settings import DatabaseSettings

_SNAPSHOT = """
SELECT n.nspname, c.relname, c.relkind, pg_get_userbyid(c.relowner), c.relacl::text FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('pgstac', 'detections') ORDER BY 1, 2
"""


def test_migrates_from_nothing_and_a_second_time_changes_nothing(
    postgres: Postgres, bare_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in postgres.env(bare_database, "lake_owner").items():
        monkeypatch.setenv(name, value)
    main([])
    first = capsys.readouterr().out
    with postgres.connect(bare_database) as admin:
        before = rows(admin, _SNAPSHOT), rows(admin, "SELECT id, content FROM pgstac.collections ORDER BY id")
        main([])
        after = rows(admin, _SNAPSHOT), rows(admin, "SELECT id, content FROM pgstac.collections ORDER BY id")
    assert "pgSTAC absent → 0.9.11" in first
    assert "applied 0001 findings" in first
    assert capsys.readouterr().out.splitlines()[:2] == ["pgSTAC 0.9.11 was there", "detections: up to date"]
    assert before == after
    assert [row[0] for row in before[1]] == ["ai-models", "ai-results", "drone-ortho", "drone-raw"]


def test_a_reader_calls_none_of_pgstacs_functions_that_change_tables(
    postgres: Postgres, database: DatabaseSettings
) -> None:
    callable_by = (
        "SELECT proname FROM pg_proc WHERE pronamespace = 'pgstac'::regnamespace AND prosecdef "
        "AND has_function_privilege(%s, oid, 'EXECUTE') ORDER BY 1"
    )
    with postgres.connect(database.pgdatabase) as admin:
        readers = [name for (name,) in rows(admin, callable_by, "catalog")]
        loaders = [name for (name,) in rows(admin, callable_by, "pipeline_catalog")]
    assert readers == ["format_item", "search_query", "where_stats"]
    assert {"check_partition", "update_partition_stats", "repartition"} <= set(loaders)
    with connect(postgres.settings(database.pgdatabase, "catalog")) as reader:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="repartition"):
            reader.execute("SELECT pgstac.repartition('drone-raw', 'year')")
        reader.execute("SET search_path TO pgstac, public")
        assert rows(reader, "SELECT search('{}') ->> 'type'") == [("FeatureCollection",)]


def test_needs_no_power_over_roles(postgres: Postgres, database: DatabaseSettings) -> None:
    with postgres.connect() as admin:
        query = "SELECT rolname FROM pg_roles WHERE (rolsuper OR rolcreaterole) AND rolname NOT LIKE %s"
        assert rows(admin, query, "pg_%") == [("postgres",)]
        assert rows(admin, "SELECT count(*) FROM pg_auth_members WHERE admin_option AND roleid > 16384") == [(0,)]


def test_two_at_once_wait_for_each_other(postgres: Postgres, bare_database: str) -> None:
    def run(_: int) -> list[str]:
        with connect(postgres.settings(bare_database, "lake_owner")) as connection:
            return migrate(connection)

    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(run, range(3)))
    assert sorted("absent" in lines[0] for lines in told) == [False, False, True]


def test_a_failing_step_is_undone_and_the_next_run_goes_on(postgres: Postgres, bare_database: str) -> None:
    first = ledger.steps()[0]
    wrong = ledger.Step(2, "wrong", "CREATE TABLE detections.half (id int); SELECT no_such_function();")
    right = replace(wrong, sql="CREATE TABLE detections.half (id int)")
    with connect(postgres.settings(bare_database, "lake_owner")) as connection:
        migrate(connection)
        with pytest.raises(psycopg.errors.UndefinedFunction):
            ledger.migrate(connection, [first, wrong])
        assert rows(connection, "SELECT to_regclass('detections.half')") == [(None,)]
        assert ledger.migrate(connection, [first, right]) == [right]
        assert rows(connection, "SELECT number, name FROM detections.migration") == [(1, "findings"), (2, "wrong")]


def test_an_applied_migration_may_not_change_or_be_unknown(postgres: Postgres, bare_database: str) -> None:
    first = ledger.steps()[0]
    with connect(postgres.settings(bare_database, "lake_owner")) as connection:
        migrate(connection)
        with pytest.raises(BadInput, match=r"0001_findings\.sql has changed since"):
            ledger.migrate(connection, [replace(first, sql=first.sql + "-- one more line")])
        with pytest.raises(BadInput, match="which this code lacks; run a newer image"):
            ledger.migrate(connection, [])


def test_names_what_the_program_has_not_made(postgres: Postgres, bare_database: str) -> None:
    with postgres.connect(bare_database) as admin:
        admin.execute("DROP EXTENSION unaccent")
        admin.execute("DROP SCHEMA detections CASCADE")
    with (
        connect(postgres.settings(bare_database, "lake_owner")) as connection,
        pytest.raises(BadInput, match="CREATE EXTENSION unaccent; CREATE SCHEMA detections"),
    ):
        migrate(connection)


def test_a_role_that_may_not_migrate_is_told_so(postgres: Postgres, bare_database: str) -> None:
    with (
        connect(postgres.settings(bare_database, "pipeline_catalog")) as connection,
        pytest.raises(BadInput, match="GRANT pgstac_admin TO pipeline_catalog"),
    ):
        migrate(connection)


def test_a_newer_database_is_left_alone(postgres: Postgres, bare_database: str) -> None:
    with connect(postgres.settings(bare_database, "lake_owner")) as connection:
        migrate(connection)
        connection.execute("INSERT INTO pgstac.migrations (version) VALUES ('0.99.0')")
        with pytest.raises(BadInput, match=r"has pgSTAC 0\.99\.0 and this code brings 0\.9\.11"):
            pgstac.migrate(connection)


def test_connection_failures_say_what_to_check(postgres: Postgres, database: DatabaseSettings) -> None:
    with (
        pytest.raises(Unavailable, match="check that it runs and that PGHOST and PGPORT are right"),
        connect(database.model_copy(update={"pgport": 1})),
    ):
        pass
    wrong = database.model_copy(update={"pgpassword": SecretStr("wrong")})
    with pytest.raises(Denied, match="check PGUSER and PGPASSWORD"), connect(wrong):
        pass
    with (
        pytest.raises(BadInput, match="check PGDATABASE"),
        connect(database.model_copy(update={"pgdatabase": "nowhere"})),
    ):
        pass


def test_who_may_do_what(postgres: Postgres, database: DatabaseSettings) -> None:
    insert = """
    INSERT INTO detections.finding (project, flight, class, score, position, box, gsd_m, orthophoto_key,
        orthophoto_version, model_name, model_version, run)
    VALUES ('p', 'f', 'Muskusrat klem', 0.9, ST_Point(5, 52, 4326), ST_MakeEnvelope(5, 52, 5.1, 52.1, 4326), 0.02,
        'p/f/p-merged.geotiff', 'v1', 'muskrat-bank', 'm1', 'detection-v1')
    """
    refused = psycopg.errors.InsufficientPrivilege
    with postgres.connect(database.pgdatabase, "pipeline_detect") as detecting:
        detecting.execute(insert)
        with pytest.raises(psycopg.errors.UniqueViolation, match="finding_once"):
            detecting.execute(insert)
        for statement in (
            "DELETE FROM detections.migration",
            "CREATE TABLE detections.own (id int)",
            "SELECT id FROM pgstac.items",
            "DELETE FROM pgstac.items",
        ):
            with pytest.raises(refused):
                detecting.execute(statement)
    with postgres.connect(database.pgdatabase, "pipeline_catalog") as cataloguing:
        for statement in ("SELECT id FROM detections.finding", "DELETE FROM detections.finding", insert):
            with pytest.raises(refused):
                cataloguing.execute(statement)
    with postgres.connect(database.pgdatabase, "catalog") as reader:
        assert rows(reader, "SELECT class FROM detections.finding") == [("Muskusrat klem",)]
        assert len(rows(reader, "SELECT id FROM pgstac.collections")) == 4
        for statement in ("DELETE FROM detections.finding", "DELETE FROM pgstac.collections", insert):
            with pytest.raises(refused):
                reader.execute(statement)
