"""Keras's `backend.image` in ONNX: one file for each family of functions, this one the table."""

from mimo_export.backend.core import convert_to_tensor as convert_to_tensor
from mimo_export.backend.image.color import hsv_to_rgb as hsv_to_rgb
from mimo_export.backend.image.color import rgb_to_grayscale as rgb_to_grayscale
from mimo_export.backend.image.color import rgb_to_hsv as rgb_to_hsv
from mimo_export.backend.image.filters import gaussian_blur as gaussian_blur
from mimo_export.backend.image.filters import sobel_edges as sobel_edges
from mimo_export.backend.image.resizing import resize as resize
from mimo_export.backend.image.resizing import scale_and_translate as scale_and_translate
from mimo_export.backend.image.sampling import affine_transform as affine_transform
from mimo_export.backend.image.sampling import (
    compute_homography_matrix as compute_homography_matrix,
)
from mimo_export.backend.image.sampling import map_coordinates as map_coordinates
from mimo_export.backend.image.sampling import perspective_transform as perspective_transform
