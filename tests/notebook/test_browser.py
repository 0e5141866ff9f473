"""A saved notebook in a real browser, with no network: are its pictures and tables there?"""

from pathlib import Path

import pytest
from nbconvert import HTMLExporter

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "01_quickstart.ipynb"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_saved_notebook_shows_its_chart_and_its_table(browser, tmp_path, scheme):
    page_file = tmp_path / "saved.html"
    page_file.write_text(
        HTMLExporter(theme=scheme).from_filename(str(QUICKSTART))[0], encoding="utf-8"
    )
    context = browser.new_context(offline=True, color_scheme=scheme)
    page = context.new_page()
    page.goto(page_file.as_uri(), wait_until="domcontentloaded")
    pictures = page.locator(".jp-RenderedImage img")
    assert pictures.count() == 3
    for picture in pictures.all():
        box = picture.bounding_box()
        assert box["width"] > 400
        assert box["height"] > 150
        assert picture.evaluate("image => image.naturalWidth") > 800
    assert "confidence" in page.locator("table").first.inner_text()
    assert page.locator("table").first.is_visible()
    context.close()
