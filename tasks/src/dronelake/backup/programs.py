"""PostgreSQL's own programs: `pg_dump` to take a database, `pg_restore` and `psql` to put it into an empty one."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

from dronelake.errors import BadInput, LakeError
from dronelake.settings import DatabaseSettings

# pg_dump has every name looked up nowhere. Generated columns of pgSTAC call functions whose bodies name others without
# their schema, so with the line as it is nothing can be restored. All names in the dump itself have their schema.
_NOWHERE = b"SELECT pg_catalog.set_config('search_path', '', false);\n"
_PGSTAC_FIRST = b"SELECT pg_catalog.set_config('search_path', 'pgstac, public', false);\n"


def dump(settings: DatabaseSettings, snapshot: str, target: Path) -> None:
    """Write what a snapshot sees, in the custom format; raises LakeError with pg_dump's own words."""
    command = [_program("pg_dump"), "--format=custom", f"--snapshot={snapshot}", f"--file={target}"]
    with tempfile.TemporaryFile() as told:
        done = subprocess.run(command, env=_env(settings), stdin=subprocess.DEVNULL, stderr=told, check=False)
        _check("pg_dump", done.returncode, told)


def load(settings: DatabaseSettings, source: Path) -> None:
    """Put a dump into an empty database; raises LakeError with the programs' own words, and leaves it half filled."""
    script = [_program("pg_restore"), "--file=-", str(source)]
    run = [_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    with (
        tempfile.TemporaryFile() as told_reading,
        tempfile.TemporaryFile() as told_loading,
        subprocess.Popen(script, stdout=subprocess.PIPE, stderr=told_reading) as reading,
        subprocess.Popen(run, env=_env(settings), stdin=subprocess.PIPE, stderr=told_loading) as loading,
    ):
        assert reading.stdout is not None
        assert loading.stdin is not None
        try:
            for line in reading.stdout:
                loading.stdin.write(_PGSTAC_FIRST if line == _NOWHERE else line)
                if line == _NOWHERE:
                    break
            shutil.copyfileobj(reading.stdout, loading.stdin, 1 << 20)
            loading.stdin.close()
        except BrokenPipeError:  # psql has ended and says why
            reading.kill()
        _check("psql", loading.wait(), told_loading)
        _check("pg_restore", reading.wait(), told_reading)


def _check(program: str, status: int, told: IO[bytes]) -> None:
    if status == 0:
        return
    told.seek(0)
    lines = [line for line in told.read().decode(errors="replace").splitlines() if line.strip()]
    first = next((line for line in lines if "error:" in line.lower()), lines[0] if lines else f"ended with {status}")
    raise LakeError(f"{program} failed: {first.strip()}")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BadInput(
            f"there is no {name} on the PATH; run this in the image of the tasks, which has PostgreSQL's client"
        )
    return found


def _env(settings: DatabaseSettings) -> dict[str, str]:
    """libpq's variables: a password in an argument could be read by every process of the machine."""
    return {
        **os.environ,
        "PGHOST": settings.pghost,
        "PGPORT": str(settings.pgport),
        "PGDATABASE": settings.pgdatabase,
        "PGUSER": settings.pguser,
        "PGPASSWORD": settings.pgpassword.get_secret_value(),
    }
