import type * as pulumi from "@pulumi/pulumi";
import { interpolate } from "@pulumi/pulumi";
import * as random from "@pulumi/random";

export interface BearerToken {
  /** The word itself, as the sender is given it. */
  word: pulumi.Output<string>;
  /** The header as the receiver sees it: MinIO sends a token of one word as `Bearer <word>`. */
  header: pulumi.Output<string>;
}

/** A shared secret between the object store and the EventListener. */
export function bearerToken(name: string, opts?: pulumi.CustomResourceOptions): BearerToken {
  const word = new random.RandomPassword(name, { length: 48, special: false }, opts).result;
  return { word, header: interpolate`Bearer ${word}` };
}
