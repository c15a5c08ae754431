/** Which privileges each kind of object has, and where PostgreSQL keeps who has them. */
import type { Actual } from "../declared/resource";

/** https://www.postgresql.org/docs/15/ddl-priv.html, table 5.2. */
export const PRIVILEGES: Record<string, string[]> = {
  database: ["CREATE", "CONNECT", "TEMPORARY"],
  table: ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
  sequence: ["USAGE", "SELECT", "UPDATE"],
  schema: ["CREATE", "USAGE"],
  function: ["EXECUTE"],
  procedure: ["EXECUTE"],
  routine: ["EXECUTE"],
  type: ["USAGE"],
};

/** What is wrong with the privileges for this kind of object. */
export function wrongPrivileges(inputs: Actual): { property: string; reason: string }[] {
  const allowed = PRIVILEGES[String(inputs.objectType)];
  if (!allowed || !Array.isArray(inputs.privileges)) return [];
  return inputs.privileges
    .filter((privilege) => privilege !== "ALL" && !allowed.includes(String(privilege)))
    .map((privilege) => ({
      property: "privileges",
      reason: `"${privilege}" is no privilege of a ${inputs.objectType}; it has ALL, ${allowed.join(", ")}`,
    }));
}

/** The list for GRANT. Only names from the table above get through the check, so that they need no quotes. */
export function privilegeList(properties: Actual): string[] {
  return ((properties.privileges ?? []) as string[]).map(String);
}

/** The privileges for the state: as they were asked for while they mean what the server holds, else what it holds. */
export function privilegesSeen(held: string[], state: Actual): string[] {
  const asked = privilegeList(state);
  const meant = asked.includes("ALL") ? (PRIVILEGES[String(state.objectType)] ?? []) : asked;
  const sorted = [...held].sort();
  return String([...meant].sort()) === String(sorted) ? asked : sorted;
}
