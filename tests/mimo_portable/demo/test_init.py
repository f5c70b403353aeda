"""The page in headless Chromium, as people use it: what it shows is what onnxruntime answers."""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import demo_bundles
import numpy as np
import onnxruntime
import pytest

from mimo_portable.demo import write_site
from mimo_portable.text import encode

NAMES = ("sentiment", "forecast", "medical")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
MISSING = [name for name in ("node", "npm") if shutil.which(name) is None]
pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(
        bool(MISSING) or CHROMIUM is None,
        reason=f"not installed: {', '.join([*MISSING, *([] if CHROMIUM else ['chromium'])])}",
    ),
]
DRIVER = Path(__file__).with_name("drive.mjs")
SENTENCE = "Dear friends, the soup was VERY good; zzyzx!"
NEAR = 2e-6  # the length of a bar, in per cent with six figures


class Quiet(http.server.SimpleHTTPRequestHandler):
    """What `python -m http.server` runs, without its log."""

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            # In a folder of a server, as on a shared site: nothing may be asked for at its root.
            yield f"http://127.0.0.1:{server.server_address[1]}/site/"
        finally:
            server.shutdown()
            thread.join()


def driven(site: Path, scratch: Path) -> dict[str, Any]:
    with served(site.parent) as address:
        ended = subprocess.run(
            [str(shutil.which("node")), str(DRIVER), address, str(scratch)],
            capture_output=True,
            text=True,
            env={**os.environ, "CHROMIUM": str(CHROMIUM)},
            timeout=300,
            check=False,
        )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    document: dict[str, Any] = json.loads(ended.stdout)
    return document


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with bundles, the site, and what the driver needs."""
    from PIL import Image  # noqa: PLC0415 - of the data's extra

    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MIMO_PORTABLE_DATA", raising=False)  # the data that come with the package
        bundles = [demo_bundles.bundle(name, folder) for name in NAMES]
        write_site(bundles, folder / "site")
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "picture.png")
    (folder / "no-picture.png").write_text("a text")
    (folder / "package.json").write_text("{}")
    packages = ("playwright-core@^1.50.0", "axe-core@^4.10.0")
    command = [
        str(shutil.which("npm")),
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        *packages,
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def seen(folder: Path) -> dict[str, Any]:
    """Give what the page showed while it was used."""
    return driven(folder / "site", folder)


def examples(folder: Path, name: str) -> list[dict[str, Any]]:
    path = folder / "site" / "models" / name / "examples.json"
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return rows


def answer(folder: Path, name: str, **inputs: Any) -> dict[str, Any]:
    session = onnxruntime.InferenceSession(folder / name / "model.onnx")
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def medical(folder: Path, row: dict[str, Any], pressure: float) -> tuple[Any, float]:
    ecg = np.float32(row["ecg"])[None, :, None]
    found = answer(folder, "medical", ecg_input=ecg, bp_input=np.float32([[pressure]]))
    return found["diagnosis_output"][0], float(found["risk_output"][0, 0])


def sentiment(folder: Path, picture: Path, text: str) -> float:
    from PIL import Image  # noqa: PLC0415 - of the data's extra

    words = json.loads((folder / "sentiment" / "vocabulary.json").read_text(encoding="utf-8"))
    with Image.open(picture) as file:
        pixels = np.asarray(file.convert("RGB"), np.float32)[None]
    ids = encode([text], words["text_input"], 100)
    found = answer(folder, "sentiment", image_input=pixels, text_input=ids)
    return float(found["sentiment"][0, 0])


def test_the_page_asks_nobody_else_and_reports_no_error(seen: dict[str, Any]) -> None:
    assert seen["strange"] == []
    assert seen["errors"] == []
    assert seen["isolated"] is False  # one thread, on a server without special headers


@pytest.mark.parametrize("when", ["reports", "reportsOnPhone"])
def test_the_golden_vectors_agree_in_the_browser(seen: dict[str, Any], when: str) -> None:
    outputs = {"sentiment": 1, "forecast": 3, "medical": 2}
    for name, count in outputs.items():
        report = seen[when][name]
        assert report["told"].startswith("✓ Every output agrees with Keras: onnxruntime-web 1.")
        assert [row[1] for row in report["rows"]] == ["✓ agrees"] * count
        assert all(float(row[4]) <= 1e-5 for row in report["rows"])


def test_every_example_of_medical_shows_what_onnxruntime_answers(
    seen: dict[str, Any], folder: Path
) -> None:
    rows, shown = examples(folder, "medical"), seen["medical"]["examples"]
    assert len(rows) == len(shown) == 12
    for row, found in zip(rows, shown, strict=True):
        shares, risk = medical(folder, row, row["pressure"])
        np.testing.assert_allclose(found["shares"], shares, atol=NEAR)
        np.testing.assert_allclose(found["risk"], risk, atol=NEAR)
        assert found["labelled"]
        assert "label in the data" in found["names"][row["diagnosis"]]
        assert f"{shares.max():.1%}" in found["status"]
        assert f"Risk: {risk:.3f}." in found["status"]
        assert found["description"].startswith("ECG, lead II: 8 seconds at 32 samples a second")
        assert found["chart"] == "ECG, described below the drawing"
    # One step further than the last is the first.
    assert seen["medical"]["first"] == shown[0]


def test_a_typed_pressure_is_the_models_input(seen: dict[str, Any], folder: Path) -> None:
    row = examples(folder, "medical")[0]
    for name, pressure in (("typed", 90), ("again", 90), ("slid", 91)):
        shares, risk = medical(folder, row, pressure)
        found = seen["medical"][name]
        np.testing.assert_allclose(found["shares"], shares, atol=NEAR)
        np.testing.assert_allclose(found["risk"], risk, atol=NEAR)
        assert not found["labelled"]  # the label is made of the recording's own pressure
        assert (found["error"], found["invalid"]) == ("", None)
    assert seen["medical"]["slid"]["pressure"] == "91"


def test_a_pressure_that_is_none_is_named_beside_the_field(seen: dict[str, Any]) -> None:
    errors = {text: found["error"] for text, found in seen["medical"]["wrong"].items()}
    assert errors == {
        "": "Give a number, such as 120.",
        "high": "Give a number, such as 120.",
        "1e999": "Give a number, such as 120.",
        "-5": "Give a pressure from 20 to 300 mmHg.",
    }
    assert {found["invalid"] for found in seen["medical"]["wrong"].values()} == {"true"}


def test_every_example_of_forecast_shows_what_onnxruntime_answers(
    seen: dict[str, Any], folder: Path
) -> None:
    rows, shown = examples(folder, "forecast"), seen["forecast"]["examples"]
    assert len(rows) == len(shown) == 12
    for row, found in zip(rows, shown, strict=True):
        series = np.float32(row["history"])[None, :, None]
        outputs = answer(folder, "forecast", series=series)
        for index, cells in enumerate(found["rows"]):
            value, truth = (
                float(cell.replace("\N{MINUS SIGN}", "-").replace(",", "")) for cell in cells[2:4]
            )
            assert value == pytest.approx(float(outputs[f"output_{index + 1}"][0, 0]), abs=6e-4)
            assert truth == pytest.approx(row["truth"][index], abs=6e-4)
        titles = [cells[0] for cells in found["rows"]]
        assert titles == ["1. in 4 weeks", "2. in 13 weeks", "3. in 26 weeks"]
        assert (found["marks"], found["truths"]) == (3, 3)
        assert found["description"].startswith("100 values in ppm, one every week, from ")


def test_every_example_of_sentiment_shows_what_onnxruntime_answers(
    seen: dict[str, Any], folder: Path
) -> None:
    rows, shown = examples(folder, "sentiment"), seen["sentiment"]["examples"]
    assert len(rows) == len(shown) == 12
    for row, found in zip(rows, shown, strict=True):
        picture = folder / "site" / "models" / "sentiment" / row["picture"]
        expected = sentiment(folder, picture, row["text"])
        np.testing.assert_allclose(found["positive"], expected, atol=NEAR)
        assert found["shown"] == f"{expected:.1%}"
        assert found["picture"] == f"Example: {row['described']}"
        assert (found["labelled"], found["stale"]) == (True, False)
    assert seen["sentiment"]["thumbs"][0] == f"Example 1: {rows[0]['described']}"


@pytest.mark.parametrize("how", ["own", "dropped"])
def test_a_picture_and_a_sentence_of_ones_own_are_the_models_inputs(
    seen: dict[str, Any], folder: Path, how: str
) -> None:
    found = seen["sentiment"][how]
    expected = sentiment(folder, folder / "picture.png", SENTENCE)
    np.testing.assert_allclose(found["positive"], expected, atol=NEAR)
    known = ["dear", "friends", "the", "soup", "was", "very", "good"]
    assert found["words"] == [*known, "zzyzx (unknown)"]
    assert found["note"].startswith("7 of 8 words are in the vocabulary; those with a dashed")
    assert (found["labelled"], found["stale"], found["fileError"]) == (False, False, "")


def test_what_is_missing_or_no_picture_is_named_beside_its_field(seen: dict[str, Any]) -> None:
    shown = seen["sentiment"]
    assert shown["changed"]["stale"]
    assert shown["noPicture"]["fileError"] == (
        "no-picture.png is no picture that this browser can read."
    )
    assert (shown["noText"]["textError"], shown["noText"]["focus"]) == (
        "Write a sentence first.",
        "sentiment-text",
    )
    assert (shown["nothing"]["fileError"], shown["nothing"]["focus"]) == (
        "Choose a picture first.",
        "sentiment-file",
    )
    assert shown["nothing"]["picture"] == "No picture"
    assert shown["nothing"]["stale"]


def test_tab_reaches_everything_in_order_with_a_ring(seen: dict[str, Any]) -> None:
    assert seen["tabs"] == [
        *("/#main", "/#sentiment", "/#forecast", "/#medical"),
        *("sentiment/radio", "sentiment/sentiment-file", "sentiment/Remove the picture"),
        *("sentiment/sentiment-text", "sentiment/Run the model"),
        "sentiment/Compare sentiment with Keras",
        *("forecast/Previous example", "forecast/forecast-example", "forecast/Next example"),
        "forecast/Compare forecast with Keras",
        *("medical/Previous example", "medical/medical-example", "medical/Next example"),
        *("medical/medical-pressure", "medical/medical-slider"),
        "medical/Compare medical with Keras",
    ]


def test_the_page_does_not_scroll_sideways_on_a_phone(seen: dict[str, Any]) -> None:
    assert seen["widths"]["phone"] == 360


@pytest.mark.parametrize("where", ["desktop", "phone"])
def test_axe_finds_no_violation(seen: dict[str, Any], where: str) -> None:
    assert seen["axe"][where] == []


def test_a_wrong_answer_is_told(folder: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(folder / "site", site)
    path = site / "models/medical/model/golden/test_data_set_0/output_1.bin"
    path.write_bytes(np.float32([0.999]).tobytes())
    report = driven(site, folder)["reports"]["medical"]
    assert report["told"].startswith("✗ NOT every output agrees with Keras")
    assert report["rows"][1][1] == "✗ 1 of 23 values differ"
