/** Errors as gRPC status with the detail messages that the engine reads. */
import { Metadata, type ServerErrorResponse, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { InitializationError, ProviderError } from "./errors";
import { toStruct } from "./values";

interface Message {
  serializeBinary(): Uint8Array;
}

function withDetail(code: status, message: string, type: string, detail: Message): Partial<ServerErrorResponse> {
  const any = new Any();
  any.pack(detail.serializeBinary(), `pulumirpc.${type}`);
  const rpcStatus = new Status();
  rpcStatus.setCode(code);
  rpcStatus.setMessage(message);
  rpcStatus.addDetails(any);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(rpcStatus.serializeBinary()));
  return { code, details: message, metadata };
}

/** What a failed call answers. Errors that are no `ProviderError` are bugs or came from a library, and say their kind. */
export function toStatus(error: unknown): Partial<ServerErrorResponse> {
  if (error instanceof InitializationError) {
    const detail = new ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(toStruct(error.outputs));
    detail.setInputs(toStruct(error.inputs));
    detail.setReasonsList(error.reasons);
    return withDetail(status.UNKNOWN, error.message, "ErrorResourceInitFailed", detail);
  }
  if (error instanceof ProviderError) return { code: status.UNKNOWN, details: error.message };
  if (error instanceof Error) {
    const text = error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
    return { code: status.UNKNOWN, details: text };
  }
  return { code: status.UNKNOWN, details: String(error) };
}
