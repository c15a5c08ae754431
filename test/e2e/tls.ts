import { readFileSync } from "node:fs";
import { connect, type PeerCertificate } from "node:tls";
import { expect, it } from "vitest";
import { kubectl, outputs, sql } from "./context";

/** The certificate that the object store shows to a client that trusts `ca`; rejects with the reason where the client does not. */
async function shown(ca?: Buffer): Promise<PeerCertificate> {
  const { hostname, port } = new URL((await outputs()).objectStore.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      resolve(socket.getPeerCertificate());
      socket.end();
    });
  });
}

/** Who believes the object store, and what it does when its certificate is renewed. */
export function theCertificates(): void {
  it("are believed by clients with the lake's CA, and by no others", async () => {
    const ca = readFileSync((await outputs()).objectStore.caFile);
    expect((await shown(ca)).subjectaltname).toContain("data-lake.data-systems.svc.cluster.local");
    await expect(shown()).rejects.toThrow(/self[- ]signed|unable to verify|unable to get/i);
  });

  it("keep whoever speaks without TLS out", async () => {
    const { host } = new URL((await outputs()).objectStore.url);
    expect((await fetch(`http://${host}/minio/health/live`)).status).toBe(400);
  });

  it("are taken up anew by running servers", async () => {
    const ca = readFileSync((await outputs()).objectStore.caFile);
    const before = await shown(ca);
    // cert-manager issues one at once where the Secret is gone, as it does some months before the old one ends.
    await kubectl("-n", "data-systems", "delete", "secret", "data-lake-tls");
    await expect
      .poll(async () => (await shown(ca)).serialNumber, { timeout: 300_000, interval: 5_000 })
      .not.toBe(before.serialNumber);
  });

  it("are taken up anew by the running database", async () => {
    const started = ["get", "pod/postgis-0", "-o", "jsonpath={.status.startTime}"];
    const before = await kubectl("-n", "data-systems", ...started);
    await kubectl("-n", "data-systems", "delete", "secret", "postgis-tls");
    const told = () => kubectl("-n", "data-systems", "logs", "postgis-0", "-c", "renewals");
    await expect.poll(told, { timeout: 300_000, interval: 5_000 }).toContain("certificate loaded again");
    expect(await sql("stagiair", "select ssl from pg_stat_ssl where pid = pg_backend_pid()")).toEqual([{ ssl: true }]);
    expect(await kubectl("-n", "data-systems", ...started)).toBe(before);
  });
}
