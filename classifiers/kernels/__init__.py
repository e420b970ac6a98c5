"""Compiled loops of the standardizer."""

from pathlib import Path

from core.kernels.compiling import forget_what_is_stale

forget_what_is_stale(Path(__file__).parent, Path(__file__).parent / "__pycache__")
