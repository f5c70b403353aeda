"""Each case at its smallest size keeps the rules of the page, on the backend that tells."""

import keras
import pytest


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="Keras has float64 there in some functions alone"
)
def test_each_case_is_as_near_to_the_truth_as_keras(extremes, tmp_path, subtests):
    measure = extremes.measure
    for case in extremes.cases.cases():
        if case.truth != keras.backend.backend():
            continue
        size = case.sizes[0]
        model = measure.export(case, size, tmp_path / "m.onnx")
        answers = measure.file_answer(tmp_path / "m.onnx"), measure.keras_answer(model)
        for data, _ in case.data:
            x = case.draw(size, data)
            true = measure.truth(case, size, x)
            in_file, in_keras = (measure.error(answer(x), true) for answer in answers)
            with subtests.test(case.name, data=data):
                assert measure.meets(in_file, [in_keras]) or case.reason


@pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="max pooling passes over NaN on the other two"
)
def test_nan_and_infinity_are_where_keras_has_them(extremes, tmp_path, subtests):
    measure = extremes.measure
    for case in extremes.cases.cases():
        special = [measure.special_rows(case, name) for name in measure.SPECIAL]
        rows = [found for found in special if found is not None]
        if not rows or case.special:
            continue
        model = measure.export(case, case.sizes[0], tmp_path / "m.onnx")
        in_keras, in_file = measure.keras_answer(model), measure.file_answer(tmp_path / "m.onnx")
        with subtests.test(case.name):
            for x in rows:
                assert measure.kinds(in_file(x)) == measure.kinds(in_keras(x))


def test_the_rows_and_weights_are_the_same_in_every_process(extremes):
    (case,) = [one for one in extremes.cases.cases() if one.name == "`LSTM(16)`"]
    x = case.draw((2, 4), "0")
    assert x.shape == (2, 2, 4)
    assert float(x[0, 0, 0]) == pytest.approx(0.0341927, abs=1e-6)
    first, second = (case.model((2, 4), "float32").get_weights() for _ in range(2))
    assert [weight.tolist() for weight in first] == [weight.tolist() for weight in second]
