"""What a query may ask for beside the plain answer: limits, names in a language, preferences, explanations."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from classifiers.standardize.calibration import MAX_CONFIDENCE, TERMS, load_calibration
from classifiers.standardize.compiled import compile_snapshot, load, save
from classifiers.standardize.features import FEATURES
from classifiers.standardize.model import AnswerOptions, Candidate, Query
from classifiers.standardize.readings import load_seniority
from classifiers.standardize.standardizer import StandardizePolicy, Standardizer
from core.errors import InvalidError
from taxonomy.model import COMPANY_WORDS, Alias, AliasKind, Entity, EntityRelation, EntityType, Snapshot, SourceId

TEXAN_CONTEXT = "Moved here from Dallas; grew up in Texas, near Houston."


def entity(
    entity_id: str,
    kind: EntityType,
    name: str,
    *aliases: Alias,
    parents: Sequence[tuple[EntityRelation, str]] = (),
    **attributes: str,
) -> Entity:
    canonical = Alias(name, "en", AliasKind.CANONICAL, "test")
    return Entity(
        entity_id,
        kind,
        name,
        (SourceId("test", entity_id),),
        (canonical, *aliases),
        tuple(parents),
        tuple(attributes.items()),
    )


def alias(text: str, language: str, kind: AliasKind = AliasKind.SYNONYM, confidence: float = 1.0) -> Alias:
    return Alias(text, language, kind, "test", confidence)


def broader(entity_id: str) -> tuple[EntityRelation, str]:
    return (EntityRelation.BROADER, entity_id)


WORLD = Snapshot(
    7,
    (
        entity("france", EntityType.LOCATION, "France", alias("Frankreich", "de"), population="68000000"),
        entity("usa", EntityType.LOCATION, "United States", population="330000000"),
        entity("texas", EntityType.LOCATION, "Texas", parents=[broader("usa")], population="29000000"),
        entity("paris", EntityType.LOCATION, "Paris", parents=[broader("france")], population="2100000"),
        entity("paris_tx", EntityType.LOCATION, "Paris", parents=[broader("texas")], population="24000"),
        entity("parsons", EntityType.LOCATION, "Parisot", parents=[broader("texas")], population="9000"),
        entity("care", EntityType.SUPERTITLE, "Health Care Worker"),
        entity(
            "nurse",
            EntityType.TITLE,
            "Nurse",
            alias("Krankenpfleger", "de", AliasKind.TRANSLATION, 0.9),
            alias("Pflegekraft", "de", AliasKind.SYNONYM, 0.95),
            alias("Nurse", "nl", AliasKind.TRANSLATION),
            parents=[broader("care"), (EntityRelation.NEEDS, "python")],
        ),
        entity("paramedic", EntityType.TITLE, "Nursing Assistant", parents=[broader("care")]),
        entity("cook", EntityType.TITLE, "Chef", alias("Koch", "de", AliasKind.CANONICAL)),
        entity("boss", EntityType.TITLE, "Head of Department", alias("Chef", "de", AliasKind.TRANSLATION), parents=[]),
        entity("nursery", EntityType.TITLE, "Nursery Manager"),
        entity("python", EntityType.SKILL, "Python"),
        entity("acme", EntityType.COMPANY, "Acme", parents=[(EntityRelation.INDUSTRY, "tools")]),
        entity("tools", EntityType.INDUSTRY, "Tools"),
    ),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Standardizer:
    folder: Path = tmp_path_factory.mktemp("compiled")
    save(compile_snapshot(WORLD), folder)
    # Without a floor, so that it does not depend on the calibration who is shown.
    policy = StandardizePolicy(candidate_floor=0.0)
    return Standardizer(load(folder), load_calibration(), load_seniority(), policy)


def candidates(world: Standardizer, query: Query, **options: object) -> tuple[Candidate, ...]:
    wished = replace(query, options=AnswerOptions(**options))  # type: ignore[arg-type]
    mentions = world.standardize(wished).mentions
    return mentions[0].candidates if mentions else ()


def ids(found: Sequence[Candidate]) -> list[str]:
    return [candidate.entity_id for candidate in found]


NURSE = Query("nurse asistant manager", EntityType.TITLE)
PARIS = Query("Paris", EntityType.LOCATION)


class TestWithinAndExclude:
    def test_within_leaves_the_entity_and_all_that_lies_below_it(self, world: Standardizer) -> None:
        assert set(ids(candidates(world, NURSE))) == {"nurse", "paramedic", "nursery"}
        assert set(ids(candidates(world, NURSE, within=("care",)))) == {"nurse", "paramedic"}
        assert ids(candidates(world, PARIS, within=("usa",)))[0] == "paris_tx"
        assert ids(candidates(world, PARIS, within=("paris_tx",))) == ["paris_tx"]

    def test_several_subtrees_are_taken_together(self, world: Standardizer) -> None:
        assert {"paris", "paris_tx"} <= set(ids(candidates(world, PARIS, within=("france", "texas"))))

    def test_exclude_takes_a_subtree_away_also_from_what_is_within(self, world: Standardizer) -> None:
        assert ids(candidates(world, NURSE, exclude=("care",))) == ["nursery"]
        assert ids(candidates(world, NURSE, within=("care",), exclude=("nurse",))) == ["paramedic"]
        assert candidates(world, PARIS, within=("texas",), exclude=("usa",)) == ()

    def test_the_limit_acts_before_the_best_are_chosen(self, world: Standardizer) -> None:
        query = replace(PARIS, options=AnswerOptions(within=("texas",)))
        (mention,) = world.standardize(query, top=1).mentions
        assert ids(mention.candidates) == ["paris_tx"]

    def test_who_is_no_candidate_is_no_rival(self, world: Standardizer) -> None:
        shared, alone = candidates(world, PARIS)[1], candidates(world, PARIS, within=("texas",))[0]
        assert shared.entity_id == alone.entity_id == "paris_tx"
        assert shared.confidence < 0.5 < alone.confidence

    def test_running_text_is_limited_in_the_same_way(self, world: Standardizer) -> None:
        query = Query("The nurse moved to Paris and wrote Python there for a great many years.")
        assert [m.text for m in world.standardize(query).mentions] == ["nurse", "Paris", "Python"]
        limited = replace(query, options=AnswerOptions(exclude=("usa", "python")))
        assert [ids(m.candidates) for m in world.standardize(limited).mentions] == [["nurse"], ["paris"]]

    def test_a_company_lies_below_its_industry_and_a_title_not_below_a_skill_that_it_needs(
        self, world: Standardizer
    ) -> None:
        assert ids(candidates(world, Query("Acme", EntityType.COMPANY), within=("tools",))) == ["acme"]
        assert candidates(world, Query("Nurse", EntityType.TITLE), within=("python",)) == ()

    @pytest.mark.parametrize("option", ["within", "exclude"])
    def test_an_unknown_id_is_named(self, world: Standardizer, option: str) -> None:
        with pytest.raises(InvalidError, match=rf"{option}: taxonomy version 7 has no entity 'atlantis'"):
            candidates(world, PARIS, **{option: ("paris", "atlantis")})


class TestOutputLanguage:
    @pytest.mark.parametrize(
        ("text", "language", "name"),
        [
            ("Chef", "de", "Koch"),
            ("Nurse", "de-AT", "Pflegekraft"),
            ("Nurse", "nl", "Nurse"),
            ("Nurse", "fr", "Nurse"),
            ("Nurse", "mul", "Nurse"),
        ],
    )
    def test_a_name_is_of_that_language_where_there_is_one(
        self, world: Standardizer, text: str, language: str, name: str
    ) -> None:
        assert candidates(world, Query(text, EntityType.TITLE), output_language=language)[0].name == name

    def test_a_misspelling_is_no_name(self, tmp_path: Path) -> None:
        koch = entity("cook", EntityType.TITLE, "Cook", alias("Kohc", "de", AliasKind.MISSPELLING))
        save(compile_snapshot(Snapshot(1, (koch,))), tmp_path)
        standardizer = Standardizer(load(tmp_path), load_calibration(), load_seniority())
        assert candidates(standardizer, Query("Cook", EntityType.TITLE), output_language="de")[0].name == "Cook"

    def test_what_is_no_language_is_refused(self, world: Standardizer) -> None:
        with pytest.raises(InvalidError, match="output_language: 'Deutsch!' is not a BCP 47 tag"):
            candidates(world, PARIS, output_language="Deutsch!")


class TestPreference:
    @pytest.mark.parametrize(("language", "expected"), [("de", "boss"), ("de-CH", "boss"), ("en", "cook")])
    def test_of_those_that_share_an_alias_the_one_of_the_querys_language_comes_first(
        self, world: Standardizer, language: str, expected: str
    ) -> None:
        found = candidates(world, Query("Chef", EntityType.TITLE, language=language))
        assert set(ids(found[:2])) == {"cook", "boss"}
        assert found[0].entity_id == expected
        assert found[0].confidence > found[1].confidence

    @pytest.mark.parametrize("language", ["fr", "tlh-Latn", "mul", "\0", "x" * 35])
    def test_a_language_that_none_or_all_of_them_have_changes_nothing(self, world: Standardizer, language: str) -> None:
        for query in (Query("Chef", EntityType.TITLE), PARIS, NURSE):
            assert candidates(world, replace(query, language=language)) == candidates(world, query)

    def test_the_alias_of_one_entity_may_be_of_several_languages(self, world: Standardizer) -> None:
        plain = candidates(world, Query("Nurse", EntityType.TITLE))
        assert candidates(world, Query("Nurse", EntityType.TITLE, language="nl")) == plain

    @pytest.mark.parametrize("text", ["Paris", "We all live in the town of Paris and we like to work from there a lot"])
    def test_the_context_speaks_for_the_place_that_lies_where_it_says(self, world: Standardizer, text: str) -> None:
        kind = EntityType.LOCATION if text == "Paris" else None
        assert candidates(world, Query(text, kind))[0].entity_id == "paris"
        found = candidates(world, Query(text, kind, context=TEXAN_CONTEXT), explain=True)
        assert found[0].entity_id == "paris_tx"
        assert found[0].explanation is not None
        assert found[0].explanation.context_words == ("texas",)

    @pytest.mark.parametrize("context", ["", "Paris Paris", "a b c", "\0🦀", "France and Texas"])
    def test_a_context_that_speaks_for_none_or_for_all_of_them_changes_nothing(
        self, world: Standardizer, context: str
    ) -> None:
        assert candidates(world, replace(PARIS, context=context)) == candidates(world, PARIS)

    def test_context_and_language_leave_a_text_without_rivals_alone(self, world: Standardizer) -> None:
        query = Query("Koch", EntityType.TITLE)
        assert candidates(world, replace(query, language="en", context="Chef of Texas")) == candidates(world, query)


class TestExplanation:
    QUERIES = (
        NURSE,
        PARIS,
        Query("Chef", EntityType.TITLE, language="de"),
        Query("The nurse moved to Paris for good, and everybody there was happy about it", None),
    )

    @pytest.mark.parametrize("query", QUERIES)
    def test_the_contributions_add_up_to_the_log_odds_of_the_confidence(
        self, world: Standardizer, query: Query
    ) -> None:
        for candidate in candidates(world, query, explain=True):
            explanation = candidate.explanation
            assert explanation is not None
            assert sum(item.log_odds for item in explanation.contributions) == pytest.approx(explanation.log_odds)
            probability = 1 / (1 + math.exp(-explanation.log_odds))
            assert candidate.confidence == pytest.approx(min(MAX_CONFIDENCE, probability))
            assert all(item.documentation.endswith(".") and item.log_odds for item in explanation.contributions)

    def test_an_explanation_changes_nothing_else(self, world: Standardizer) -> None:
        for query in self.QUERIES:
            explained = candidates(world, query, explain=True)
            assert tuple(candidate._replace(explanation=None) for candidate in explained) == candidates(world, query)

    def test_it_says_how_like_the_alias_is_and_what_that_is(self, world: Standardizer) -> None:
        explanation = candidates(world, Query("Krankenpfleger", EntityType.TITLE), explain=True)[0].explanation
        assert explanation is not None
        assert (explanation.exact, explanation.alias_language, explanation.alias_kind) == (True, "de", "translation")
        assert (explanation.ngrams, explanation.meaning, explanation.centre, explanation.rivals) == (1.0, None, None, 0)
        alike = candidates(world, NURSE, explain=True)[0].explanation
        assert alike is not None
        assert not alike.exact
        assert 0 < alike.ngrams < 1

    def test_every_term_is_documented_in_one_line(self) -> None:
        assert [term for term in TERMS if term in FEATURES] == list(FEATURES)
        assert all(text.endswith(".") and "\n" not in text for text in TERMS.values())


OPTIONS = (
    AnswerOptions(),
    AnswerOptions(explain=True),
    AnswerOptions(output_language="de"),
    AnswerOptions(within=("care", "usa")),
    AnswerOptions(exclude=("care", "paris")),
)
TEXTS = (
    ("Paris", EntityType.LOCATION),
    ("nurse asistant manager", EntityType.TITLE),
    ("Chef", EntityType.TITLE),
    ("Nurse in Paris", None),
)
EVERY_WISH = [
    Query(text, kind, language, context, options)
    for text, kind in TEXTS
    for language in (None, "de")
    for context in (None, TEXAN_CONTEXT)
    for options in OPTIONS
]


def test_what_one_query_asks_for_never_reaches_another(world: Standardizer) -> None:
    def fresh() -> Standardizer:
        return Standardizer(world.taxonomy, world.calibration, world._seniority, world.policy)

    alone = [fresh().standardize(query) for query in EVERY_WISH]
    warm = fresh()
    assert [warm.standardize(query) for query in EVERY_WISH] == alone
    assert [warm.standardize(query) for query in reversed(EVERY_WISH)] == alone[::-1]
    assert fresh().standardize_many(EVERY_WISH) == alone
    assert warm.standardize_many(EVERY_WISH) == alone


def test_the_company_of_a_sense_lets_a_context_choose_it(tmp_path: Path) -> None:
    senses = [
        Entity(
            f"skill_{name}",
            EntityType.SKILL,
            "spring",
            (SourceId("review", name),),
            (Alias("spring", "en", AliasKind.CANONICAL, "review"),),
            (),
            ((COMPANY_WORDS, company), ("sense", name)),
        )
        for name, company in (("java", "java, hibernate, maven"), ("season", "season, flowers, garden"))
    ]
    save(compile_snapshot(Snapshot(1, tuple(senses))), tmp_path)
    standardizer = Standardizer(load(tmp_path), load_calibration(), load_seniority())
    for context, expected in (("Hibernate and Maven", "skill_java"), ("plants flowers in season", "skill_season")):
        query = Query("spring", EntityType.SKILL, context=context)
        assert standardizer.standardize(query).mentions[0].candidates[0].entity_id == expected
