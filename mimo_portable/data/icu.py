"""Real data for the medical model: ECG lead II and arterial pressure of one moment.

PhysioNet/Computing in Cardiology Challenge 2015 v1.0.0 (DOI 10.13026/c9fg-a467), ODC-By 1.0,
Clifford et al. 2015; Goldberger et al. 2000. For software tests, never for care. Two variants:

1. `icu_rate_shock` (default): 5,750 windows of 236 records. The labels are made by rule: diagnosis
   from the heart rate of the pressure pulse, which the model does not see (below 60, 60 to 100,
   above 100 a minute); risk is min(1, shock index / 1.5), where the shock index is heart rate /
   systolic pressure.
2. `icu_alarm_expert`: 279 windows of 279 records with experts' verdicts on alarms. Hard: so few
   windows want cross-validation, and a figure from one split is worth little.

The splits are the files' own, by record; records are not patients.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mimo_portable.data.assemble import About, MedicalWindows, medical
from mimo_portable.data.contract import Dataset
from mimo_portable.data.splits import Parts

FOLDER = "icu_ecg_bp"
VARIANTS = {
    "icu_rate_shock": ("icu_rate_shock.npz",),
    "icu_alarm_expert": ("icu_alarm_expert.npz",),
}
"""The files that each variant needs; the first variant is the default."""
_ORIGIN = (
    "ECG and arterial pressure of intensive care (PhysioNet/CinC Challenge 2015, ODC-By 1.0, "
    "DOI 10.13026/c9fg-a467), modified. For software tests, never for care."
)
_ABOUT = {
    "icu_rate_shock": About(
        "icu_rate_shock",
        "semi-real",
        f"Semi-real: real signals, labels made by rule (heart rate, shock index), "
        f"no clinician's. {_ORIGIN}",
    ),
    "icu_alarm_expert": About(
        "icu_alarm_expert", "real", f"Real: signals, and experts' verdicts on alarms. {_ORIGIN}"
    ),
}
_DIAGNOSES = {
    "icu_rate_shock": ("bradycardia <60", "normal 60-100", "tachycardia >100"),
    "icu_alarm_expert": ("false alarm", "asystole/bradycardia", "tachycardia/ventricular"),
}


def load(folder: Path, *, variant: str, seed: int) -> Dataset:
    """Read one variant in its own split by record.

    Returns:
        ecg_input float32 [n, 256, 1] in microvolts, bp_input float32 [n, 1] in mmHg (systolic);
        diagnosis_output float32 [n, 3] one-hot, risk_output float32 [n, 1] in 0..1.
    """
    # NumPy leaves a file that it opened itself open when the archive is torn.
    path = folder / f"{variant}.npz"
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
        windows = MedicalWindows(file["ecg_uV"], file["sbp"], file["diagnosis"], file["risk"])
        split = file["split"]
    parts = Parts(*(np.flatnonzero(split == i) for i in range(3)))
    return medical(_ABOUT[variant], windows, parts, diagnoses=_DIAGNOSES[variant])
