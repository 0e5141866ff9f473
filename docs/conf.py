"""The documentation site: Sphinx with MyST. The tutorials are shown as they were saved."""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config, GoogleDocstring

from dynscaling_nb import __version__
from dynscaling_nb.front_ends import reference

project = "dynscaling_nb"
copyright = "the dynscaling_nb authors"
version = release = __version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax"]
html_theme = "furo"
html_title = f"dynscaling_nb {__version__}"
exclude_patterns = ["build"]
suppress_warnings = ["mystnb.unknown_mime_type"]  # Vega-Lite: its picture is shown instead

nb_execution_mode = "off"  # `make test` runs the tutorials and compares their outputs
nb_mime_priority_overrides = [
    ("html", "application/vnd.jupyter.widget-view+json", None),
    ("html", "application/vnd.vegalite.v5+json", None),
]
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
autodoc_typehints = "none"  # the text says what a value is
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 88
html_static_path = ["static"]
html_css_files = ["site.css"]

BAR = re.compile(r"\s*0%\|.*")  # a finished progress bar in a saved notebook
SECTIONS = Config(napoleon_custom_sections=[("Attributes", "params_style")])
OPTIONS = """\
# Options

Every option of a run, by its keyword in `dn.arun`, `dn.run`, `dn.start` and `dn.Panel`. The flag is
that of `%%dynscale` and of `python -m dynscaling_nb run`.

"""


def write_options(app: Sphinx) -> None:
    """Write the page of options from their declarations."""
    (Path(app.srcdir) / "options.md").write_text(OPTIONS + reference(), encoding="utf-8")


def sections(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Lay out `Args:` and `Attributes:`. In a property a colon is a colon and no section."""
    if what != "property":
        lines[:] = GoogleDocstring(lines, SECTIONS, app, what, name, obj, options).lines()


def without_blanks(_: Sphinx, document: nodes.document) -> None:
    """Remove outputs that show nothing on a page: empty places of live views, finished bars."""
    for block in list(document.findall(nodes.literal_block)):
        text = block.astext()
        if not text.strip() or BAR.fullmatch(text):
            block.parent.remove(block)


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", write_options)
    app.connect("autodoc-process-docstring", sections)
    app.connect("doctree-read", without_blanks)
