"""What the command line says when it ends before its work is done."""

import sys

import pytest
import typer

from services.cli import main as command_line


@pytest.mark.parametrize(
    ("raised", "code", "said"), [(KeyboardInterrupt, 130, "canonym: interrupted\n"), (None, 0, "")]
)
def test_an_interrupted_command_says_so(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: type[BaseException] | None,
    code: int,
    said: str,
) -> None:
    app = typer.Typer()

    @app.command()
    def work() -> None:
        if raised is not None:
            raise raised

    monkeypatch.setattr(command_line, "app", app)
    monkeypatch.setattr(sys, "argv", ["canonym"])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert (ended.value.code, capsys.readouterr().err) == (code, said)
