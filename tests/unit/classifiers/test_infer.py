from classifiers.relations.infer import EdgeInferrer
from classifiers.standardize.standardizer import Standardizer
from core.wire import JOB_UPDATED, PROFILE_UPDATED, Choice, Event, JobDocument, ProfileDocument
from graph.model import EdgeStatus
from taxonomy.model import EntityType


def event(document: ProfileDocument | JobDocument) -> Event:
    kind = JOB_UPDATED if isinstance(document, JobDocument) else PROFILE_UPDATED
    return Event(event_id="e", type=kind, source="/test", subject="s", sequence=1, data=document)


def entity_id(standardizer: Standardizer, name: str, kind: EntityType) -> str:
    taxonomy = standardizer.taxonomy
    return next(
        i for i, n, t in zip(taxonomy.entity_ids, taxonomy.names, taxonomy.types, strict=True) if (n, t) == (name, kind)
    )


def test_one_edge_for_each_entity_with_the_surest_mention_as_evidence(standardizer: Standardizer) -> None:
    document = ProfileDocument(titles=("Sofware Enginer", "Software Engineer"), skills=("python", "Django"))
    inference = EdgeInferrer(standardizer).infer(event(document))
    assert [(e.relation, e.evidence) for e in inference.edges if e.relation == "member-title"] == [
        ("member-title", "Software Engineer")
    ]
    assert {e.evidence for e in inference.edges if e.relation == "member-skill"} == {"python", "Django"}
    assert inference.mention_counts["title"].mentions == 2


def test_a_choice_is_explicit_and_beats_what_is_inferred(standardizer: Standardizer) -> None:
    chosen = entity_id(standardizer, "Python", EntityType.SKILL)
    document = ProfileDocument(skills=("Python", Choice(text="py", entity_id=chosen)))
    (edge,) = EdgeInferrer(standardizer).infer(event(document)).edges
    assert (edge.status, edge.confidence, edge.evidence) == (EdgeStatus.EXPLICIT, 1.0, "py")


def test_a_choice_of_an_entity_that_does_not_exist_is_read_as_text(standardizer: Standardizer) -> None:
    document = ProfileDocument(skills=(Choice(text="Django", entity_id="skill_of_yesterday"),))
    (edge,) = EdgeInferrer(standardizer).infer(event(document)).edges
    assert (edge.status, edge.entity_id) == (
        EdgeStatus.INFERRED,
        entity_id(standardizer, "Django", EntityType.SKILL),
    )


def test_a_job_has_job_edges_from_its_fields_and_its_description(standardizer: Standardizer) -> None:
    document = JobDocument(
        title="Registered Nurse", company="Google", description="You write C++ all day long, and like it."
    )
    inference = EdgeInferrer(standardizer).infer(event(document))
    assert {(e.relation, e.field) for e in inference.edges} == {
        ("job-title", "title"),
        ("job-company", "company"),
        ("job-skill", "description"),
    }


def test_what_is_not_known_is_counted_as_a_mention_without_a_link(standardizer: Standardizer) -> None:
    inference = EdgeInferrer(standardizer).infer(event(ProfileDocument(titles=("Zookeeper of the moon",))))
    assert inference.edges == ()
    assert (inference.mention_counts["title"].mentions, inference.mention_counts["title"].linked) == (1, 0)


def test_many_documents_are_answered_as_each_alone(standardizer: Standardizer) -> None:
    documents: list[ProfileDocument | JobDocument] = [
        ProfileDocument(titles=("SWE @ Google",), skills=("Python/Django",), headline="Registered Nurse"),
        ProfileDocument(),
        JobDocument(title="Data Scientst", description="Machine Learning in Paris"),
    ]
    inferrer = EdgeInferrer(standardizer)
    assert inferrer.infer_many([event(d) for d in documents]) == [inferrer.infer(event(d)) for d in documents]


def test_evidence_does_not_depend_on_what_was_seen_before(standardizer: Standardizer) -> None:
    inferrer = EdgeInferrer(standardizer)
    inferrer.infer(event(ProfileDocument(skills=("PYTHON",))))
    (edge,) = inferrer.infer(event(ProfileDocument(skills=("Python", "PYTHON")))).edges
    assert edge.evidence == "Python"
