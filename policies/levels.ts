import type { Environment, Level } from "./policy";

type Levels = Readonly<Record<Environment, Level>>;

/** Nobody has a reason to break it, on one machine or on a hundred. */
export const everywhere: Levels = { sandbox: "mandatory", dev: "mandatory", prod: "mandatory" };

/** One machine cannot have it, or is thrown away before it matters. */
export const outsideSandbox: Levels = { sandbox: "disabled", dev: "mandatory", prod: "mandatory" };

/** It costs machines, or the freedom to throw data away, that only production pays for. */
export const prodOnly: Levels = { sandbox: "disabled", dev: "disabled", prod: "mandatory" };
