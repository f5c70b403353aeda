"""Keras's `backend.image` in ONNX: one file for each family of functions, this one the table."""

from mimo_export.backend.core import convert_to_tensor as convert_to_tensor
from mimo_export.backend.image.color import hsv_to_rgb as hsv_to_rgb
from mimo_export.backend.image.color import rgb_to_grayscale as rgb_to_grayscale
from mimo_export.backend.image.color import rgb_to_hsv as rgb_to_hsv
from mimo_export.backend.image.filters import gaussian_blur as gaussian_blur
from mimo_export.backend.image.resizing import resize as resize
from mimo_export.backend.image.resizing import scale_and_translate as scale_and_translate
