"""The documentation site: Sphinx with MyST; tutorials are shown as they were saved, with their pictures."""

import re

from docutils import nodes
from sphinx.application import Sphinx

from dynscaling_nb import __version__

project = "dynscaling_nb"
copyright = "the dynscaling_nb authors"
version = release = __version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax"]
html_theme = "furo"
html_title = f"dynscaling_nb {__version__}"
exclude_patterns = ["build"]
suppress_warnings = ["mystnb.unknown_mime_type"]  # Vega-Lite: its picture is shown instead

nb_execution_mode = "off"  # `make test` runs them and compares
nb_mime_priority_overrides = [
    ("html", "application/vnd.jupyter.widget-view+json", None),
    ("html", "application/vnd.vegalite.v5+json", None),
]
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
autodoc_typehints = "none"  # they stand in the signature's place in the text
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 88
html_static_path = ["static"]
html_css_files = ["site.css"]

BAR = re.compile(r"\s*0%\|.*")  # what a progress bar, gone at its end, leaves in a saved notebook


def without_blanks(_: Sphinx, document: nodes.document) -> None:
    """Take out outputs that show nothing on a page: places kept for a live view, progress bars that are over."""
    for block in list(document.findall(nodes.literal_block)):
        text = block.astext()
        if not text.strip() or BAR.fullmatch(text):
            block.parent.remove(block)


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", without_blanks)
