"""Which topics the worker reads, and how."""

from core.kafka import JOB_EVENTS, PROFILE_EVENTS
from core.settings import Settings
from graph.model import SubjectKind
from stream.prepare import Reading


def reading_of(settings: Settings) -> Reading:
    """Return the topics of these settings with the kind of subject in each, and the longest value that is decoded."""
    prefix = settings.topic_prefix
    kinds = {prefix + PROFILE_EVENTS: SubjectKind.MEMBER, prefix + JOB_EVENTS: SubjectKind.JOB}
    return Reading(kinds, settings.max_event_bytes)
