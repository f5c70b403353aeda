"""The benchmark of training: its table, what it trains, and a step of each kind."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import asdict

import keras
import pytest


@pytest.fixture(scope="module")
def training(load_script):
    return load_script("training")


@pytest.fixture(autouse=True)
def this_process_stays_as_it_is(training, monkeypatch):
    monkeypatch.setattr(training.memory, "keep_freed", lambda: True)


def test_the_table_has_a_row_for_each_case_and_a_column_for_each_backend(training):
    found = {
        training.Case("forecast", 32): {
            training.PLAIN: [150.0, 160.0, 170.0],
            "torch": [15.0, 16.0, 17.0],
            "jax": [9.0, 10.0, 12.0],
        },
        training.Case("sentiment", 64, text_alone=True, mask=True): {
            training.PLAIN: [200.0, 200.0, 200.0],
            "torch": [40.0, 40.0, 40.0],
            "jax": [20.0, 20.0, 20.0],
        },
    }
    assert training.table(found).splitlines() == [
        "| model | batch | torch, Keras's layers | torch | jax | times faster |",
        "| --- | --- | --- | --- | --- | --- |",
        "| forecast | 32 | 160.0 (150.0 to 170.0) | 16.0 (15.0 to 17.0) | 10.0 (9.0 to 12.0) "
        "| 10.0 |",
        "| sentiment: its text encoder, masked | 64 | 200.0 (200.0 to 200.0) "
        "| 40.0 (40.0 to 40.0) | 20.0 (20.0 to 20.0) | 5.0 |",
    ]


def test_without_pytorch_nothing_is_compared_with_its_loop(training):
    found = {training.Case("forecast", 32): {"jax": [9.0, 10.0, 12.0]}}
    assert training.table(found).splitlines()[0] == "| model | batch | jax |"


def test_every_recurrent_model_is_trained_at_each_size(training):
    assert [(case.title, case.batch) for case in training.cases([2, 3])] == [
        (title, batch)
        for batch in (2, 3)
        for title in (
            "forecast",
            "sentiment: its text encoder",
            "sentiment: its text encoder, masked",
            "sentiment",
        )
    ]


def test_a_worker_answers_each_line_with_the_milliseconds_of_a_step(training, monkeypatch):
    cases = [training.Case("sentiment", 2, text_alone=True, mask=True)] * 2
    lines = [json.dumps(asdict(case)) + "\n" for case in cases]
    monkeypatch.setattr(sys, "stdin", lines)
    monkeypatch.setattr(sys, "stdout", said := io.StringIO())
    ticks = iter([1.0, 1.5, 2.0, 2.25])
    training.serve("jax", lambda: next(ticks))
    assert said.getvalue() == "500.0\n250.0\n"


def test_a_worker_keeps_freed_memory_as_train_does_but_not_for_keras_s_layers(
    training, monkeypatch
):
    kept = []
    monkeypatch.setattr(training.memory, "keep_freed", lambda: kept.append(True))
    monkeypatch.setattr(sys, "stdin", [])
    training.serve(training.PLAIN, lambda: 0.0)
    assert kept == []
    training.serve("torch", lambda: 0.0)
    assert kept == [True]


def test_the_loop_is_that_of_plain_layers(training, monkeypatch):
    made = []
    build = keras.models.clone_model
    monkeypatch.setattr(
        keras.models, "clone_model", lambda model: made.append(build(model)) or made[0]
    )
    training.step(training.PLAIN, training.Case("forecast", 2))
    training.step("torch", training.Case("forecast", 2))
    assert len(made) == 1
    assert "inner_loop" not in vars(made[0].get_layer("lstm"))


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="of PyTorch alone")
def test_the_kernel_alone_has_the_sizes_of_the_network_and_no_more(training, monkeypatch):
    import torch

    seen = []
    forward = torch.nn.LSTM.forward

    def recorded(lstm, x):
        seen.append((tuple(x.shape), lstm.hidden_size))
        return forward(lstm, x)

    monkeypatch.setattr(torch.nn.LSTM, "forward", recorded)
    texts = [training.Case("sentiment", 3, text_alone=True, mask=mask) for mask in (False, True)]
    for case in (training.Case("forecast", 2), *texts):
        training.step(training.KERNEL, case)()
    assert seen == [((2, 100, 1), 64), ((3, 100, 64), 64), ((3, 100, 64), 64)]
