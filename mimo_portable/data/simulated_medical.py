"""Shipped data for the medical model: simulated ECG and pressure; no patient is real.

Source of the ECG: the dynamical model of McSharry, Clifford, Tarassenko and Smith, "A dynamical
model for generating synthetic electrocardiogram signals", IEEE Transactions on Biomedical
Engineering 50(3):289-294, 2003, in closed Gaussian form: the heart's phase runs round a circle once
a beat, and each of the waves P, Q, R, S, T is a Gaussian bump with an angle, a height and a width.
The numbers are the defaults of the authors' program ECGSYN, which also stretches angles and widths
with the square root of the heart rate. The beat intervals vary with the paper's two rhythms, Mayer
waves at 0.1 Hz and breathing at 0.25 Hz, here one sine each.

Added here: each patient has an own heart rate, systolic pressure, wave heights and widths, gain,
baseline wander and noise, and each window drifts from its patient's rate and pressure. Windows are
like the real set's: 8 s at 32 Hz, made at 128 Hz and averaged by fours.

Labels by the rules of the real set: diagnosis from the mean heart rate of the window (below 60, 60
to 100, above 100 a minute), which only the ECG tells; risk = min(1, shock index / 1.5), shock index
= heart rate / systolic pressure, which wants both inputs. The split is by patient.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimo_portable.data.assemble import About, MedicalWindows, medical
from mimo_portable.data.contract import Array, Dataset
from mimo_portable.data.splits import by_group

ABOUT = About(
    "simulated_medical",
    "simulated",
    "Simulated: ECG by the dynamical model of McSharry et al. 2003 (IEEE TBME 50(3):289-294), "
    "systolic pressure drawn per patient, labels by rule. No patient is real; for software tests, "
    "never for care.",
)
DIAGNOSES = ("bradycardia <60", "normal 60-100", "tachycardia >100")
PATIENTS = 200
WINDOWS = 20
"""Windows per patient."""
SECONDS = 8
RATE = 32
OVERSAMPLING = 4

# The defaults of ECGSYN: P, Q, R, S, T.
ANGLES = np.radians([-70.0, -15.0, 0.0, 15.0, 100.0])
HEIGHTS = np.array([1.2, -5.0, 30.0, -7.5, 0.75])
WIDTHS = np.array([0.25, 0.1, 0.1, 0.1, 0.4])
MAYER_HZ, BREATHING_HZ = 0.1, 0.25


@dataclass(frozen=True)
class _Patients:
    """One value, or one row of five waves, per patient."""

    beats_a_minute: Array
    systolic: Array
    heights: Array
    widths: Array
    microvolts: Array
    wander: Array
    noise: Array


def load(*, seed: int) -> Dataset:
    """Simulate 200 patients of 20 windows each.

    Returns:
        ecg_input float32 [n, 256, 1] in microvolts, bp_input float32 [n, 1] in mmHg (systolic);
        diagnosis_output float32 [n, 3] one-hot, risk_output float32 [n, 1] in 0..1.
    """
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(PATIENTS), WINDOWS)
    people = _patients(rng)
    wanted = people.beats_a_minute[patient] * rng.lognormal(0.0, 0.06, len(patient))
    phase = _phase(rng, wanted)
    turns = (phase[:, -1] - phase[:, 0]) / (2 * np.pi)
    rate = 60 * turns / (SECONDS - 1 / (RATE * OVERSAMPLING))
    systolic = people.systolic[patient] + rng.normal(0.0, 5.0, len(patient))
    windows = MedicalWindows(
        ecg=_ecg(rng, phase, rate, people, patient),
        systolic=systolic,
        diagnosis=np.digitize(rate, [60.0, 100.0]),
        risk=np.minimum(1.0, rate / systolic / 1.5),
    )
    return medical(ABOUT, windows, by_group(patient, seed), diagnoses=DIAGNOSES)


def _patients(rng: np.random.Generator) -> _Patients:
    slow, normal, fast = (rng.uniform(*span, PATIENTS) for span in ((42, 58), (62, 98), (102, 150)))
    kind = rng.permutation(np.arange(PATIENTS) % 10)
    return _Patients(
        beats_a_minute=np.where(kind < 3, slow, np.where(kind < 7, normal, fast)),
        systolic=np.clip(rng.normal(120.0, 22.0, PATIENTS), 75.0, 190.0),
        heights=HEIGHTS * rng.lognormal(0.0, 0.2, (PATIENTS, 5)),
        widths=WIDTHS * rng.lognormal(0.0, 0.1, (PATIENTS, 5)),
        microvolts=rng.uniform(500.0, 1500.0, PATIENTS),
        wander=rng.uniform(20.0, 150.0, PATIENTS),
        noise=rng.uniform(10.0, 50.0, PATIENTS),
    )


def _seconds() -> Array:
    return np.arange(SECONDS * RATE * OVERSAMPLING) / (RATE * OVERSAMPLING)


def _phase(rng: np.random.Generator, beats_a_minute: Array) -> Array:
    """Return the angle of the heart's cycle, radians [n, 1024], growing; a beat is at each 2 pi."""
    n = len(beats_a_minute)
    time = _seconds()
    variation = np.zeros((n, len(time)))
    for hertz, size in ((MAYER_HZ, 0.02), (BREATHING_HZ, 0.03)):
        start = rng.uniform(0.0, 2 * np.pi, (n, 1))
        own = hertz * rng.lognormal(0.0, 0.1, (n, 1))
        variation += size * np.sin(2 * np.pi * own * time + start)
    interval = 60.0 / beats_a_minute[:, None] * (1.0 + variation)
    turns = np.cumsum(1.0 / interval, axis=1) / (RATE * OVERSAMPLING)
    return 2 * np.pi * (turns + rng.uniform(0.0, 1.0, (n, 1)))


def _ecg(
    rng: np.random.Generator, phase: Array, rate: Array, people: _Patients, patient: Array
) -> Array:
    """Return the ECG in microvolts, float64 [n, 256]."""
    stretch = np.sqrt(rate / 60.0)[:, None]
    angles = ANGLES * np.concatenate(
        [np.sqrt(stretch), stretch, np.ones_like(stretch), stretch, np.ones_like(stretch)], axis=1
    )
    widths = people.widths[patient] * stretch
    volts = np.zeros_like(phase)
    for wave in range(5):
        away = np.angle(np.exp(1j * (phase - angles[:, wave, None])))
        bump = np.exp(-0.5 * (away / widths[:, wave, None]) ** 2)
        volts += (people.heights[patient, wave] * widths[:, wave] ** 2)[:, None] * bump
    highest = people.heights[patient, 2] * widths[:, 2] ** 2
    clean = volts * (people.microvolts[patient] / highest)[:, None]
    hertz = rng.uniform(0.1, 0.4, (len(phase), 1))
    wander = np.sin(2 * np.pi * (hertz * _seconds() + rng.uniform(0.0, 1.0, (len(phase), 1))))
    slow = clean + people.wander[patient, None] * wander
    sampled = slow.reshape(len(phase), SECONDS * RATE, OVERSAMPLING).mean(axis=2)
    return np.asarray(sampled + people.noise[patient, None] * rng.normal(size=sampled.shape))
