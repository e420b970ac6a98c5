import random
from collections.abc import Iterator

import numpy as np
import pytest

from taxonomy.candidates.evidence import find_evidence
from taxonomy.candidates.find import (
    Candidate,
    CandidatePolicy,
    find_candidates,
    propose_entities,
)
from taxonomy.candidates.mentions import Mention, candidates_of_mentions, count_mentions, mention_documents
from taxonomy.candidates.scoring import ScoringPolicy, folds_of
from taxonomy.corpus.model import Document
from taxonomy.model import EntityType
from taxonomy.proposals.model import MAX_SNIPPET_CHARACTERS, MAX_SNIPPETS, ProposalKind

AREAS = ("data", "cloud", "web", "risk", "sales", "tax", "food", "print", "fleet", "water")
WORK = ("engineering", "analysis", "testing", "planning", "auditing", "design")
PEOPLE = ("engineer", "analyst", "tester", "planner", "auditor", "designer")
SKILLS = tuple(f"{area} {work}" for area in AREAS for work in WORK)
TITLES = tuple(f"{area} {person}" for area in AREAS for person in PEOPLE)
KNOWN = {
    text: kind
    for texts, kind in ((SKILLS, "skill"), (TITLES, "title"))
    for text in random.Random(1).sample(texts, 40)
    if text not in {"water design", "water designer"}
}
POLICY = CandidatePolicy(min_count=3, scoring=ScoringPolicy(folds=2, trees=40, learning_rate=0.2, least_negatives=500))


def documents() -> Iterator[Document]:
    rng = random.Random(4)
    for number in range(300):
        skills, titles = rng.sample(SKILLS, 4), rng.sample(TITLES, 2)
        text = f"We are looking for a {titles[0]} who is good at {skills[0]} and at {skills[1]} in our great team."
        yield Document(str(number), {"skills": tuple(map(str.title, skills)), "titles": tuple(titles)}, text)


@pytest.fixture(scope="module")
def found() -> list[Candidate]:
    return find_candidates(documents, KNOWN, POLICY, seed=3)


def test_entities_rank_above_other_runs_of_words_whether_they_were_known_or_not(found: list[Candidate]) -> None:
    first = [candidate.text for candidate in found[: len(SKILLS) + len(TITLES)]]
    right = {*SKILLS, *TITLES}
    assert np.mean([text in right for text in first]) > 0.8
    assert {text for text in first if text not in KNOWN} & right


def test_types_are_told_by_field_and_words(found: list[Candidate]) -> None:
    types = {candidate.text: candidate.type for candidate in found}
    assert types["water design"] == "skill"
    assert types["water designer"] == "title"


def test_the_same_seed_finds_the_same(found: list[Candidate]) -> None:
    assert find_candidates(documents, KNOWN, POLICY, seed=3) == found


def test_only_unknown_candidates_are_proposed_with_evidence(found: list[Candidate]) -> None:
    proposals = propose_entities(found, documents, CandidatePolicy(limit=20))
    assert len(proposals) == 20
    for proposal in proposals:
        assert proposal.kind is ProposalKind.NEW_ENTITY
        assert proposal.subject not in KNOWN
        assert 0 < proposal.confidence < 1
        assert 0 < len(proposal.snippets) <= MAX_SNIPPETS
        assert all(len(snippet) <= MAX_SNIPPET_CHARACTERS for snippet in proposal.snippets)
        assert all(proposal.subject.split()[0] in snippet.lower() for snippet in proposal.snippets)


def test_without_known_labels_nothing_is_more_likely_than_not() -> None:
    untaught = find_candidates(documents, {}, POLICY, seed=3)
    assert untaught
    assert max(candidate.confidence for candidate in untaught) <= 0.5


def test_documents_without_phrases_have_no_candidates() -> None:
    assert find_candidates(list, KNOWN, POLICY, seed=3) == []
    assert find_candidates(lambda: [Document("1"), Document("2", {}, "...")], KNOWN, POLICY, seed=3) == []
    assert propose_entities([], documents) == []


def test_documents_that_are_all_alike_are_no_error() -> None:
    same = [Document("1", {"skills": ("Java",)}, "one and the same")] * 50
    assert "java" in {candidate.text for candidate in find_candidates(lambda: same, KNOWN, POLICY, seed=3)}


def test_texts_of_live_traffic_that_resolved_to_nothing_become_candidates() -> None:
    mentions = [Mention("Solar Auditing", 40), Mention("seen once", 1), Mention("a text", 9, None)]

    def together() -> Iterator[Document]:
        yield from documents()
        yield from mention_documents(mentions)

    candidates = candidates_of_mentions(find_candidates(together, KNOWN, POLICY, seed=3), mentions)
    assert "solar auditing" in {candidate.text for candidate in candidates}
    assert "seen once" not in {candidate.text for candidate in candidates}
    solar = next(one for one in candidates if one.text == "solar auditing")
    assert (solar.documents, solar.type) == (40, "skill")
    assert len(list(mention_documents([Mention("x", 10**9)], POLICY))) == POLICY.most_copies


def test_mentions_that_fold_alike_are_one_and_the_rare_go_where_there_are_too_many() -> None:
    mentions = [Mention("C++", 2), Mention("c++", 3), Mention("C++", 1, EntityType.TITLE), Mention("...", 9)]
    assert count_mentions(mentions) == [Mention("C++", 5), Mention("C++", 1, EntityType.TITLE)]
    many = [Mention("often", 2), *(Mention(f"once{number}", 1) for number in range(9))]
    assert count_mentions(many, most=4)[0] == Mention("often", 2)
    assert len(count_mentions(many, most=4)) <= 4


def test_a_text_is_always_in_the_same_fold() -> None:
    one, other = folds_of(SKILLS, 4, seed=1), folds_of(SKILLS[::-1], 4, seed=1)
    assert one.tolist() == other[::-1].tolist()
    assert set(one.tolist()) == {0, 1, 2, 3}


def test_evidence_shows_the_phrase_as_written_most_often() -> None:
    held = [Document(str(n), {"skills": ("C++", "Java " * 60, "CI/CD")}, "Wir nutzen ci/cd, oft.") for n in range(9)]
    evidence = find_evidence({"ci cd", "absent"}, held)
    assert set(evidence) == {"ci cd"}
    assert evidence["ci cd"].written == "CI/CD"
    assert evidence["ci cd"].snippets == ("skills: CI/CD",)


def test_a_label_more_changes_little_of_what_is_found() -> None:
    few = CandidatePolicy(
        min_count=2, min_confidence=0.0, scoring=ScoringPolicy(negatives_per_positive=1, least_negatives=40)
    )
    before = {one.text: one.confidence for one in find_candidates(documents, KNOWN, few, seed=3)}
    unknown = next(skill for skill in SKILLS if skill not in KNOWN)
    after = {one.text: one.confidence for one in find_candidates(documents, {**KNOWN, unknown: "skill"}, few, seed=3)}
    order, other = (sorted(found, key=lambda text: (-found[text], text))[:60] for found in (before, after))
    assert len({*order} - {*other, unknown}) <= 6
