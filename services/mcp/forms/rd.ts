/**
 * Amersfoort / RD New (EPSG:28992) to longitude and latitude, by the polynomials of Schreutelkamp and Strang van Hees (Geodesia, 2001),
 * which stay within half a metre of the official transformation in the Netherlands.
 */
type Term = readonly [power: readonly [x: number, y: number], coefficient: number];

const [X0, Y0] = [155_000, 463_000];
const [LAT0, LON0] = [52.1551744, 5.38720621];

const LATITUDE: readonly Term[] = [
  [[0, 1], 3235.65389],
  [[2, 0], -32.58297],
  [[0, 2], -0.2475],
  [[2, 1], -0.84978],
  [[0, 3], -0.0655],
  [[2, 2], -0.01709],
  [[1, 0], -0.00738],
  [[4, 0], 0.0053],
  [[2, 3], -0.00039],
  [[4, 1], 0.00033],
  [[1, 1], -0.00012],
];

const LONGITUDE: readonly Term[] = [
  [[1, 0], 5260.52916],
  [[1, 1], 105.94684],
  [[1, 2], 2.45656],
  [[3, 0], -0.81885],
  [[1, 3], 0.05594],
  [[3, 1], -0.05607],
  [[0, 1], 0.01199],
  [[3, 2], -0.00256],
  [[1, 4], 0.00128],
  [[0, 2], 0.00022],
  [[2, 0], -0.00022],
  [[5, 0], 0.00026],
];

/** Longitude and latitude in degrees of a point in metres. */
export function fromRd(x: number, y: number): [lon: number, lat: number] {
  const [east, north] = [(x - X0) * 1e-5, (y - Y0) * 1e-5];
  const seconds = (terms: readonly Term[]) =>
    terms.reduce((sum, [[p, q], coefficient]) => sum + coefficient * east ** p * north ** q, 0);
  return [LON0 + seconds(LONGITUDE) / 3600, LAT0 + seconds(LATITUDE) / 3600];
}

/** Whether a point can be one of RD New, which no longitude and latitude can be taken for. */
export function isRd(x: number, y: number): boolean {
  return x >= -7_000 && x <= 300_000 && y >= 289_000 && y <= 629_000;
}
