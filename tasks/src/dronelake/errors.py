"""What goes wrong in a step, told to people and to the runner that decides whether to try again.

The exit code is the contract with the pipelines: 2 and 77 are final, 75 is worth another try as it is, 137 is worth
another try with more memory. Every message says what failed, where, and what to do next.
"""


class LakeError(Exception):
    """A failure with a message for a person; `exit_code` is what the command exits with."""

    exit_code = 1

    def __str__(self) -> str:
        return " ".join(str(argument) for argument in self.args)


class BadInput(LakeError):
    """The input is wrong and will stay wrong: trying again does not help."""

    exit_code = 2


class NotFound(BadInput):
    """An object, version, model or item that the input names is not there."""


class Superseded(BadInput):
    """The input has a newer version, whose own run does the work; this run writes nothing."""


class AlreadyThere(LakeError):
    """A conditional put found the key taken; nothing was written."""


class Denied(LakeError):
    """The identity may not do this; EX_NOPERM."""

    exit_code = 77


class Unavailable(LakeError):
    """A server does not answer; EX_TEMPFAIL: the same command may succeed later."""

    exit_code = 75


class OutOfMemory(LakeError):
    """The work does not fit; the code that a killed container has, so both read the same."""

    exit_code = 137
