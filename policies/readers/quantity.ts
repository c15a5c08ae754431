const EXPONENTS = ["", "K", "M", "G", "T", "P", "E"];

/** Bytes of a Kubernetes quantity such as `512Gi` or `1T`; undefined for what is none. */
export function bytesOfQuantity(quantity: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kKMGTPE]?)(i?)$/.exec(quantity);
  if (!match) return undefined;
  const exponent = EXPONENTS.indexOf((match[2] as string).toUpperCase());
  return Number(match[1]) * (match[3] ? 1024 : 1000) ** exponent;
}
