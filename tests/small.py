"""A real small language model and llama.cpp, where they are installed."""

import os
from pathlib import Path
from types import ModuleType

import pytest

SMOLLM2 = Path(__file__).parents[1] / "build" / "smollm2.gguf"


def llama_cpp() -> ModuleType:
    """The library that runs llama.cpp in this process."""
    try:
        import xllamacpp
    except ImportError:
        _is_missing("xllamacpp")
    return xllamacpp


def smollm2() -> Path:
    """The weights of SmolLM2-135M-Instruct, a file of 98 MB."""
    llama_cpp()
    if not SMOLLM2.exists():
        _is_missing(SMOLLM2.name)
    return SMOLLM2


def _is_missing(name: str) -> None:
    """Skip a test with the reason; on CI it fails."""
    message = f"no {name}: `make test` installs it where there is a wheel"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
