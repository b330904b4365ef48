"""Which articles of a data set are kept from training, decided by their titles alone and so always alike."""

from __future__ import annotations

import hashlib


def is_kept_from_training(title: str, share: float) -> bool:
    """Whether the article of this title is among the `share` (0 to 1) of all that no model is trained on."""
    return int.from_bytes(hashlib.sha256(title.encode()).digest()[:4]) < share * 2**32
