import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensureAuthority, issue, type Pair } from "../../../../sandbox/cluster/pki";
import { followRenewals, readCertificate } from "../../../../services/mcp/transports/certificate";

const LOOK_MS = 20;
let folder: string;
let authority: Pair;
let server: Server;
const said: string[] = [];

/** A pair as cert-manager's Secret shows it, in the folder. */
const issued = (name: string) => issue(folder, name, authority, { name: "mcp", addresses: ["127.0.0.1"] });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "drone-lake-mcp-tls-"));
  authority = await ensureAuthority({ cert: join(folder, "ca.crt"), key: join(folder, "ca.key") }, "lake");
  const { cert, key } = await issued("tls");
  const files = { certificateFile: cert, keyFile: key };
  const used = readCertificate(files);
  server = createServer(used);
  followRenewals(server, files, used, (line) => said.push(line), LOOK_MS);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** The serial number that a new connection is shown. */
function serial(): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, ca: readFileSync(authority.cert) }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.end();
    });
    socket.once("error", reject);
  });
}

it("a renewed certificate is shown without a restart, and one that is half written is not", async () => {
  const before = await serial();
  const renewed = await issued("renewed");
  writeFileSync(join(folder, "tls.crt"), readFileSync(renewed.cert, "utf8").slice(0, 100));
  await expect.poll(() => said.at(-1)).toMatch(/cannot be read yet/);
  expect(await serial()).toBe(before);
  copyFileSync(renewed.key, join(folder, "tls.key"));
  copyFileSync(renewed.cert, join(folder, "tls.crt"));
  await expect.poll(serial).not.toBe(before);
});
