"""Configurations of training runs: complete, frozen, seeds included."""

from dataclasses import dataclass

from taxonomy.model import EntityType


@dataclass(frozen=True, slots=True)
class CalibrationConfig:
    """The complete configuration of a fit.

    `curve_points` is how many points the correcting curve has. `shares` are the shares of the four ways to ask: as
    it stands, mistyped, alias hidden, entity hidden; `complete_shares` those of the types whose entities are all
    known, but for a few. The
    offsets of running text are log-odds set by hand: the aliases of a taxonomy say nothing about how often a word
    in a sentence means the entity, and a skill is named in sentences more often than a field of study.
    """

    seed: int = 7
    samples_per_type: int = 12_000
    shares: tuple[float, float, float, float] = (0.35, 0.2, 0.2, 0.25)
    complete_shares: tuple[float, float, float, float] = (0.55, 0.25, 0.12, 0.08)
    complete_types: tuple[EntityType, ...] = (EntityType.LOCATION, EntityType.LANGUAGE, EntityType.DEGREE)
    test_share: float = 0.3
    regularisation: float = 1.0
    curve_points: int = 12
    running_text_default: float = -0.7
    running_text: tuple[tuple[EntityType, float], ...] = (
        (EntityType.FIELD_OF_STUDY, -1.6),
        (EntityType.INDUSTRY, -1.6),
        (EntityType.COMPANY, -1.2),
        (EntityType.SCHOOL, -1.2),
        (EntityType.LOCATION, -1.0),
    )
    running_case_mismatch: float = -6.0

    def shares_of(self, kind: EntityType) -> tuple[float, float, float, float]:
        """Return the shares of the four ways to ask for a type."""
        return self.complete_shares if kind in self.complete_types else self.shares
