"""From the arbitrary frame of structure from motion to metres on the map: a robust similarity on camera centres.

Positions alone leave the roll about a straight track open, so the gimbal's viewing directions take part as one
observation with the gimbal's own uncertainty: they decide on a straight track and hardly count on a wide one.
Maths: S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from dronelake.errors import BadInput

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Model = tuple[float, Array, Array]
"""Scale, rotation (3, 3) and translation (3,)."""

_TRIALS = 500
_GIMBAL_SD_RAD = np.radians(1.5)
_WORST_SD_M = 5.0
_MIN_SPREAD_M = 3.0
"""Root mean square width of the track, across its length, below which GPS noise decides the roll."""


@dataclass(frozen=True)
class Alignment:
    """target = scale * rotation @ source + translation."""

    scale: float
    rotation: Array
    """Shape (3, 3)."""
    translation: Array
    """Shape (3,), metres."""
    inliers: Mask
    residuals: Array
    """Shape (n, 3): fitted minus given position in metres, east, north, up."""

    def apply(self, points: Array) -> Array:
        """Points of shape (n, 3) in the target's frame."""
        return self.scale * points @ self.rotation.T + self.translation

    def rms(self) -> dict[str, float]:
        """Root mean square of the inliers' residuals in metres, per axis and in 3D."""
        square = np.mean(self.residuals[self.inliers] ** 2, axis=0)
        east, north, up = np.sqrt(square)
        return {"east": float(east), "north": float(north), "up": float(up), "total": float(np.sqrt(square.sum()))}


def track_width(positions: Array) -> float:
    """Root mean square distance in metres of positions (n, 2) from the straight line that fits them best."""
    centred = positions - positions.mean(axis=0)
    return float(np.linalg.svd(centred, compute_uv=False)[-1] / np.sqrt(len(positions)))


def check_track(positions: Array, has_views: bool) -> None:
    """Raise BadInput when `positions` (n, 2 or 3; metres) cannot fix a flight in space."""
    if len(positions) < 3:
        raise BadInput(
            f"{len(positions)} photos have a usable GPS position and at least 3 are needed to place the flight; "
            "switch geotagging on and fly again, or write positions into the EXIF"
        )
    width = track_width(positions[:, :2])
    if width < _MIN_SPREAD_M and not has_views:
        raise BadInput(
            f"the GPS positions lie on a straight line (they stray {width:.1f} m from it, {_MIN_SPREAD_M:.0f} m is "
            "needed) and the photos carry no gimbal angles, so the tilt about that line is unknown; "
            "add a parallel or crossing line to the flight"
        )


def align(
    source: Array,
    target: Array,
    *,
    source_views: Array | None = None,
    target_views: Array | None = None,
    sd: Array | float = 1.0,
    seed: int = 7,
) -> Alignment:
    """Fit camera centres `source` (n, 3) to positions `target` (n, 3) in metres.

    `source_views` and `target_views` (n, 3) are unit viewing directions in the two frames, rows of NaN where unknown.
    `sd` is the positions' standard deviation in metres, a number or (n, 3). Outliers get no say. Raises BadInput when
    no similarity fits at least half of the positions.
    """
    sigma = np.broadcast_to(np.asarray(sd, dtype=float), target.shape)
    views = np.empty((0, 3)), np.empty((0, 3))
    if source_views is not None and target_views is not None:
        seen = np.isfinite(target_views).all(axis=1)
        views = source_views[seen], target_views[seen]
    check_track(target, len(views[0]) > 0)
    start, inliers = _consensus(source, target, sigma, seed)
    if len(views[0]):
        start = _rolled(start, target[inliers], *views)
    scale, rotation, translation = _refined(start, source[inliers], target[inliers], sigma[inliers], *views)
    residuals = scale * source @ rotation.T + translation - target
    return Alignment(scale, rotation, translation, inliers, residuals)


def similarity(source: Array, target: Array) -> Model:
    """Least-squares (scale, rotation, translation) that takes `source` to `target`, both (n, 3), n >= 3."""
    scale, rotation, translation = _similarities(source[None], target[None])
    return float(scale[0]), rotation[0], translation[0]


def _consensus(source: Array, target: Array, sigma: Array, seed: int) -> tuple[Model, Mask]:
    """The similarity that most positions agree on, from random triples (least median of squares)."""
    inliers = _inliers(_best_triple(source, target, sigma, np.random.default_rng(seed)), sigma)
    for _ in range(10):
        if inliers.sum() < max(3, len(source) / 2):
            raise BadInput(
                f"the photos' own geometry agrees with {int(inliers.sum())} of {len(source)} GPS positions only; "
                "check that the photos are of one flight and that their EXIF positions are real"
            )
        model = similarity(source[inliers], target[inliers])
        again = _inliers(_normalised_error(model, source, target, sigma), sigma)
        if (again == inliers).all():
            break
        inliers = again
    return similarity(source[inliers], target[inliers]), inliers


def _inliers(error: Array, sigma: Array) -> Mask:
    """Positions within three standard deviations, where these are learnt from the errors if larger than declared.

    The solver's own bending adds to what GPS declares, most of all for RTK; but no GPS is worse than `_WORST_SD_M`.
    """
    learnt = float(np.median(error)) / 0.79  # the median of chi-square with 3 degrees of freedom, over 3
    worst = (_WORST_SD_M / float(np.median(sigma))) ** 2
    found: Mask = error < 9.0 * max(1.0, min(learnt, worst))
    return found


def _best_triple(source: Array, target: Array, sigma: Array, generator: np.random.Generator) -> Array:
    """Normalised errors (n,) under the random triple's similarity with the least median error; all triples at once."""
    picks = np.argsort(generator.random((_TRIALS, len(source))), axis=1)[:, :3]
    scale, rotation, translation = _similarities(source[picks], target[picks])
    moved = scale[:, None, None] * np.einsum("tij,nj->tni", rotation, source) + translation[:, None, :]
    error = (((moved - target) / sigma) ** 2).sum(axis=2) / 3
    middle = np.where(scale > 0, np.median(error, axis=1), np.inf)
    found: Array = error[int(np.argmin(middle))]
    return found


def _similarities(source: Array, target: Array) -> tuple[Array, Array, Array]:
    """`similarity` for many small point sets at once, (t, 3, 3) each; scales (t,), rotations and translations."""
    mean_source, mean_target = source.mean(axis=1), target.mean(axis=1)
    centred = source - mean_source[:, None]
    variance = (centred**2).sum(axis=(1, 2)) / source.shape[1]
    cross = np.einsum("tni,tnj->tij", target - mean_target[:, None], centred) / source.shape[1]
    u, singular, vt = np.linalg.svd(cross)
    sign = np.ones_like(singular)
    sign[:, 2] = np.where(np.linalg.det(u) * np.linalg.det(vt) < 0, -1.0, 1.0)
    rotation = (u * sign[:, None, :]) @ vt
    scale = (singular * sign).sum(axis=1) / np.maximum(variance, 1e-300)
    translation = mean_target - scale[:, None] * np.einsum("tij,tj->ti", rotation, mean_source)
    return scale, rotation, translation


def _normalised_error(model: Model, source: Array, target: Array, sigma: Array) -> Array:
    scale, rotation, translation = model
    error: Array = (((scale * source @ rotation.T + translation - target) / sigma) ** 2).sum(axis=1) / 3
    return error


def _rolled(model: Model, target: Array, source_views: Array, target_views: Array) -> Model:
    """`model` turned about the track's own line so that the viewing directions agree best; only for thin tracks."""
    if track_width(target[:, :2]) >= _MIN_SPREAD_M:
        return model
    scale, rotation, translation = model
    centre = target.mean(axis=0)
    axis = np.linalg.svd(target - centre)[2][0]
    now = source_views @ rotation.T
    sine = float((np.cross(now, target_views) @ axis).sum())
    cosine = float((now * target_views).sum() - ((now @ axis) * (target_views @ axis)).sum())
    turn = Rotation.from_rotvec(np.arctan2(sine, cosine) * axis).as_matrix()
    return scale, turn @ rotation, turn @ (translation - centre) + centre


def _refined(
    start: Model,
    source: Array,
    target: Array,
    sigma: Array,
    source_views: Array,
    target_views: Array,
) -> Model:
    """Robust least squares on positions (Huber) and viewing directions, from `start`."""
    scale0, rotation0, translation0 = start
    centre = source.mean(axis=0)
    moved0 = scale0 * rotation0 @ centre + translation0
    arm = max(float(np.sqrt(((target - target.mean(axis=0)) ** 2).sum(axis=1).mean())), 1.0)
    weight = 1.0 / (_GIMBAL_SD_RAD * np.sqrt(max(len(source_views), 1)))

    def unpack(x: Array) -> Model:
        scale = scale0 * float(np.exp(x[0]))
        rotation = Rotation.from_rotvec(x[1:4]).as_matrix() @ rotation0
        return scale, rotation, moved0 + x[4:7] * arm - scale * rotation @ centre

    def cost(x: Array) -> Array:
        scale, rotation, translation = unpack(x)
        places = (scale * source @ rotation.T + translation - target) / sigma
        views = (source_views @ rotation.T - target_views) * weight
        return np.concatenate([places.ravel(), views.ravel()])

    return unpack(least_squares(cost, np.zeros(7), loss="huber", f_scale=1.5, x_scale="jac").x)
