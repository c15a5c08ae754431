import { fromUrn } from "../plugins/shared/urn";
import { healthy, type Result } from "./check";
import type { Difference } from "./drift";
import type { Drift, Mend } from "./judge";

/** What a caller can tell apart; 2 is also what npm's own failures and a wrong Node end with. */
export const EXIT = { none: 0, drift: 1, error: 2, unhealthy: 3 } as const;

export function exitCode({ health, drifts }: Result): number {
  if (!healthy(health)) return EXIT.unhealthy;
  return drifts.length > 0 ? EXIT.drift : EXIT.none;
}

/** What puts everything of a kind back, as a person types it. */
export function mendCommand(mend: Mend, stack: string): string {
  return mend === "pulumi" ? `pulumi up --refresh --stack ${stack}` : `npm run drift -- ${stack} --mend`;
}

/** The report for programs; its shape is in docs/drift.md. */
export function asJson(stack: string, result: Result): string {
  const verdict = Object.entries(EXIT).find(([, code]) => code === exitCode(result))?.[0];
  const plain = ({ urn, name, differences, mend }: Drift) => ({
    ...(urn && { urn }),
    name,
    gone: differences.length === 0,
    differences,
    mend: mendCommand(mend, stack),
  });
  const { health, drifts, mended } = result;
  return JSON.stringify({ stack, verdict, health, drifts: drifts.map(plain), mended: mended.map(plain) }, null, 2);
}

/** The report for people: each thing with what it is, what it should be, and what mends it. */
export function asText(stack: string, result: Result): string[] {
  const { health, drifts, mended } = result;
  if (!healthy(health)) {
    return [
      ...health.map(
        ({ kind, address, problem }) =>
          `  ${problem ? "FAIL" : "ok  "}  ${kind} at ${address}${problem ? `: ${problem}` : ""}`,
      ),
      "",
      "nothing was compared: what is gone cannot be told from what does not answer. Do not run pulumi refresh either: it would drop",
      "from the state what it cannot reach. Bring the server back, then look again.",
    ];
  }
  const block = (drift: Drift) => [...lines(drift), `      mend: ${mendCommand(drift.mend, stack)}`, ""];
  return [
    ...mended.flatMap((drift) => [...lines(drift), "      put back", ""]),
    ...drifts.flatMap(block),
    ...summary(stack, result),
  ];
}

function lines({ urn, name, differences }: Drift): string[] {
  const title = `  ${name}${urn ? `   (${fromUrn(urn)[1]})` : "   (not declared)"}`;
  if (differences.length === 0) return [title, "      is not there any more"];
  return [title, ...differences.map((difference) => `      ${describe(difference)}`)];
}

function describe({ path, is, should }: Difference): string {
  if (is === undefined) return `${path}: is not there, should be ${should}`;
  if (should === undefined) return `${path}: is ${is}, should not be there`;
  return `${path}: is ${is}, should be ${should}`;
}

function summary(stack: string, { drifts, mended }: Result): string[] {
  const count = (mend: Mend) => drifts.filter((drift) => drift.mend === mend).length;
  const things = (number: number) => `${number} ${number === 1 ? "thing" : "things"}`;
  const back = mended.length > 0 ? [`${things(mended.length)} put back.`] : [];
  if (drifts.length === 0) return [...back, `${stack} is as its last update left it.`];
  const commands = (["drift", "pulumi"] as const).filter((mend) => count(mend) > 0);
  return [
    ...back,
    `${things(drifts.length)} not as the last update of ${stack} left ${drifts.length === 1 ? "it" : "them"}. To mend:`,
    ...commands.map((mend) => `  ${mendCommand(mend, stack)}   (${things(count(mend))})`),
  ];
}
