/**
 * The language host for Node.js programs, for machines that cannot download Pulumi's own: it lies beside the `pulumi` command as
 * `pulumi-language-nodejs`, prints its port, and runs programs when the engine asks. The engine's address is its last argument.
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { languageHost } from "./host";

const running = new Set<() => void>();
const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(LanguageRuntimeService, languageHost(process.argv.at(-1) ?? "", running));
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    process.stderr.write(`pulumi-language-nodejs: no loopback port could be opened: ${error.message}\n`);
    process.exit(1);
  }
  process.stdout.write(`${port}\n`);
});

function end(): void {
  for (const stop of running) stop();
  process.exit(0);
}

process.on("SIGTERM", end);
process.on("SIGINT", end);
// An engine that was killed cannot say goodbye: this process then has another parent.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) end();
}, 2000).unref();
