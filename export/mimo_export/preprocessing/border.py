"""Which layers of a Keras model become rules, and the model that is left behind them.

A layer that reads a model's input of strings directly becomes a rule: TextVectorization,
StringLookup, Hashing, HashedCrossing. Such inputs go, and what the layers give comes in their
place, so that no string reaches the files. Everything else stays in the model.
"""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from mimo_export.backend._refused import describe_layer
from mimo_export.errors import ModelFileError, UnsupportedOperationError
from mimo_export.interface import interface_of, tensor_spec
from mimo_export.keras_model import private_graph
from mimo_export.preprocessing.rules import NOTHING, Bucket, Encoding, Lookup, Rule, Text
from mimo_portable.specs import TensorSpec

Arrays = Mapping[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Border:
    """A model that was cut.

    Attributes:
        inputs: What the whole model takes.
        rules: What was cut off, in the order in which the model that is left takes it.
        behind: The Keras model that is left; its layers are the whole model's own.
        front: The Keras model that was cut off: from `sources` to what the rules give.
        sources: The names of the inputs that rules read.
    """

    inputs: tuple[TensorSpec, ...]
    rules: tuple[Rule, ...]
    behind: Any
    front: Any
    sources: tuple[str, ...]

    def through_front(self, arrays: Arrays) -> dict[str, np.ndarray[Any, Any]]:
        """Return what Keras itself gives for every rule."""
        made = self.front([arrays[name] for name in self.sources])
        return {
            name: keras.ops.convert_to_numpy(made[name]).astype(dtype)
            for name, dtype in ((rule.output.name, rule.output.dtype) for rule in self.rules)
        }


@dataclass(frozen=True)
class _Call:
    """A call of a layer at the border.

    Attributes:
        layer: The Keras layer.
        sources: The names of the inputs that it reads.
        rank: How many dimensions these have, the batch included.
        output: The symbolic tensor that it gives.
    """

    layer: Any
    sources: tuple[str, ...]
    rank: int
    output: Any


def cut(model: Any) -> Border:
    """Cut a Functional or Sequential model behind the layers that read its inputs of strings.

    The layers of the model note a second call by this, so that it should not be a part of others.

    Raises:
        ModelFileError: The model is of another kind, or nothing in it can be cut off.
        UnsupportedOperationError: What reads a string has no rule, or an option of it has none.
    """
    inputs = interface_of(model).inputs
    named = {private_graph.input_name(x): x for x in getattr(model, "inputs", None) or ()}
    tensors = {spec.name: named[spec.name] for spec in inputs if spec.name in named}
    calls = _calls(model, tensors)
    if not calls:
        raise ModelFileError(
            f"no layer reads an input of strings of model {model.name!r}, so that nothing can be "
            "kept beside the file",
            where=type(model).__name__,
            remedy="leave `preprocessing` out, on the command line --preprocessing; a subclassed "
            "model can be cut when it is a Functional one: keras.Model(inputs, outputs)",
        )
    border = _border(model, tensors, calls)
    rules = tuple(_rule(border[name], name) for name in border if isinstance(border[name], _Call))
    sources = tuple(dict.fromkeys(name for call in calls for name in call.sources))
    made = {rule.output.name: border[rule.output.name].output for rule in rules}
    front = keras.Model([tensors[name] for name in sources], made)
    return Border(inputs, rules, _behind(model, border), front, sources)


def _calls(model: Any, tensors: Mapping[str, Any]) -> list[_Call]:
    """Return the calls at the border, in the order of the inputs that they read."""
    names = {id(tensor): name for name, tensor in tensors.items()}
    found: dict[int, _Call] = {}
    for name, tensor in tensors.items():
        for node in private_graph.readers_of(model, tensor) if tensor.dtype == "string" else ():
            sources = [names.get(id(source)) for source in node.input_tensors]
            if type(node.operation) not in _RULES or None in sources:
                raise UnsupportedOperationError(
                    f"no rule describes what reads the input '{name}' of strings",
                    where=describe_layer(node.operation),
                    remedy="let TextVectorization, StringLookup, Hashing or HashedCrossing read "
                    "the input directly",
                )
            inputs = tuple(str(source) for source in sources)
            found[id(node)] = _Call(node.operation, inputs, len(tensor.shape), node.outputs[0])
    return list(found.values())


def _border(model: Any, tensors: Mapping[str, Any], calls: Sequence[_Call]) -> dict[str, Any]:
    """Return what the model that is left takes: calls and symbolic inputs, by name and in order.

    A call stands in the place of its first source, under its name where it is alone there, else
    under the name of the layer.
    """
    outputs = keras.tree.flatten(private_graph.output_structure(model))
    border: dict[str, Any] = {}
    for name, tensor in tensors.items():
        here = [call for call in calls if name in call.sources]
        readers = private_graph.readers_of(model, tensor)
        if len(here) < len(readers) or not readers or any(x is tensor for x in outputs):
            border[name] = tensor
        for call in here:
            alone = len(here) == len(call.sources) == 1 and name not in border
            if call.sources[0] == name:
                border[name if alone else call.layer.name] = call
    if len(border) < len(calls):
        raise UnsupportedOperationError(
            "a layer reads several inputs, or an input has the name of a layer that reads it",
            where=f"model {model.name!r}",
            remedy="make a layer for each input, with the same configuration and its own name",
        )
    return border


def _behind(model: Any, border: Mapping[str, Any]) -> Any:
    """Return the model from the border on."""
    old = [x.output if isinstance(x, _Call) else x for x in border.values()]
    new = [
        keras.Input(batch_shape=x.output.shape, dtype=x.output.dtype, name=name)
        if isinstance(x, _Call)
        else x
        for name, x in border.items()
    ]
    outputs = private_graph.output_structure(model)
    if isinstance(model, keras.Sequential):
        (outputs,) = outputs
    outputs = private_graph.called_from(old, outputs, new)
    return keras.Model(new if len(new) > 1 else new[0], outputs, name=model.name)


# === Rules ===


def _rule(call: _Call, name: str) -> Rule:
    """Return the rule of a call, for the input of that name."""
    layer = call.layer
    if getattr(layer, "sparse", False) or getattr(layer, "_ragged", False):
        raise _refused(layer, "gives a tensor that is not dense", "sparse=False and ragged=False")
    made = f"what the rule of preprocessing.json makes of {', '.join(call.sources)}"
    output = dataclasses.replace(tensor_spec(name, call.output), meaning=made)
    rule = _RULES[type(layer)](layer, output, call.sources)
    split = rule.text is not None and rule.text.split is not None
    if not split and call.rank < 2 and rule.encoding.mode in {"multi_hot", "count"}:
        raise _refused(layer, "gives one vector for the whole batch", "inputs of shape (1,)")
    return rule


def _text(layer: Any, output: TensorSpec, sources: tuple[str, ...]) -> Rule:
    config = layer.get_config()
    standardize, split = config["standardize"], config["split"]
    for option in (standardize, split):
        if not isinstance(option, str | None):
            raise _refused(layer, "has a function of its own", "Keras's own standardize and split")
    ngrams, length = config["ngrams"], config["output_sequence_length"]
    if split is None and (ngrams or length):
        raise _refused(layer, "joins or cuts texts that it does not split", "split='whitespace'")
    widths = tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else ngrams
    text = Text(
        lower="lower" in str(standardize),
        strip=string.punctuation if "strip_punctuation" in str(standardize) else "",
        split=split,
        ngrams=widths and tuple(widths),
        length=length,
    )
    inner = _looked_up(layer._lookup_layer, output, sources)
    return dataclasses.replace(inner, kind="text", layer=layer.name, text=text)


def _looked_up(layer: Any, output: TensorSpec, sources: tuple[str, ...]) -> Rule:
    if layer.encoding.lower() not in {"utf-8", "utf8"}:
        raise _refused(layer, f"reads strings as {layer.encoding}", "encoding='utf-8'")
    words = tuple(str(word) for word in layer.get_vocabulary(include_special_tokens=False))
    if not words:
        raise _refused(layer, "has no vocabulary yet", "adapt(data) or set_vocabulary(words)")
    mode, count = layer.output_mode, layer.num_oov_indices
    first = int(layer.vocabulary_size()) - len(words)
    lookup = Lookup(
        vocabulary=words,
        first=first,
        unknown=first - count if count else None,
        bucket=Bucket(count, _key(layer.salt)) if count > 1 else None,
        mask=layer.mask_token,
        mask_id=0 if mode == "int" else NOTHING,
    )
    depth = layer.max_tokens if layer.pad_to_max_tokens else layer.vocabulary_size()
    weights = None
    if mode == "tf_idf":
        mode, weights = "count", tuple(map(float, layer.idf_weights_const.numpy()))
    encoding = Encoding(mode, int(depth), weights)
    return Rule(output, sources, layer.name, "lookup", encoding, lookup=lookup)


def _hashed(layer: Any, output: TensorSpec, sources: tuple[str, ...]) -> Rule:
    masked = layer.mask_value is not None and layer.num_bins > 1
    return Rule(
        output,
        sources,
        layer.name,
        "hash",
        Encoding(layer.output_mode, layer.num_bins),
        bucket=Bucket(layer.num_bins - masked, _key(layer.salt)),
        mask=str(layer.mask_value) if masked else None,
    )


def _crossed(layer: Any, output: TensorSpec, sources: tuple[str, ...]) -> Rule:
    encoding = Encoding(layer.output_mode, layer.num_bins)
    return Rule(output, sources, layer.name, "cross", encoding, bucket=Bucket(layer.num_bins))


def _key(salt: Any) -> tuple[int, int] | None:
    """Return the two integers of a SipHash key; Keras takes one for both."""
    if salt is None:
        return None
    first, second = salt if isinstance(salt, (list, tuple)) else (salt, salt)
    return int(first), int(second)


def _refused(layer: Any, what: str, remedy: str) -> UnsupportedOperationError:
    return UnsupportedOperationError(
        f"the layer {what}, which no rule describes",
        where=describe_layer(layer),
        remedy=f"give it {remedy}",
    )


_RULES: dict[type[Any], Callable[[Any, TensorSpec, tuple[str, ...]], Rule]] = {
    keras.layers.TextVectorization: _text,
    keras.layers.StringLookup: _looked_up,
    keras.layers.Hashing: _hashed,
    keras.layers.HashedCrossing: _crossed,
}
