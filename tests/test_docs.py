"""The documentation builds without a warning, its links lead somewhere, tutorials have pictures."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[1]


class Page(HTMLParser):
    """The links of a page, its images, and the places in it that a link can name."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places, self.images = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attribute = dict(attributes)
        self.places |= {attribute[name] for name in ("id", "name") if attribute.get(name)}
        if tag == "a" and attribute.get("href"):
            self.links.append(attribute["href"])
        if tag == "img":
            self.images.append(attribute.get("src", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    source = folder / "source"
    shutil.copytree(ROOT / "docs", source)
    shutil.copytree(
        ROOT / "notebooks",
        source / "tutorials",
        ignore=shutil.ignore_patterns("exercises", "*.cfg", ".*"),
    )
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder / name)
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-q", source, folder / "site"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "site"


def test_every_link_leads_somewhere(site):
    pages = {path: Page(path.read_text()) for path in site.rglob("*.html")}
    assert len(pages) > 15
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                assert parts.scheme in ("https", "mailto"), link
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists() or (
                parts.fragment and target in pages and parts.fragment not in pages[target].places
            ):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


def test_tutorials_show_their_pictures_and_no_dead_widget(site):
    for path in sorted((site / "tutorials").glob("0*.html")):
        text = path.read_text()
        page = Page(text)
        assert [
            image for image in page.images if "jupyter_execute" in image or "_images" in image
        ], path.name
        assert "widget-view+json" not in text
        outputs = [
            re.sub("<[^>]*>", "", output).strip()
            for output in re.findall(r"<pre>(.*?)</pre>", text, re.DOTALL)
        ]
        assert outputs
        assert not [output for output in outputs if not output or output.startswith("0%|")]


def test_the_reference_names_everything_that_is_public(site):
    import dynscaling_nb as dn

    text = (site / "api.html").read_text()
    names = set(re.findall(r'id="dynscaling_nb\.[\w.]*?\.?(\w+)"', text))
    modules = {"charts", "datasets"}
    assert set(dn.__all__) - modules - names == set()


def test_the_page_of_options_has_every_option_of_a_run(site):
    from inspect import signature

    import dynscaling_nb as dn

    text = (site / "options.html").read_text()
    names = set(re.findall(r'<span class="pre">(\w+)</span>', text))
    assert set(signature(dn.arun).parameters) - {"queries"} - names == set()
