"""Ctrl-C ends a command in order, and a second one does not keep it from that."""

import signal

import pytest

from services.cli.stopping import stoppable


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_does_not_interrupt_the_stopping(
    first: signal.Signals, second: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped = list[str]()
    with stoppable():
        try:
            try:
                signal.raise_signal(first)
                stopped.append("never: the block was to end here")
            finally:
                signal.raise_signal(second)
                stopped.append("worker")
        finally:
            stopped.append("servers")
    assert stopped == ["worker", "servers"]
    assert capsys.readouterr().err == "Stopped.\n"


def test_a_command_with_something_to_say_is_interrupted_after_the_stopping() -> None:
    stopped = list[str]()

    def interrupted_twice() -> None:
        with stoppable(quietly=False):
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                signal.raise_signal(signal.SIGINT)
                stopped.append("worker")

    with pytest.raises(KeyboardInterrupt):
        interrupted_twice()
    assert stopped == ["worker"]


def test_signals_mean_afterwards_what_they_meant_before() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with stoppable():
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
