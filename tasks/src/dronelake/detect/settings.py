"""What the detection step is told by its environment."""

import os
from typing import Any, Literal

from pydantic import Field

from dronelake.settings import EnvSettings


class DetectSettings(EnvSettings):
    """`ortho_key` is URL-encoded; without `model_version`, the newest published model is taken."""

    ortho_key: str
    ortho_version: str
    model_name: str = "muskrat-bank"
    model_version: str | None = None
    detect_readers: int = Field(default=12, ge=1, le=64)
    """Threads that read windows ahead of the model: reading waits, the model computes."""
    detect_batch: int = Field(default=8, ge=1, le=256)
    detect_threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    detect_device: Literal["cpu", "cuda"] = "cpu"
    """What computes; without the GPU that it asks for, the step fails rather than take the CPU's hours."""

    def recorded(self) -> dict[str, Any]:
        """How the model was run, for whoever runs it again."""
        return {"batch": self.detect_batch, "threads": self.detect_threads, "device": self.detect_device}
