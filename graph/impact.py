"""What hangs on entities: the members and jobs with edges to them, for changelogs and dry runs."""

from collections.abc import Sequence

from sqlalchemy import Connection, text


def count_impact(connection: Connection, entity_ids: Sequence[str]) -> dict[str, int]:
    """Return how many members, jobs and edges point at some entities."""
    parameters = {"ids": list(entity_ids)}
    members = connection.execute(
        text(
            "SELECT count(DISTINCT subject_id) AS subjects, count(*) AS edges FROM member_edge"
            " WHERE entity_id = ANY(:ids)"
        ),
        parameters,
    ).one()
    jobs = connection.execute(
        text(
            "SELECT count(DISTINCT subject_id) AS subjects, count(*) AS edges FROM job_edge WHERE entity_id = ANY(:ids)"
        ),
        parameters,
    ).one()
    return {
        "members_affected": members.subjects,
        "jobs_affected": jobs.subjects,
        "edges_affected": members.edges + jobs.edges,
    }
