import { clientsVerifyTls } from "../../policies/network/clients-verify-tls";
import { kindOf } from "../../policies/readers/kubernetes";
import { podTemplates } from "../../policies/readers/pods";
import type { Resource } from "../../policies/readers/resource";
import { at, list, text } from "../../policies/readers/values";
import { resourceAt } from "../plan";
import type { DangerRule } from "./danger";
import { environmentOf } from "./env";

/** Variables that tell a PostgreSQL client how to use TLS, weakest first. */
const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/** Where a server's command line names its certificates. */
const SERVES_TLS = /^--certs-dir$|^(-c)?\s*ssl=on$|^--tls-cert/;

function servesTls(resource: Resource | undefined): boolean {
  const containers = resource ? podTemplates(resource).flatMap((pod) => pod.containers) : [];
  return containers.some(({ spec }) =>
    [...list(at(spec, "args")), ...list(at(spec, "command"))].some((word) => SERVES_TLS.test(text(word) ?? "")),
  );
}

function* environmentWeakened(before: Resource, after: Resource): Iterable<string> {
  const [olds, news] = [environmentOf(before), environmentOf(after)];
  for (const [name, old] of olds) {
    const next = news.get(name) ?? "";
    if (old.startsWith("https://") && next.startsWith("http://")) yield `speaks plain HTTP (\`${name}\`)`;
    if (name === "PGSSLMODE" && MODES.indexOf(next) < MODES.indexOf(old))
      yield `sets PGSSLMODE from ${old} to ${next || "nothing"}`;
  }
}

export const tlsOff: DangerRule = {
  name: "tls-off",
  why: "What goes over the network can then be read and changed on the way: keys, passwords and photos.",
  *find(change) {
    const [before, after] = [resourceAt(change, "before"), resourceAt(change, "after")];
    if (!before || change.operation === "same") return;
    if (kindOf(before) === "Certificate" && !after) yield "deletes a server's certificate";
    if (!after) return;
    const faults = [...clientsVerifyTls.check(before)];
    for (const fault of clientsVerifyTls.check(after))
      if (!faults.includes(fault)) yield `${fault} (it did not before)`;
    if (servesTls(before) && !servesTls(after)) yield "serves without its certificate";
    yield* environmentWeakened(before, after);
    const hba = (resource: Resource) => list(at(resource.props, "spec.postgresql.pg_hba"));
    const dropped = hba(before).filter((line) => String(line).startsWith("hostnossl") && !hba(after).includes(line));
    if (dropped.length) yield "lets clients of the database in without TLS";
  },
};
