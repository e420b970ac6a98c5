import pytest

from services.cli.feed import Ages


def test_quantiles_are_read_from_cumulative_counts() -> None:
    ages = Ages({0.01: 0.0, 0.02: 50.0, 0.04: 99.0, float("inf"): 100.0})
    assert ages.quantile_ms(0.5) == pytest.approx(20.0)
    assert ages.quantile_ms(0.25) == pytest.approx(15.0)
    assert ages.quantile_ms(1.0) == pytest.approx(40.0)


def test_nothing_counted_has_no_quantile() -> None:
    assert Ages({}).quantile_ms(0.5) is None
    assert Ages({0.01: 0.0, float("inf"): 0.0}).quantile_ms(0.5) is None


def test_an_earlier_reading_is_taken_off() -> None:
    later = Ages({0.01: 5.0, float("inf"): 10.0}).since(Ages({0.01: 5.0, float("inf"): 5.0}))
    assert later.counts == {0.01: 0.0, float("inf"): 5.0}
