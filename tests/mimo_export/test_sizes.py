from __future__ import annotations

from mimo_export.contract import Signature
from mimo_export.sizes import free_lengths, shape_in, shown, sizes_of_cases
from mimo_portable.specs import TensorSpec


def cases(*inputs: TensorSpec) -> list[list[tuple[int, ...]]]:
    """Return the shapes of all inputs, case by case."""
    found = sizes_of_cases(Signature(inputs, ()), (7, 16, 33))
    return [[shape_in(spec, sizes) for spec in inputs] for sizes in found]


def test_a_fixed_first_size_stays_in_every_case() -> None:
    assert cases(TensorSpec("x", (6,), batch=4)) == [[(4, 6)]] * 4


def test_where_some_first_sizes_are_fixed_the_others_take_that_too() -> None:
    found = cases(TensorSpec("a", (6,), batch=4), TensorSpec("b", ()))
    assert found == [[(4, 6), (size,)] for size in (4, 4, 1, 2, 3, 17)]
    assert [b for _, b in cases(TensorSpec("a", (), batch=2), TensorSpec("b", ()))] == [
        (size,) for size in (2, 1, 2, 3, 17)
    ]


def test_first_sizes_of_their_own_differ_from_each_other_and_from_the_batch() -> None:
    atoms, bonds = TensorSpec("atoms", (7,), batch="n_atoms"), TensorSpec("bonds", (), batch="n")
    for rows in cases(TensorSpec("x", ()), atoms, bonds):
        assert len({first for first, *_ in rows}) == 3


def test_one_symbol_is_one_size_wherever_it_stands() -> None:
    nodes, graph = TensorSpec("nodes", (3,), batch="n"), TensorSpec("graph", ("n",), batch="n")
    for (first, three), (rows, columns) in cases(nodes, graph):
        assert (three, first, first) == (3, rows, columns)
    assert free_lengths(Signature((nodes, graph), ())) == ()


def test_sizes_are_shown_by_name_with_the_batch_in_front() -> None:
    assert shown({"batch": 2}) == "batch 2, no free dimension"
    assert shown({"batch": 2, "time": 7}) == "batch 2, time=7"
    assert shown({"n_atoms": 19}) == "n_atoms=19"
