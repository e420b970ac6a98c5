from classifiers.standardize.first_start import compile_loops


def test_every_way_of_asking_finds_something() -> None:
    assert compile_loops() >= 5
