from __future__ import annotations

import importlib

import pytest

from mimo_export.bench.convert import CONVERSIONS
from mimo_export.bench.peers import OURS, PEERS, Peer, chosen
from mimo_export.errors import InputError


def test_names_are_told_apart_and_ours_is_the_first() -> None:
    names = [peer.name for peer in PEERS]
    assert (names[0], len(set(names))) == (OURS, len(names))


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_has_a_runner_and_a_conversion(peer: Peer) -> None:
    family = importlib.import_module(f"mimo_export.bench.{peer.runner}")
    assert callable(family.start)
    assert callable(family.load)
    assert not peer.conversion or peer.conversion in CONVERSIONS


def test_a_missing_package_is_named() -> None:
    peer = Peer("p", "onnx_runner", "p.onnx", needs=("no_such", "numpy", "nor_this"))
    assert peer.missing == "no_such and nor_this are not installed"
    assert Peer("p", "onnx_runner", "p.onnx", needs=("no_such",)).missing == (
        "no_such is not installed"
    )
    assert Peer("p", "onnx_runner", "p.onnx", needs=("numpy",)).missing == ""


def test_ours_is_always_chosen() -> None:
    assert [peer.name for peer in chosen(("LiteRT",))] == [OURS, "LiteRT"]
    assert chosen(()) == PEERS


def test_an_unknown_peer_is_an_error_that_names_the_known() -> None:
    with pytest.raises(InputError) as caught:
        chosen(("lightrt",))
    assert str(caught.value) == (
        "there is no peer 'lightrt'\n  remedy: choose from: "
        + "; ".join(peer.name for peer in PEERS)
    )
