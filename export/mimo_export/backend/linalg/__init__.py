"""Keras's `backend.linalg` in ONNX: one file for each family of functions, this one the table.

ONNX has no decompositions. Those that are determined to the last sign are loops over the columns of
a matrix; those that need iteration, or whose signs and order nothing fixes, are refused.
"""

from mimo_export.backend.core import cast as cast
from mimo_export.backend.core import convert_to_tensor as convert_to_tensor
from mimo_export.backend.linalg.elimination import det as det
from mimo_export.backend.linalg.elimination import inv as inv
from mimo_export.backend.linalg.elimination import lu_factor as lu_factor
from mimo_export.backend.linalg.elimination import solve as solve
from mimo_export.backend.linalg.norms import norm as norm
from mimo_export.backend.linalg.orthogonal import lstsq as lstsq
from mimo_export.backend.linalg.orthogonal import qr as qr
from mimo_export.backend.linalg.powers import matrix_power as matrix_power
from mimo_export.backend.linalg.triangular import cholesky as cholesky
from mimo_export.backend.linalg.triangular import cholesky_inverse as cholesky_inverse
from mimo_export.backend.linalg.triangular import solve_triangular as solve_triangular
