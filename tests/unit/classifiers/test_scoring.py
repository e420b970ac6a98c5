"""All candidates at once against each candidate by itself."""

from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifiers.encoder.linear import load_encoder
from classifiers.standardize.calibration import Calibration, load_calibration
from classifiers.standardize.candidates import score_matches
from classifiers.standardize.compiled import CompiledTaxonomy, compile_snapshot, load, save
from classifiers.standardize.match import nothing_found
from classifiers.standardize.scoring import Scorer
from classifiers.standardize.search import exact_matches, found_rows
from classifiers.standardize.text import fold
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

NAMES = {
    EntityType.TITLE: (
        ("nurse", "registered nurse", "staff nurse", "RN"),
        ("nurse", "nursing assistant", "assistant nurse"),
        ("software developer", "programmer", "application developer", "softwaer developer"),
        ("Fahrer", "Lastwagenfahrer", "camionneur ou camionneuse", "運転手", "registered nurse"),
    ),
    EntityType.COMPANY: (("Acme", "Acme Tools Ltd", "AT"), ("Acme", "Acme Tool & Die"), ("Müller GmbH", "Müller")),
}
LABELS = sorted({fold(name) for groups in NAMES.values() for names in groups for name in names})
WORDS = sorted({word for groups in NAMES.values() for names in groups for name in names for word in fold(name).split()})
KINDS = (AliasKind.CANONICAL, AliasKind.SYNONYM, AliasKind.MISSPELLING, AliasKind.ABBREVIATION)


def world() -> Snapshot:
    return Snapshot(
        1,
        tuple(
            Entity(
                f"{kind}_{place}",
                kind,
                names[0],
                (SourceId(("one", "two")[place % 2], f"{kind}{place}"),) if place < 3 else (),
                tuple(Alias(name, "en", KINDS[n % 4], "test", confidence=1 - n / 10) for n, name in enumerate(names)),
                (),
                (("population", str(10 ** (place + 3))),),
            )
            for kind, groups in NAMES.items()
            for place, names in enumerate(groups)
        ),
    )


TEXTS = st.lists(
    st.lists(st.sampled_from([*WORDS, "nurs", "acm", "x", "ß", "運"]), min_size=1, max_size=5).map(" ".join)
    | st.sampled_from(LABELS),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> CompiledTaxonomy:
    folder: Path = tmp_path_factory.mktemp("compiled")
    save(compile_snapshot(world()), folder, load_encoder())
    return load(folder, load_encoder())


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load_calibration()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=TEXTS,
    kind=st.sampled_from(list(NAMES)),
    top=st.integers(1, 4),
    searched=st.booleans(),
)
def test_all_at_once_are_scored_as_each_by_itself(
    taxonomy: CompiledTaxonomy,
    calibration: Calibration,
    texts: list[str],
    kind: EntityType,
    top: int,
    searched: bool,  # noqa: FBT001 - drawn
) -> None:
    exact = [exact_matches(taxonomy, text, kind) for text in texts]
    found = found_rows(taxonomy, texts, kind) if searched else nothing_found(len(texts))
    answers = Scorer(taxonomy, calibration).likeliest(texts, kind, exact, found, top=top)
    for place, (text, answer) in enumerate(zip(texts, answers, strict=True)):
        scored = score_matches(taxonomy, text, kind, [*exact[place], *found.matches(place)], top=top)
        assert [row for row, _ in answer] == [item.row for item in scored]
        alone = [calibration.confidence(item.evidence) for item in scored]
        assert [confidence for _, confidence in answer] == pytest.approx(list(accumulate(alone, min)), abs=1e-12)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=TEXTS, kind=st.sampled_from(list(NAMES)), more=st.sampled_from([0, 6]), most=st.integers(1, 9))
def test_one_call_finds_and_scores_what_its_parts_do(
    taxonomy: CompiledTaxonomy, calibration: Calibration, texts: list[str], kind: EntityType, more: int, most: int
) -> None:
    # With something to withhold, be it nothing, the parts are called one after the other.
    nothing = [None] * len(texts)
    parts = found_rows(taxonomy, texts, kind, more=more, most=most, withheld=nothing)
    at_once = found_rows(taxonomy, texts, kind, more=more, most=most)
    places = range(len(texts))
    assert [at_once.matches(place) for place in places] == [parts.matches(place) for place in places]
    scorer, exact = Scorer(taxonomy, calibration), [exact_matches(taxonomy, text, kind) for text in texts]
    searched = scorer.searched(texts, kind, exact, more=more, most=most, top=3)
    for text, named, answer in zip(texts, exact, searched, strict=True):
        alone = found_rows(taxonomy, [text], kind, more=more, most=most + len(named))
        assert [answer] == scorer.likeliest([text], kind, [named], alone, top=3)


def test_something_is_found_by_each_type(taxonomy: CompiledTaxonomy, calibration: Calibration) -> None:
    scorer = Scorer(taxonomy, calibration)
    for kind, text in ((EntityType.TITLE, "staff nurses"), (EntityType.COMPANY, "acme tols")):
        (answer,) = scorer.likeliest([text], kind, [[]], found_rows(taxonomy, [text], kind), top=3)
        assert len(answer) > 1
        assert answer[0][1] >= answer[1][1] > 0


def test_what_is_less_likely_than_the_floor_is_left_out(taxonomy: CompiledTaxonomy, calibration: Calibration) -> None:
    kind, text = EntityType.TITLE, "staff nurses"
    found = found_rows(taxonomy, [text], kind)
    (everything,) = Scorer(taxonomy, calibration).likeliest([text], kind, [[]], found, top=3)
    first, second = everything[0][1], everything[1][1]
    assert second < first
    scorer = Scorer(taxonomy, calibration, floor=(first + second) / 2)
    assert scorer.likeliest([text], kind, [[]], found, top=3) == [everything[:1]]


def test_a_type_without_aliases_finds_nothing(taxonomy: CompiledTaxonomy, calibration: Calibration) -> None:
    found = found_rows(taxonomy, ["a", "b"], EntityType.SCHOOL)
    assert Scorer(taxonomy, calibration).likeliest(["a", "b"], EntityType.SCHOOL, [[], []], found, top=2) == [(), ()]
