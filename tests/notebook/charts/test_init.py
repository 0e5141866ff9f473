"""The public charts, and what importing them costs."""

import subprocess
import sys

import pytest

from dynscaling_nb import charts


@pytest.mark.parametrize(
    "module", ["charts", "charts.history", "charts.live", "widgets.panel", "widgets.explorer"]
)
def test_importing_does_not_load_altair(module):
    code = f"import sys, dynscaling_nb.notebook.{module}; print('altair' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_public_name_is_a_documented_function():
    assert charts.__all__ == sorted(charts.__all__) == dir(charts)
    for name in charts.__all__:
        assert getattr(charts, name).__name__ == name
        assert getattr(charts, name).__doc__


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'uncertainty'"):
        charts.uncertainty
