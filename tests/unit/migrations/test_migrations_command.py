import pytest

from migrations.__main__ import main


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str | None) -> tuple[int, str]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("CANONYM_DATABASE_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("CANONYM_DATABASE_URL", url)
    return main([]), capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (None, "set CANONYM_DATABASE_URL"),
        ("::", "is not an address"),
        ("postgresql://nobody:secret@127.0.0.1:1/nothing", "Connection refused"),
    ],
)
def test_what_is_wrong_is_one_line_without_the_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str | None, said: str
) -> None:
    code, error = run(monkeypatch, capsys, url)
    assert code == 1
    assert error.count("\n") == 1
    assert said in error
    assert "secret" not in error


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CANONYM_PARTITIONS", "none")
    code, error = run(monkeypatch, capsys, None)
    assert code == 1
    assert "partitions" in error
