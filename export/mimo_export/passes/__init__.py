"""Passes over the finished graph, one per file; none changes a name of the contract."""

from __future__ import annotations

import onnx_ir as ir
from onnx_ir.passes.common import RemoveUnusedNodesPass

from mimo_export.passes.attention import AttentionPass
from mimo_export.passes.batch import BatchPass
from mimo_export.passes.branch import BranchPass
from mimo_export.passes.captured import CapturedPass
from mimo_export.passes.convolution import ConvolutionPass
from mimo_export.passes.dense import DensePass
from mimo_export.passes.flip import FlipPass
from mimo_export.passes.half import HalfPass
from mimo_export.passes.heads import HeadsPass
from mimo_export.passes.kept import KeptPass
from mimo_export.passes.layout import LayoutPass
from mimo_export.passes.names import NamesPass
from mimo_export.passes.nan import NanPass
from mimo_export.passes.padding import PaddingPass
from mimo_export.passes.picture import PicturePass
from mimo_export.passes.plane import PlanePass
from mimo_export.passes.pool import PoolPass
from mimo_export.passes.rank import RankPass
from mimo_export.passes.reshape import ReshapePass
from mimo_export.passes.row import RowPass
from mimo_export.passes.scale import ScalePass
from mimo_export.passes.shared import SharedPass
from mimo_export.passes.steps import StepsPass
from mimo_export.passes.stretch import StretchPass
from mimo_export.passes.table import TablePass
from mimo_export.passes.unread import UnreadPass

ORDER: tuple[type[ir.passes.InPlacePass], ...] = (
    RemoveUnusedNodesPass,
    UnreadPass,
    FlipPass,
    ReshapePass,
    LayoutPass,
    RemoveUnusedNodesPass,
    ConvolutionPass,
    DensePass,
    HeadsPass,
    ScalePass,
    PaddingPass,
    PlanePass,
    PoolPass,
    ReshapePass,
    RowPass,
    RemoveUnusedNodesPass,
    PicturePass,
    TablePass,
    BatchPass,
    AttentionPass,
    HalfPass,
    BranchPass,
    StretchPass,
    StepsPass,
    NanPass,
    KeptPass,
    CapturedPass,
    RankPass,
    SharedPass,
    RemoveUnusedNodesPass,
    NamesPass,
)


def tidy(model: ir.Model) -> None:
    """Run every pass, in order, in place."""
    for kind in ORDER:
        kind()(model)
