import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { endpointOf, untilReachable } from "../../components/reachable";

let server: Server;
afterEach(() => server.close());

const listen = (port: number) =>
  new Promise<number>((resolve) => {
    server = createServer((socket) => socket.end());
    server.listen(port, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const port = await listen(0);
  await new Promise((done) => server.close(done));
  return port;
}

test("an endpoint that opens later than its server is waited for", async () => {
  const port = await closedPort();
  let reached = false;
  const waiting = untilReachable({ host: "127.0.0.1", port }).then(() => {
    reached = true;
  });
  await sleep(300);
  expect(reached).toBe(false);
  await listen(port);
  await waiting;
});

test("an endpoint that stays closed is an error that says where and why", async () => {
  const port = await closedPort();
  const waiting = untilReachable({ host: "127.0.0.1", port }, 0);
  await expect(waiting).rejects.toThrow(
    `127.0.0.1:${port} accepts no connection (connect ECONNREFUSED 127.0.0.1:${port})`,
  );
});

test("host and port of an endpoint are told apart, with IPv6 too", () => {
  expect(endpointOf("lake.example.org:9000")).toEqual({ host: "lake.example.org", port: 9000 });
  expect(endpointOf("[fd00::1]:443")).toEqual({ host: "fd00::1", port: 443 });
});
