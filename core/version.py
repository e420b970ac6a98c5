"""The version of this code, as installed."""

from importlib.metadata import version

CODE_VERSION = version("canonym")
