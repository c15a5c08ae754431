/** Type and name out of a URN: its third part ends in the type (after the parents' types), the fourth and what follows is the name. */
export function fromUrn(urn: string): [type: string, name: string] {
  const [, , types = "", ...name] = urn.split("::");
  return [types.split("$").pop() ?? "", name.join("::")];
}
