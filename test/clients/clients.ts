/** What a client needs on the machine that runs its recipe. */
export interface Installed {
  /** Folders before the others on PATH. */
  readonly path?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A client whose page in docs/clients has a recipe. */
export interface Client {
  /** Whose keys it gets; `stagiair` by default, who only reads. */
  readonly identity?: "data-scientist";
  /** Gets the client, once, into the cache. */
  install(): Promise<Installed>;
}
