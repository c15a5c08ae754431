import { podTemplates } from "./pods";
import type { Resource } from "./resource";
import { at, list, text } from "./values";

/** An image as a resource names it, and where. */
export interface NamedImage {
  readonly where: string;
  /** With its registry, as a container runtime completes it: `docker.io/opendronemap/odm:3.5.6`. */
  readonly image: string;
}

/** Every image that a resource names and that is known: of containers and steps, and those that controllers get as arguments. */
export function imagesOf(resource: Resource): NamedImage[] {
  return podTemplates(resource).flatMap(({ containers }) =>
    containers.flatMap(({ title, spec }) => [
      ...named(title, at(spec, "image")),
      ...argumentsThatAreImages(spec).flatMap(([option, image]) => named(`${title}, argument ${option}`, image)),
    ]),
  );
}

function named(where: string, value: unknown): NamedImage[] {
  const image = text(value);
  return image ? [{ where, image: complete(image) }] : [];
}

/** Values of options such as `-entrypoint-image`: Tekton's controller makes pods with them. */
function argumentsThatAreImages(container: unknown): [string, unknown][] {
  const words = list(at(container, "args"));
  return words.flatMap((word, i): [string, unknown][] =>
    /^--?[\w-]+-image(-win)?$/.test(text(word) ?? "") ? [[word as string, words[i + 1]]] : [],
  );
}

function complete(image: string): string {
  const [first, ...rest] = image.split("/") as [string, ...string[]];
  if (rest.length === 0) return `docker.io/library/${image}`;
  return /[.:]|^localhost$/.test(first) ? image : `docker.io/${image}`;
}

/** The tag of an image, undefined where there is none. */
export function tagOf(image: string): string | undefined {
  return /:([^/:@]+)(@|$)/.exec(image.replace(/@.*$/, ""))?.[1];
}

/** Whether an image is named by its digest. */
export function hasDigest(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}
