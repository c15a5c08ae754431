"""The command itself: one line for a person, the exit code for the pipeline."""

import subprocess
import sys

import pytest

from dronelake import cli
from dronelake.errors import BadInput, Denied, LakeError, OutOfMemory, Unavailable


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from dronelake.cli import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, check=False)


def test_a_missing_environment_is_one_line_and_exit_2() -> None:
    done = _run("plan")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "dronelake plan: the environment is not complete: FLIGHT_KEY: field required; FLIGHT_VERSION: field required; "
        "SIZE_CLASSES: field required; set it and run again"
    ]


@pytest.mark.parametrize("words", [(), ("no-such-command",)])
def test_what_is_no_command_shows_the_commands(words: tuple[str, ...]) -> None:
    done = _run(*words)
    assert done.returncode == 2
    assert "reconcile" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [(BadInput("no"), 2), (Denied("no"), 77), (Unavailable("no"), 75), (OutOfMemory("no"), 137), (LakeError("no"), 1)],
)
def test_each_kind_of_error_has_its_exit_code(
    error: LakeError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(argv: list[str]) -> None:
        raise error

    monkeypatch.setattr("dronelake.plan.main", fail)
    monkeypatch.setattr(sys, "argv", ["dronelake", "plan"])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == code
    assert capsys.readouterr().err == "dronelake plan: no\n"
