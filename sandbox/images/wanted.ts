import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { checkout } from "../paths";
import { PROJECT, STACK } from "../project";
import { type ImageName, images } from "./recipes";

/** Names of the images that the sandbox's settings need: notebooks have one of their own, of a gigabyte, only where they are enabled. */
export function wantedImages(file = join(checkout, `Pulumi.${STACK}.yaml`)): ImageName[] {
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, { enabled?: boolean } | undefined> };
  const notebooks = config[`${PROJECT}:notebooks`]?.enabled === true;
  return images.map(({ name }) => name).filter((name) => name !== "notebooks" || notebooks);
}
