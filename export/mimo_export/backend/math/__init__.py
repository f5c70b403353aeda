"""Keras's `backend.math` in ONNX: one file for each family of functions, this one the table."""

from mimo_export.backend.core import convert_to_tensor as convert_to_tensor
from mimo_export.backend.linalg.elimination import logdet as logdet
from mimo_export.backend.math.fourier import fft as fft
from mimo_export.backend.math.fourier import fft2 as fft2
from mimo_export.backend.math.fourier import ifft2 as ifft2
from mimo_export.backend.math.fourier import irfft as irfft
from mimo_export.backend.math.fourier import rfft as rfft
from mimo_export.backend.math.frames import extract_sequences as extract_sequences
from mimo_export.backend.math.frames import istft as istft
from mimo_export.backend.math.frames import stft as stft
from mimo_export.backend.math.ranking import in_top_k as in_top_k
from mimo_export.backend.math.ranking import top_k as top_k
from mimo_export.backend.math.segments import segment_max as segment_max
from mimo_export.backend.math.segments import segment_min as segment_min
from mimo_export.backend.math.segments import segment_prod as segment_prod
from mimo_export.backend.math.segments import segment_sum as segment_sum
from mimo_export.backend.math.special import cdist as cdist
from mimo_export.backend.math.special import erf as erf
from mimo_export.backend.math.special import erfc as erfc
from mimo_export.backend.math.special import erfinv as erfinv
from mimo_export.backend.math.special import logsumexp as logsumexp
from mimo_export.backend.math.special import rsqrt as rsqrt
