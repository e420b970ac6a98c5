from collections import Counter

from classifiers.relations.unresolved import unresolved_mentions
from classifiers.standardize.standardizer import Standardizer
from graph.model import SubjectKind
from taxonomy.candidates.mentions import Mention
from taxonomy.model import EntityType


def test_what_no_entity_is_comes_once_for_each_document_that_has_it(standardizer: Standardizer) -> None:
    python = standardizer.taxonomy.entity_ids[list(standardizer.taxonomy.names).index("Python")]
    documents: list[dict[str, object]] = [
        {"titles": ["Zookeeper of the moon"], "skills": ["python", "Zxqv Wrangling", "Zxqv Wrangling"]},
        {"skills": ["Zxqv Wrangling", {"text": "Qwvx Tuning", "entity_id": python}], "headline": "Zxqv Wrangling"},
        {"skills": [{"text": "Zxqv Wrangling", "entity_id": "skill_of_yesterday"}], "titles": None},
        {},
    ]
    found = list(unresolved_mentions(documents, SubjectKind.MEMBER, standardizer))
    assert Counter(found) == {
        Mention("Zookeeper of the moon", 1, EntityType.TITLE): 1,
        Mention("Zxqv Wrangling", 1, EntityType.SKILL): 3,
    }


def test_a_job_has_single_values_too(standardizer: Standardizer) -> None:
    job = {"title": "Zookeeper of the moon", "skills": ["python"], "description": "Zxqv Wrangling"}
    assert list(unresolved_mentions([job], SubjectKind.JOB, standardizer)) == [
        Mention("Zookeeper of the moon", 1, EntityType.TITLE)
    ]
