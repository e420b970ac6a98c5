"""Errors that tell the caller what to do next.

The class is the instruction; the message says what is wrong and where. No HTTP status and no
exit code live here: the API and the command line each keep one table from class to status.
"""


class CanonymError(Exception):
    """Base of every error that Canonym raises on purpose."""


class RetryError(CanonymError):
    """Nothing is wrong with the input: try again later (a server is down, a lock is held)."""


class InvalidError(CanonymError):
    """The input can never work as it is: change it. The message names what and where."""


class NotFoundError(CanonymError):
    """What was asked for does not exist."""


class ConflictError(CanonymError):
    """The request clashes with what is there (already running, already decided, stale version)."""


class EnvironmentFaultError(CanonymError):
    """This machine lacks something: disk space, a free port, a Java runtime, a download."""
