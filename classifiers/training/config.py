"""Configurations of training runs: complete, frozen, seeds included."""

from dataclasses import dataclass

from classifiers.training.questions import Way
from taxonomy.model import EntityType


@dataclass(frozen=True, slots=True)
class CalibrationConfig:
    """The complete configuration of a fit.

    `curve_points` is how many points the correcting curve has, and `few_curve_points` that of types with few examples
    and of places. `shares` are those of the ways to ask for `many_types`, in the order of
    `classifiers.training.questions.Way`; `few_shares` those of types of which nothing is said here, and the ways that
    the model of all types together is fitted on; `complete_shares` those of the types
    whose entities are all known, but for a few; `mistaken_shares` those of types in whose fields people write much that
    is none; `company_shares` those of companies, of which a taxonomy has a few and the world has millions.
    `samples_of_few` are the questions about each of all but `many_types`. `runner_up_weight` is what a candidate after
    the best one counts. The offsets of running text are log-odds set by hand: the aliases of a taxonomy say nothing
    about how often a word in a sentence means the entity, and a skill is named in sentences more often than a field of
    study. So are those of misspelt words, for who hides an alias of a taxonomy still knows its words: in real skills
    half of what seems to be a slip is a name.
    """

    seed: int = 7
    samples_per_type: int = 60_000
    samples_of_few: int = 18_000
    shares: tuple[float, ...] = (0.27, 0.15, 0.12, 0.04, 0.04, 0.04, 0.15, 0.19)
    few_shares: tuple[float, ...] = (0.35, 0.2, 0.0, 0.0, 0.0, 0.0, 0.2, 0.25)
    complete_shares: tuple[float, ...] = (0.55, 0.25, 0.0, 0.0, 0.0, 0.0, 0.12, 0.08)
    company_shares: tuple[float, ...] = (0.3, 0.15, 0.0, 0.0, 0.0, 0.15, 0.12, 0.28)
    mistaken_shares: tuple[float, ...] = (0.32, 0.17, 0.0, 0.04, 0.14, 0.15, 0.08, 0.1)
    many_types: tuple[EntityType, ...] = (EntityType.TITLE, EntityType.SKILL, EntityType.SCHOOL)
    complete_types: tuple[EntityType, ...] = (EntityType.LOCATION,)
    mistaken_types: tuple[EntityType, ...] = (
        EntityType.DEGREE,
        EntityType.FIELD_OF_STUDY,
        EntityType.CERTIFICATE,
        EntityType.LANGUAGE,
        EntityType.INDUSTRY,
    )
    test_share: float = 0.3
    regularisation: float = 1.0
    curve_points: int = 20
    few_curve_points: int = 12
    runner_up_weight: float = 0.2
    running_text_default: float = -0.7
    running_text: tuple[tuple[EntityType, float], ...] = (
        (EntityType.FIELD_OF_STUDY, -1.6),
        (EntityType.INDUSTRY, -1.6),
        (EntityType.COMPANY, -1.2),
        (EntityType.SCHOOL, -1.2),
        (EntityType.LOCATION, -1.0),
    )
    running_case_mismatch: float = -6.0
    misspelt_default: float = -1.0
    misspelt: tuple[tuple[EntityType, float], ...] = ((EntityType.SKILL, -3.5),)

    def shares_of(self, kind: EntityType) -> dict[Way, float]:
        """Return the shares of the ways to ask for a type."""
        if kind is EntityType.COMPANY:
            shares = self.company_shares
        elif kind in self.mistaken_types:
            shares = self.mistaken_shares
        elif kind in self.complete_types:
            shares = self.complete_shares
        else:
            shares = self.shares if kind in self.many_types else self.few_shares
        return dict(zip(Way, shares, strict=True))
