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
from classifiers.standardize.scoring import AlikeScorer
from classifiers.standardize.search import found_rows
from classifiers.standardize.text import fold
from taxonomy.model import Alias, AliasKind, Entity, EntityType, Snapshot, SourceId

NAMES = {
    EntityType.TITLE: (
        ("nurse", "registered nurse", "staff nurse", "RN"),
        ("nurse", "nursing assistant", "assistant nurse"),
        ("software developer", "programmer", "application developer", "softwaer developer"),
        ("Fahrer", "Lastwagenfahrer", "camionneur ou camionneuse", "運転手"),
    ),
    EntityType.COMPANY: (("Acme", "Acme Tools Ltd", "AT"), ("Acme", "Acme Tool & Die"), ("Müller GmbH", "Müller")),
}
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
                (SourceId("test", f"{kind}{place}"),),
                tuple(Alias(name, "en", KINDS[n % 4], "test", confidence=1 - n / 10) for n, name in enumerate(names)),
                (),
                (("population", str(10 ** (place + 3))),),
            )
            for kind, groups in NAMES.items()
            for place, names in enumerate(groups)
        ),
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
    texts=st.lists(
        st.lists(st.sampled_from([*WORDS, "nurs", "acm", "x", "ß", "運"]), min_size=1, max_size=5).map(" ".join),
        min_size=1,
        max_size=4,
    ),
    kind=st.sampled_from(list(NAMES)),
    top=st.integers(1, 4),
)
def test_all_at_once_are_scored_as_each_by_itself(
    taxonomy: CompiledTaxonomy, calibration: Calibration, texts: list[str], kind: EntityType, top: int
) -> None:
    found = found_rows(taxonomy, texts, kind)
    answers = AlikeScorer(taxonomy, calibration).likeliest(texts, kind, found, top=top)
    for place, (text, answer) in enumerate(zip(texts, answers, strict=True)):
        scored = score_matches(taxonomy, text, kind, found.matches(place), top=top)
        assert [one.row for one in answer] == [item.row for item in scored]
        alone = [calibration.confidence(item.evidence) for item in scored]
        assert [one.confidence for one in answer] == pytest.approx(list(accumulate(alone, min)), abs=1e-12)


def test_something_is_found_by_each_type(taxonomy: CompiledTaxonomy, calibration: Calibration) -> None:
    scorer = AlikeScorer(taxonomy, calibration)
    for kind, text in ((EntityType.TITLE, "staff nurses"), (EntityType.COMPANY, "acme tols")):
        (answer,) = scorer.likeliest([text], kind, found_rows(taxonomy, [text], kind), top=3)
        assert len(answer) > 1
        assert answer[0].confidence >= answer[1].confidence > 0


def test_a_type_without_aliases_finds_nothing(taxonomy: CompiledTaxonomy, calibration: Calibration) -> None:
    found = found_rows(taxonomy, ["a", "b"], EntityType.SCHOOL)
    assert AlikeScorer(taxonomy, calibration).likeliest(["a", "b"], EntityType.SCHOOL, found, top=2) == [[], []]
