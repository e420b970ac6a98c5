"""What hangs on entities: the members and jobs with edges to them, for changelogs and dry runs."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from graph.model import SubjectKind


def count_impact(connection: Connection, entity_ids: Sequence[str]) -> dict[str, int]:
    """Return how many members, jobs and edges point at some entities."""
    subjects, edges = {}, 0
    for kind in SubjectKind:
        row = connection.execute(
            text(f"""SELECT count(DISTINCT subject_id) AS subjects, count(*) AS edges FROM {kind}_edge
                     WHERE entity_id = ANY(:ids)"""),
            {"ids": list(entity_ids)},
        ).one()
        subjects[f"{kind}s_affected"] = row.subjects
        edges += row.edges
    return {**subjects, "edges_affected": edges}
