/** The engine's own server: log lines and status messages go there. */
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Log } from "./provider";

/** A log that may be used before the engine's address is known: lines are then dropped, they are hints and no results. */
export class EngineLog implements Log {
  private client: EngineClient | undefined;
  private readonly last = new Map<string, string>();

  connect(address: string): void {
    this.client?.close();
    this.client = address ? new EngineClient(address, credentials.createInsecure()) : undefined;
  }

  status(text: string, urn = ""): void {
    if ((this.last.get(urn) ?? "") === text) return;
    this.last.set(urn, text);
    this.send(LogSeverity.INFO, text, urn, true);
  }

  warn(text: string, urn = ""): void {
    this.send(LogSeverity.WARNING, text, urn, false);
  }

  private send(severity: LogSeverity, message: string, urn: string, ephemeral: boolean): void {
    const request = new LogRequest();
    request.setSeverity(severity);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(ephemeral);
    // The engine may be gone already; a lost hint must not fail the call.
    this.client?.log(request, () => undefined);
  }
}
