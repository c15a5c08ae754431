"""What the stitch step is told by its environment."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from dronelake import keys
from dronelake.settings import EnvSettings


class StitchSettings(EnvSettings):
    """One run; keys are URL-encoded."""

    flight_key: str
    flight_version: str
    stitch_engine: Literal["sfm", "gdal", "odm"] = "sfm"
    stitch_crs: Annotated[str, Field(pattern=r"^(auto|EPSG:\d{4,6})$")] = "auto"
    stitch_gsd_m: Annotated[float, Field(ge=0.002, le=1.0)] | None = None
    """Metres a pixel; empty takes the photos' own."""
    stitch_workers: Annotated[int, Field(ge=1, le=64)] = 2
    stitch_odm_command: tuple[str, ...] = ("python3", "/code/run.py")
    """What starts OpenDroneMap, as JSON; the default is the entry point of its own image."""
    stitch_odm_args: tuple[str, ...] = ()
    """OpenDroneMap's options as JSON, such as ["--orthophoto-resolution","3"]."""
    odm_image: str | None = None
    """The image of the step that ran OpenDroneMap, as the Task names it."""
    odm_exit_code_file: Path | None = None
    """Where the runner notes the exit code of a step that ran OpenDroneMap in its own image."""
    ortho_key_template: str = keys.ORTHO_TEMPLATE
    work_dir: Path

    def recorded(self) -> dict[str, Any]:
        """What shapes the orthophoto beside photos, engine and code, for whoever makes it again."""
        return {
            "crs": self.stitch_crs,
            "gsd_m": self.stitch_gsd_m,
            "workers": self.stitch_workers,
            "odm_args": list(self.stitch_odm_args),
        }

    def images(self, step_image: str | None) -> dict[str, str]:
        """The images that made the orthophoto, by what ran in them."""
        named = {"dronelake": step_image, "odm": self.odm_image}
        return {name: image for name, image in named.items() if image is not None}
