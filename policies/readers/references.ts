import type { Resource } from "./resource";
import { at, list, UNKNOWN } from "./values";

/**
 * Whether a property of one resource holds a property of another, or has it in its list. In a preview a value is often
 * unknown while Pulumi knows already which resource it comes from; `UNKNOWN` where not even that is known.
 */
export function refersTo(from: Resource, property: string, to: Resource, toProperty: string): boolean | typeof UNKNOWN {
  const value = at(from.props, property);
  const wanted = at(to.props, toProperty);
  const items = Array.isArray(value) ? list(value) : [value];
  if (wanted !== UNKNOWN && items.includes(wanted)) return true;
  if (wanted !== UNKNOWN && !items.includes(UNKNOWN)) return false;
  const sources = from.sources[property];
  return sources ? sources.includes(to.urn) : UNKNOWN;
}

/** Whether it certainly does. */
export function surelyRefersTo(from: Resource, property: string, to: Resource, toProperty: string): boolean {
  return refersTo(from, property, to, toProperty) === true;
}
