"""Which sizes golden vectors have: every first size, and every other free one.

1. The batch takes 1, 2, 3 and 17.
2. A first size that is a symbol of its own takes others in every case, never those of the batch.
3. A fixed one stays. Where only some inputs have a fixed first size, the others take that too, and
   before all else: many a model joins its inputs along it.
4. Another free size is the same wherever there is one, and different in the last case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mimo_export.contract import BATCH, Signature
from mimo_portable.specs import TensorSpec

BATCHES = (1, 2, 3, 17)
_OWN = (19, 5, 4, 33)


def free_lengths(signature: Signature) -> tuple[str, ...]:
    """Return the symbols of the free sizes of inputs that are no first size, each once."""
    firsts = {BATCH, *_firsts(signature)}
    found = (size for spec in signature.inputs for size in symbols_of(spec)[1:])
    return tuple(dict.fromkeys(s for s in found if isinstance(s, str) and s not in firsts))


def symbols_of(spec: TensorSpec) -> tuple[int | str, ...]:
    """Return all sizes of a tensor, with a symbol for each free one that has none."""
    numbered = enumerate(spec.shape)
    return (spec.batch, *(f"{spec.name}_{i}" if size is None else size for i, size in numbered))


def sizes_of_cases(signature: Signature, lengths: Sequence[int]) -> Iterator[Mapping[str, int]]:
    """Yield the size of every symbol, case by case."""
    firsts, free = _firsts(signature), free_lengths(signature)
    own = [symbol for symbol in firsts if symbol != BATCH]
    fixed = {spec.batch for spec in signature.inputs if isinstance(spec.batch, int)}
    # Twice in all, so that a model that takes no other size has more than one case.
    joined = [size for size in sorted(fixed) for _ in range(2 - (size in BATCHES))]
    batches = (*(joined if BATCH in firsts else ()), *BATCHES)
    used = {BATCH} & {size for spec in signature.inputs for size in spec.sizes}
    for case, batch in enumerate(batches):
        last = case == len(batches) - 1
        yield {
            **dict.fromkeys(used, batch),
            **{symbol: _OWN[(case + i) % len(_OWN)] for i, symbol in enumerate(own)},
            **{
                symbol: lengths[(i if last else case) % len(lengths)]
                for i, symbol in enumerate(free)
            },
        }


def shape_in(spec: TensorSpec, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """Return the shape of a tensor for known sizes of symbols."""
    return tuple(sizes[size] if isinstance(size, str) else size for size in symbols_of(spec))


def shown(sizes: Mapping[str, int]) -> str:
    """Return sizes for a person: `batch 2, time=7`."""
    batch = [f"batch {sizes[BATCH]}"] if BATCH in sizes else []
    others = [f"{name}={size}" for name, size in sizes.items() if name != BATCH]
    return ", ".join([*batch, *(others or ["no free dimension"])])


def _firsts(signature: Signature) -> tuple[str, ...]:
    """Return the symbols of the inputs' first sizes, each once."""
    found = (spec.batch for spec in signature.inputs)
    return tuple(dict.fromkeys(symbol for symbol in found if isinstance(symbol, str)))
