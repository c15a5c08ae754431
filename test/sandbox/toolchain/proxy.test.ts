import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, it } from "vitest";
import { tunnel } from "../../../sandbox/toolchain/proxy";

it("gives up on a proxy that connects and then lets nothing through", async () => {
  const sockets: Socket[] = [];
  const proxy = createServer((socket) => {
    sockets.push(socket);
    socket.once("data", () => socket.write("HTTP/1.1 200 Connection established\r\n\r\n"));
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = new URL(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  await expect(tunnel(address, new URL("https://example.invalid/file"), 200)).rejects.toThrow(
    `example.invalid through proxy ${address.host}: no TLS in 0.2 s`,
  );
  for (const socket of sockets) socket.destroy();
  proxy.close();
});
