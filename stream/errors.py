"""Errors of the stream that stop the worker, because going on would lose something."""

from core.errors import CanonymError, RetryError


class RetentionLossError(CanonymError):
    """Kafka deleted records that the ledger has not seen yet."""


class TopicRecreatedError(RetryError):
    """A topic has another id than when the worker looked: look again, then apply the batch."""
