"""Headers as a text, for a shell and a cell. Their secrets come from the environment.

api-key: $AZURE_KEY; X-Team: maths
"""

import os
import re
from collections.abc import Mapping
from typing import Any

from dynscaling_nb.errors import InputError
from dynscaling_nb.models.openai.secrets import Secret, SecretMapping

VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def read_headers(text: str) -> Mapping[str, str]:
    """The headers in a text, with the values of the variables that it names.

    Raises `InputError` for a line without a name and for a variable that is not set.
    """
    headers: dict[str, str | Secret] = {}
    for line in re.split(r"[;\n]", text):
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or not name.strip():
            raise InputError("headers must be written as 'name: value', several with ; between")
        headers[name.strip()] = Secret(VARIABLE.sub(_value, value).strip())
    return SecretMapping(headers)


def check_headers(name: str, value: Any) -> None:
    """Raise `InputError` for a value that is no such text."""
    if not isinstance(value, str):
        raise InputError(f"{name} must be a text with $NAME for a secret; OpenAIModel takes a dict")
    read_headers(value)


def _value(match: re.Match[str]) -> str:
    """The value of a variable. Raises `InputError` if it is not set."""
    name = match[1] or match[2]
    if not os.environ.get(name):
        raise InputError(f"headers name ${name}, which is not set in the environment", name)
    return os.environ[name]
