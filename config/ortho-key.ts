/** A project's or flight's name, or a character that a key may hold; `dronelake` refuses any other. */
const PART = String.raw`(?:\{project\}|\{flight\}|[^/\\{}\p{Cc}\p{Cs}])`;

/**
 * What a key of an orthophoto is made of, as `ortho_key` of tasks/src/dronelake/keys.py takes it: everything of a flight
 * lies in the flight's own folder, and the bucket announces only what ends in -merged.geotiff.
 */
export const ORTHO_KEY_TEMPLATE = new RegExp(
  String.raw`^\{project\}/\{flight\}/(?:(?!\.\.?/)${PART}+/)*${PART}*-merged\.geotiff$`,
  "u",
);
