import numpy as np
import pytest
from numpy.typing import NDArray

from classifiers.encoder.linear import load_encoder
from classifiers.encoder.protocol import Encoder
from classifiers.learning.evidence import EntityLabels
from classifiers.learning.skills import SkillRanker, fit_skills

SKILLS = (
    ("Java (computer programming)", "java"),
    ("use spreadsheets software", "spreadsheets"),
    ("work in teams", "team working"),
    ("communication", "communicate with others"),
    ("drive vehicles",),
)
SENTENCES = (
    ("You gladly share the load with the people beside you", (2,)),
    ("Sharing the load is how the people here get things done", (2,)),
    ("You speak and write so that anyone follows", (3,)),
    ("Whoever writes so that anyone follows is welcome", (3,)),
    ("We are a company with a view of the sea", ()),
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def labels() -> EntityLabels:
    texts = tuple(text for group in SKILLS for text in group)
    return EntityLabels(texts, np.repeat(np.arange(len(SKILLS), dtype=np.int32), [len(group) for group in SKILLS]))


def learned(encoder: Encoder) -> SkillRanker:
    return fit_skills([text for text, _ in SENTENCES], [skills for _, skills in SENTENCES], labels(), encoder)


def best(scores: NDArray[np.float32]) -> list[int]:
    return [int(skill) for skill in scores.argmax(axis=1)]


def test_a_skill_that_is_named_is_found_without_learning(encoder: Encoder) -> None:
    ranker = fit_skills((), (), labels(), encoder)
    sentences = ["Five years of java and a nice smile", "We want team working to be fun", "Driving our vehicles"]
    assert best(ranker.scores(sentences)) == [0, 2, 4]


def test_words_that_no_label_has_are_learned(encoder: Encoder) -> None:
    sentence = "Here the load is shared by all people"
    assert best(learned(encoder).scores([sentence])) == [2]


def test_a_skill_that_no_sentence_named_is_still_found(encoder: Encoder) -> None:
    assert best(learned(encoder).scores(["Five years of java", "Keep our spreadsheets"])) == [0, 1]


def test_scores_are_finite_for_texts_without_words(encoder: Encoder) -> None:
    for ranker in (learned(encoder), fit_skills((), (), labels(), encoder)):
        assert np.isfinite(ranker.scores(["", "!!!", "and of the"])).all()
        assert ranker.scores([]).shape == (0, len(SKILLS))


def test_sentences_that_name_nothing_teach_no_skill(encoder: Encoder) -> None:
    plain = fit_skills((), (), labels(), encoder)
    taught = fit_skills(["We sail"], [()], labels(), encoder)
    assert np.array_equal(plain.scores(["use java"]), taught.scores(["use java"]))
