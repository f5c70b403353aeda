from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from demo_bundles import retold

from mimo_export.errors import BundleError, EnvironmentNotReadyError, InputError
from mimo_portable.demo import write_site
from mimo_portable.demo.site import TEMPLATES


@pytest.fixture
def site(medical: Path, npm: Path, tmp_path: Path) -> Path:
    write_site([medical], tmp_path / "site")
    assert npm.read_text().count("install") == 1
    return tmp_path / "site"


def page(site: Path) -> str:
    return (site / "index.html").read_text(encoding="utf-8")


def test_a_site_holds_what_a_browser_loads_and_nothing_else(site: Path) -> None:
    found = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    stated = json.loads((site / "demo.json").read_text(encoding="utf-8"))
    assert set(stated["files"]) == found - {"demo.json"}
    assert stated["models"] == ["medical"]
    assert {path for path in found if path.count("/") == 0} == {
        "demo.json",
        "index.html",
        "style.css",
    }
    assert {"models/medical/model/model.onnx", "models/medical/examples.json"} <= found
    assert not {path for path in found if path.endswith(".ts") or "node_modules" in path}


def test_a_page_speaks_of_the_models_it_has(site: Path) -> None:
    text = page(site)
    assert "One model, running in your browser" in text
    assert 'id="medical"' in text
    assert "sentiment" not in text
    assert "No medical device." in text


def test_a_page_says_what_its_data_are(site: Path) -> None:
    text = page(site)
    assert '<span class="badge" data-origin="simulated">simulated data</span>' in text
    assert "<code>simulated_medical</code> — Simulated: ECG by the dynamical model" in text
    assert "labels by rule" in text
    assert "840 train, 180 test samples." in " ".join(text.split())


def test_a_page_names_no_other_site(site: Path) -> None:
    text = page(site)
    assert "default-src 'none'" in text
    linked = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert all(link.startswith(("./", "#", "data:")) for link in linked)
    script = re.search(r'<script type="importmap">(.*?)</script>', text)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in text


@pytest.mark.usefixtures("npm")
def test_what_a_bundle_says_is_text_on_the_page(medical: Path, tmp_path: Path) -> None:
    hostile = {
        "name": "simulated_medical",
        "origin": '"><script>',
        "source": "<img src=x onerror=alert(1)>",
        "samples": {"<b>": 1},
    }
    write_site([retold(medical, tmp_path / "b", data=hostile)], tmp_path / "site")
    text = page(tmp_path / "site")
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert "<img" not in text
    assert text.count("<script") == 2
    assert "<b>" not in text


def test_an_unchanged_site_is_replaced_and_another_folder_is_left_alone(
    site: Path, medical: Path
) -> None:
    write_site([medical], site)
    (site / "style.css").write_text("mine")
    with pytest.raises(BundleError) as caught:
        write_site([medical], site)
    assert str(caught.value) == (
        "style.css was changed since it was written, which is not overwritten\n"
        f"  where:  {site}\n"
        "  remedy: choose another folder, or remove this one"
    )
    assert (site / "style.css").read_text() == "mine"


def test_a_failure_of_npm_leaves_the_old_site_as_it_was(
    site: Path, medical: Path, npm: Path
) -> None:
    before = sorted(path.name for path in site.rglob("*"))
    (npm.parent / "bin" / "npm").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(EnvironmentNotReadyError):
        write_site([medical], site)
    assert sorted(path.name for path in site.rglob("*")) == before
    assert [path.name for path in site.parent.iterdir() if path.name.startswith(".site")] == []


def test_two_bundles_of_one_model_are_refused(medical: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write_site([medical, medical], tmp_path / "site")
    assert str(caught.value) == (
        "there are two bundles of 'medical', and the page has room for one\n"
        f"  where:  {medical} and {medical}\n"
        "  remedy: leave one of them out"
    )


def test_no_template_names_another_site() -> None:
    for path in TEMPLATES.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            named = re.findall(r"https?://[^\s'\"]+", text)
            assert set(named) <= {"http://www.w3.org/2000/svg"}, path
