"""Write the page of the speed benchmark: tables in Markdown, plots as SVG beside it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import speed_results
from speed_results import Place, Result

from mimo_export.bench.peers import OURS
from mimo_export.bench.report import Bench, Machine, Table, facts_table, times_table

_HEAD = """# Speed

Written by `nox -s bench`; read `mimo-portable bench --help` for one bundle of your own. Times are
what a program waits for, NumPy arrays in and out, in milliseconds: medians and quartiles over runs
in which all peers took turns; "times ours" is each peer's time over ours, turn by turn. "of peak"
is the share of the machine's measured multiply-adds. "load" is from the artifact to the first
answer in a fresh process, imports left out and compilation included; "peak" is all memory of that
process. A peer is wrong where it is further from Keras than ten times what the bundle was verified
at. Weights are random, which times do not depend on; pictures are 224 by 224.
"""
_GAPS = """Where OpenVINO, LiteRT or XLA are ahead, a profile says where onnxruntime's time goes:
`python benchmarks/speed_profile.py FILE --batch N`.

- Convolutional networks spend 90 to 97% of it in `Conv` (MobileNetV2 at batch 1 and 32). Another
  file could leave nothing out: the nodes are the convolutions, their activations and one Transpose.
  The other libraries have faster depthwise convolutions. `ConvNeXtTiny` spends 79% in `MatMul`.
- `transformer` spends 40 to 60% in `MatMul`, and a fifth in the `Add` of biases, in `BiasGelu`, and
  in `Transpose` and `Reshape` around attention. The others compute these as they write a product.
- `medical` at batch 1 spends half in the call of onnxruntime from Python. LiteRT's is shorter.
- Recurrent networks spend more than 60% in `LSTM`, which keeps the gates of all steps in memory,
  where the others compute them step by step. Batches of 128 and more are divided where the last
  state alone is read (`export/mimo_export/passes/stretch.py`), not in `tagger`, which reads all.
"""


def write(folder: Path, names: Sequence[str], page: Path) -> None:
    """Write the page and its plots of what is kept in a folder."""
    page.write_text(text(folder, names), encoding="utf-8")
    plot_ratios(read_benches(_kept(folder, names)), page.with_name("speed.svg"))
    exports = speed_results.read(folder, "export")
    if exports is not None:
        plot_exports(exports.found, page.with_name("export_speed.svg"))


def text(folder: Path, names: Sequence[str]) -> str:
    """Return the page of what is kept in a folder; models without a result are named."""
    kept = _kept(folder, names)
    benches = read_benches(kept)
    exports = speed_results.read(folder, "export")
    missing = ", ".join(name for name in names if name not in kept)
    parts = [
        _HEAD,
        machines(benches, {name: result.place for name, result in kept.items()}),
        "![Times of the peers over ours](speed.svg)\n",
        "## Beside the fastest peer\n",
        *([f"Not measured yet: {missing}.\n"] if missing else []),
        markdown(summary(benches)),
        _GAPS,
        *(_export_parts(exports) if exports is not None else []),
    ]
    for name, bench in benches.items():
        work = bench.work
        parts += [f"## {name}\n", f"{work.flops / 1e6:,.1f} MFLOP a sample.\n"]
        parts.append(markdown(facts_table(bench)))
        for batch, threads in bench.settings():
            parts.append(f"### {name}, batch {batch}, threads: {threads}\n")
            parts.append(markdown(times_table(bench, batch, threads)))
    return "\n".join(parts)


def _kept(folder: Path, names: Sequence[str]) -> dict[str, Result]:
    found = {name: speed_results.read(folder, name) for name in names}
    return {name: result for name, result in found.items() if result is not None}


def read_benches(results: Mapping[str, Result]) -> dict[str, Bench]:
    """Return what was measured; the limits of a machine are the best that any of them found."""
    found = {name: Bench.from_dict(result.found) for name, result in results.items()}
    limits: dict[tuple[Place, int], list[Machine]] = defaultdict(list)
    for name, bench in found.items():
        for machine in bench.machine:
            limits[results[name].place, machine.threads].append(machine)

    def best(place: Place, threads: int) -> Machine:
        measured = limits[place, threads]
        gflops, gbps = max(m.gflops for m in measured), max(m.gbps for m in measured)
        return Machine(threads, gflops, gbps)

    return {
        name: replace(
            bench, machine=tuple(best(results[name].place, m.threads) for m in bench.machine)
        )
        for name, bench in found.items()
    }


def machines(benches: Mapping[str, Bench], places: Mapping[str, Place]) -> str:
    """Return a list item for each machine and set of versions: what was measured there."""
    names: dict[Place, list[str]] = defaultdict(list)
    for name, place in places.items():
        names[place].append(name)
    items = []
    for place, here in names.items():
        limits = "; ".join(
            f"{m.gflops:.0f} GFLOP/s and {m.gbps:.0f} GB/s on {m.threads}"
            for m in benches[here[0]].machine
        )
        items.append(
            f"- {', '.join(here)}: {place.processor}; at most {limits} (threads), measured as the"
            f" faster of NumPy's and onnxruntime's matrix products, and a copy. Versions:"
            f" {place.versions}.\n"
        )
    return "".join(items)


def _export_parts(exports: Result) -> list[str]:
    return [
        "## Export\n",
        f"On {exports.place.processor}.\n",
        markdown(export_table(exports.found)),
        _cold(exports.found),
        "![Export time over the number of layers](export_speed.svg)\n",
    ]


def markdown(table: Table) -> str:
    """Return a table in Markdown."""
    header, rows = table
    lines = [header, ["---"] * len(header), *rows]
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def summary(benches: Mapping[str, Bench]) -> Table:
    """Return our time over the best peer's, as geometric means over all settings of a model."""
    header = ("model", "ours / best ONNX peer", "worst setting", "ours / best other", "slower at")
    rows: list[Sequence[str]] = []
    for name, bench in benches.items():
        onnx, other = ours_over_best(bench, onnx=True), ours_over_best(bench, onnx=False)
        worst = max(onnx.values(), default=math.nan)
        slower = [f"batch {b}, threads {t}: {r:.2f}" for (b, t), r in onnx.items() if r > 1]
        cells = f"{mean(onnx.values()):.2f}", f"{worst:.2f}", f"{mean(other.values()):.2f}"
        rows.append((name, *cells, "; ".join(slower)))
    means = [mean(ours_over_best(b, onnx=True).values()) for b in benches.values()]
    others = [mean(ours_over_best(b, onnx=False).values()) for b in benches.values()]
    rows.append(("geometric mean", f"{mean(means):.2f}", "", f"{mean(others):.2f}", ""))
    return header, rows


def ours_over_best(bench: Bench, *, onnx: bool) -> dict[tuple[int, int], float]:
    """Return our time over that of the fastest right peer, by (batch, threads)."""
    best = {setting: bench.best(*setting, onnx=onnx) for setting in bench.settings()}
    return {s: 1 / cell.ratio.median for s, cell in best.items() if cell and cell.ratio}


def mean(numbers: Any) -> float:
    """Return the geometric mean."""
    logs = [math.log(number) for number in numbers]
    return math.exp(math.fsum(logs) / len(logs)) if logs else math.nan


def export_table(exports: Mapping[str, Any]) -> Table:
    """Return how long each export took."""
    header = ("model", "first ms", "median ms", "weights MB", "memory for the export MB")
    rows = [
        (
            f"{e['name']} layers" if e["name"].isdecimal() else e["name"],
            f"{1e3 * e['first']:.0f}",
            f"{1e3 * e['median']:.0f}",
            f"{e['weight_bytes'] / 1e6:.1f}",
            f"{(e['peak_bytes'] - e['before_bytes']) / 1e6:.0f}",
        )
        for e in (*exports["models"], *exports["layers"])
    ]
    return header, rows


def _cold(exports: Mapping[str, Any]) -> str:
    times = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in exports["cold"].items())
    return f"A cold `mimo-portable export --format onnx`, verification included: {times}.\n"


def plot_ratios(benches: Mapping[str, Bench], path: Path) -> None:
    """Plot every right peer's time over ours at batch 1 on one thread."""
    plt = _matplotlib()
    figure, axes = plt.subplots(figsize=(9, 5))
    peers = dict.fromkeys(f.peer for b in benches.values() for f in b.facts if f.peer != OURS)
    markers = "osv^<>DPX*hpd8H"
    for i, peer in enumerate(peers):
        found = [
            (x, cell.ratio.median)
            for x, bench in enumerate(benches.values())
            for cell in bench.at(1, 1)
            if cell.peer == peer and cell.ratio and not cell.wrong
        ]
        if found:
            axes.plot(*zip(*found, strict=True), markers[i % len(markers)], label=peer)
    axes.axhline(1, color="black", linewidth=1)
    axes.set_yscale("log")
    axes.set_xticks(range(len(benches)), list(benches), rotation=30, ha="right")
    axes.set_ylabel("time / ours, batch 1, one thread")
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    _save(figure, path)


def plot_exports(exports: Mapping[str, Any], path: Path) -> None:
    """Plot the export time over the number of layers, with the line through the last point."""
    plt = _matplotlib()
    figure, axes = plt.subplots(figsize=(5, 4))
    counts = [int(e["name"]) for e in exports["layers"]]
    times = [1e3 * e["median"] for e in exports["layers"]]
    axes.plot(counts, times, "o-", label="export_onnx")
    axes.plot([0, counts[-1]], [0, times[-1]], "--", linewidth=1, label="linear")
    axes.set_xlabel("Dense layers")
    axes.set_ylabel("ms")
    axes.legend()
    _save(figure, path)


def _matplotlib() -> Any:
    import matplotlib as mpl  # noqa: PLC0415 - only the page needs it

    mpl.use("svg")
    # The same figures give the same file.
    mpl.rcParams["svg.hashsalt"] = "speed"
    import matplotlib.pyplot as plt  # noqa: PLC0415 - after the choice above

    return plt


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
