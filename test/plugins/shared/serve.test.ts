import { credentials, Server, ServerCredentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { detailed } from "../../../plugins/shared/diff";
import { EngineLog } from "../../../plugins/shared/engine";
import { InitializationError, ProviderError } from "../../../plugins/shared/errors";
import type { Provider } from "../../../plugins/shared/provider";
import { handlers } from "../../../plugins/shared/serve";
import { fromUrn } from "../../../plugins/shared/urn";
import {
  fromStruct,
  keepSecrets,
  type Properties,
  Secret,
  toStruct,
  unwrapProperties,
} from "../../../plugins/shared/values";
import versions from "../../../versions.json";

const URN = "urn:pulumi:dev::lake::my:Component$random:index/x:X::the::name";
let interrupted = false;
let seen: Properties = {};

/** A provider whose inputs say what goes wrong. */
const provider: Provider = {
  async configure() {},
  async check({ news, type, name }) {
    return { inputs: { ...news, type, name }, failures: news.bad ? [{ property: "bad", reason: "must not be" }] : [] };
  },
  async diff({ olds, news }) {
    return detailed(olds.a === news.a ? [] : [{ path: ["a"], kind: "update" }], {
      replaces: () => true,
      deleteBeforeReplace: true,
    });
  },
  async create({ inputs, preview }, { signal }) {
    seen = inputs;
    if (inputs.fail === "plain") throw new ProviderError("the server said no");
    if (inputs.fail === "unready")
      throw new InitializationError("x/1", { up: false }, inputs, ["not ready", "event: no space"]);
    if (inputs.fail === "wait") {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      interrupted = true;
    }
    return { id: preview ? "" : "x/1", outputs: keepSecrets(unwrapProperties(inputs), inputs) };
  },
  async read() {
    return undefined;
  },
  async update({ news }) {
    return { outputs: news };
  },
  async delete() {},
};

const server = new Server();
let client: ResourceProviderClient;

beforeAll(async () => {
  server.addService(ResourceProviderService, handlers(provider, "random", new EngineLog(), new AbortController()));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
});

afterAll(() => {
  client.close();
  server.forceShutdown();
});

function create(inputs: Properties): Promise<pb.CreateResponse> {
  const request = new pb.CreateRequest();
  request.setUrn(URN);
  request.setProperties(toStruct(inputs));
  return new Promise((resolve, reject) =>
    client.create(request, (error, response) => (error ? reject(error) : resolve(response))),
  );
}

async function failureOf(call: Promise<unknown>): Promise<ServiceError> {
  return call.then(
    () => Promise.reject(new Error("the call did not fail")),
    (error: ServiceError) => error,
  );
}

/** The detail message of an error, as the engine unpacks it. */
function detail<T>(error: ServiceError, type: string, parse: (bytes: Uint8Array) => T): T {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  const [any] = Status.deserializeBinary(bytes as Uint8Array).getDetailsList();
  expect(any?.getTypeName()).toBe(`pulumirpc.${type}`);
  return parse(any?.getValue_asU8() as Uint8Array);
}

describe("a served provider", () => {
  it("reports the pinned version, so that the engine has nothing to warn of", async () => {
    const info = await new Promise<string>((resolve, reject) =>
      client.getPluginInfo(new Empty(), (error, answer) => (error ? reject(error) : resolve(answer.getVersion()))),
    );
    expect(info).toBe(versions.plugins.random);
  });

  it("gets secrets wrapped, and what it returns wrapped arrives so", async () => {
    const response = await create({ password: new Secret("hunter2"), size: 3 });
    expect(seen.password).toEqual(new Secret("hunter2"));
    expect(response.getId()).toBe("x/1");
    expect(fromStruct(response.getProperties())).toEqual({ password: new Secret("hunter2"), size: 3 });
  });

  it("knows type and name from the URN, below components and with colons in the name", async () => {
    expect(fromUrn(URN)).toEqual(["random:index/x:X", "the::name"]);
    const request = new pb.CheckRequest();
    request.setUrn(URN);
    request.setNews(toStruct({ bad: true }));
    const response = await new Promise<pb.CheckResponse>((resolve, reject) =>
      client.check(request, (error, answer) => (error ? reject(error) : resolve(answer))),
    );
    expect(fromStruct(response.getInputs())).toEqual({ bad: true, type: "random:index/x:X", name: "the::name" });
    expect(response.getFailuresList().map((item) => item.toObject())).toEqual([
      { property: "bad", reason: "must not be" },
    ]);
  });

  it("says which differences replace", async () => {
    const request = new pb.DiffRequest();
    request.setOlds(toStruct({ a: 1 }));
    request.setNews(toStruct({ a: 2 }));
    const response = await new Promise<pb.DiffResponse>((resolve, reject) =>
      client.diff(request, (error, answer) => (error ? reject(error) : resolve(answer))),
    );
    expect(response.getChanges()).toBe(pb.DiffResponse.DiffChanges.DIFF_SOME);
    expect(response.getReplacesList()).toEqual(["a"]);
    expect(response.getDeletebeforereplace()).toBe(true);
    expect(response.getDetaileddiffMap().get("a")?.getKind()).toBe(pb.PropertyDiff.Kind.UPDATE_REPLACE);
  });

  it("shows a refusal word for word", async () => {
    expect((await failureOf(create({ fail: "plain" }))).details).toBe("the server said no");
  });

  it("hands over an object that exists but is not ready, with every reason", async () => {
    const error = await failureOf(create({ fail: "unready" }));
    const failed = detail(error, "ErrorResourceInitFailed", pb.ErrorResourceInitFailed.deserializeBinary);
    expect(failed.getId()).toBe("x/1");
    expect(failed.getReasonsList()).toEqual(["not ready", "event: no space"]);
    expect(fromStruct(failed.getProperties())).toEqual({ up: false });
    expect(fromStruct(failed.getInputs())).toEqual({ fail: "unready" });
  });

  it("refuses what it lacks in words", async () => {
    const request = new pb.ConstructRequest();
    request.setType("random:index:Component");
    const call = new Promise((resolve, reject) =>
      client.construct(request, (error, answer) => (error ? reject(error) : resolve(answer))),
    );
    expect((await failureOf(call)).details).toMatch(
      /local build of the random plugin does not build the component random:index:Component/,
    );
  });

  it("tells the engine that an object is gone by an empty answer", async () => {
    const request = new pb.ReadRequest();
    request.setId("x/1");
    const id = await new Promise((resolve, reject) =>
      client.read(request, (error, answer) => (error ? reject(error) : resolve(answer.getId()))),
    );
    expect(id).toBe("");
  });

  it("interrupts running calls on Cancel", async () => {
    const running = create({ fail: "wait" });
    await new Promise<void>((resolve, reject) =>
      client.cancel(new Empty(), (error) => (error ? reject(error) : resolve())),
    );
    await running;
    expect(interrupted).toBe(true);
  });
});
