/**
 * A provider that stands between the engine and a real one and lets nothing be made: creating, changing and deleting are answered as
 * if they had gone well. All the rest (checks, defaults, differences) is the real provider's own answer.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { fromStruct, toStruct } from "../../plugins/shared/values";
import { tied } from "../../sandbox/tied";
import { kubernetesOutputs, standIns } from "./answer";

type Call = grpc.ServerUnaryCall<Buffer, Buffer>;
type Forward = (method: string, request: Buffer, metadata: grpc.Metadata) => Promise<Buffer>;
type Answer = (request: Buffer, metadata: grpc.Metadata) => Promise<Buffer>;

const UNLIMITED = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
const asIs = (bytes: Buffer) => bytes;
const bytesOf = (message: { serializeBinary(): Uint8Array }) => Buffer.from(message.serializeBinary());

/** The calls of the protocol that get one answer, as bytes: what is passed on need not be understood. */
const calls = Object.fromEntries(
  Object.entries(ResourceProviderService as unknown as grpc.ServiceDefinition)
    .filter(([, { responseStream }]) => !responseStream)
    .map(([name, { path }]) => [
      name,
      {
        path,
        requestStream: false,
        responseStream: false,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    ]),
);

/** The calls that would reach a server, and what is answered instead. */
function pretended(kubernetes: boolean, forward: Forward): Record<string, Answer> {
  return {
    create: async (bytes, metadata) => {
      const request = pb.CreateRequest.deserializeBinary(bytes);
      const response = new pb.CreateResponse();
      response.setId(request.getUrn().split("::").at(-1) as string);
      if (kubernetes) {
        response.setProperties(toStruct(kubernetesOutputs(fromStruct(request.getProperties()))));
        return bytesOf(response);
      }
      request.setPreview(true);
      const planned = pb.CreateResponse.deserializeBinary(await forward("create", bytesOf(request), metadata));
      response.setProperties(toStruct(standIns(fromStruct(planned.getProperties()))));
      return bytesOf(response);
    },
    delete: async () => bytesOf(new Empty()),
    ...Object.fromEntries(
      (["read", "update", "invoke", "call", "construct"] as const).map((method) => [
        method,
        async () => {
          throw new Error(`a rehearsal begins with nothing and asks no server, so it cannot ${method}`);
        },
      ]),
    ),
  };
}

/** One provider that is stood in for. */
export interface Rehearsed {
  /** Where the engine reaches it, on loopback. */
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts the real provider `pulumi-resource-<name>` of a folder and the one that stands before it. */
export async function rehearse(name: string, executable: string, env: NodeJS.ProcessEnv): Promise<Rehearsed> {
  const real = spawn(...tied(executable, []), { env, stdio: ["ignore", "pipe", "inherit"] });
  const client = new grpc.Client(
    `127.0.0.1:${await portOf(real, executable)}`,
    grpc.credentials.createInsecure(),
    UNLIMITED,
  );
  const forward: Forward = (method, request, metadata) =>
    new Promise((resolve, reject) => {
      const { path } = calls[method] as { path: string };
      client.makeUnaryRequest(path, asIs, asIs, request, metadata, (error, answer) =>
        error ? reject(error) : resolve(answer as Buffer),
      );
    });
  const instead = pretended(name === "kubernetes", forward);
  const handlers = Object.fromEntries(
    Object.keys(calls).map((method) => [
      method,
      ({ request, metadata }: Call, answer: grpc.sendUnaryData<Buffer>) => {
        const asked = instead[method] ?? ((bytes, more) => forward(method, bytes, more));
        asked(request, metadata).then(
          (bytes) => answer(null, bytes),
          (error: Error) => answer(error, null),
        );
      },
    ]),
  );
  const server = new grpc.Server(UNLIMITED);
  server.addService(calls, handlers);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const stop = async () => {
    server.forceShutdown();
    client.close();
    const ended = new Promise((resolve) => real.once("exit", resolve));
    if (real.exitCode === null && real.kill("SIGTERM")) await ended;
  };
  return { port, stop };
}

/** A provider prints the port that it listens at as its first line. */
function portOf(plugin: ChildProcess, executable: string): Promise<number> {
  return new Promise((resolve, reject) => {
    plugin.once("error", reject);
    plugin.once("exit", (code) => reject(new Error(`${executable} ended with ${code} before it listened`)));
    createInterface({ input: plugin.stdout as NodeJS.ReadableStream }).once("line", (line) => resolve(Number(line)));
  });
}
