/** The gRPC server around a `Provider`: what every plugin's entry file calls. */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { type IResourceProviderServer, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { toStatus } from "./details";
import { EngineLog } from "./engine";
import { ProviderError } from "./errors";
import { checkRequest, checkResponse, diffRequest, diffResponse, failures } from "./messages";
import type { Context, Provider } from "./provider";
import { fromUrn } from "./urn";
import { fromStruct, toStruct } from "./values";
import { type PluginName, pinnedVersion } from "./version";

/** Answers a call with what `work` resolves to, or with its error in the engine's form. */
function unary<Request, Response>(work: (request: Request) => Promise<Response> | Response) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    Promise.resolve()
      .then(() => work(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toStatus(error), null),
      );
  };
}

function unsupported(name: PluginName, what: string, instead: string): never {
  throw new ProviderError(`the local build of the ${name} plugin does not ${what}: ${instead}`);
}

/** All calls of the protocol, answered from `provider`. `abort` fires on Cancel. */
export function handlers(
  provider: Provider,
  name: PluginName,
  log: EngineLog,
  abort: AbortController,
): IResourceProviderServer {
  const context: Context = { log, signal: abort.signal };
  const version = pinnedVersion(name);
  return {
    handshake: unary((request: pb.ProviderHandshakeRequest) => {
      log.connect(request.getEngineAddress());
      const response = new pb.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    attach: unary((request: PluginAttach) => {
      log.connect(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: unary(() => {
      const info = new PluginInfo();
      info.setVersion(version);
      return info;
    }),
    getSchema: unary(() =>
      unsupported(name, "serve a schema", "YAML programs and SDK generation need the official plugin"),
    ),
    getMapping: unary(() => new pb.GetMappingResponse()),
    getMappings: unary(() => new pb.GetMappingsResponse()),
    parameterize: unary(() => unsupported(name, "take parameters", "use it without")),
    construct: unary((request: pb.ConstructRequest) =>
      unsupported(
        name,
        `build the component ${request.getType()}`,
        "declare its resources one by one, or use the official plugin",
      ),
    ),
    call: unary((request: pb.CallRequest) =>
      unsupported(name, `have the method ${request.getTok()}`, "use the official plugin"),
    ),
    list: (call) => {
      call.emit("error", {
        code: status.UNIMPLEMENTED,
        details: `the local build of the ${name} plugin does not list resources`,
      });
    },
    checkConfig: unary(async (request: pb.CheckRequest) => {
      const news = fromStruct(request.getNews());
      return checkResponse((await provider.checkConfig?.(news, context)) ?? { inputs: news });
    }),
    diffConfig: unary(async (request: pb.DiffRequest) =>
      diffResponse(provider.diffConfig ? await provider.diffConfig(diffRequest(request), context) : undefined),
    ),
    configure: unary(async (request: pb.ConfigureRequest) => {
      const variables = Object.fromEntries(request.getVariablesMap().toObject(false));
      await provider.configure(fromStruct(request.getArgs()), variables, context);
      const response = new pb.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(provider.supportsPreview ?? false);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    check: unary(async (request: pb.CheckRequest) =>
      checkResponse(await provider.check(checkRequest(request), context)),
    ),
    diff: unary(async (request: pb.DiffRequest) => diffResponse(await provider.diff(diffRequest(request), context))),
    create: unary(async (request: pb.CreateRequest) => {
      const { id, outputs } = await provider.create(
        {
          ...resource(request),
          inputs: fromStruct(request.getProperties()),
          timeout: request.getTimeout(),
          preview: request.getPreview(),
        },
        context,
      );
      const response = new pb.CreateResponse();
      response.setId(id);
      response.setProperties(toStruct(outputs));
      return response;
    }),
    read: unary(async (request: pb.ReadRequest) => {
      const found = await provider.read(
        {
          ...resource(request),
          id: request.getId(),
          outputs: fromStruct(request.getProperties()),
          inputs: fromStruct(request.getInputs()),
          timeout: request.getTimeout(),
        },
        context,
      );
      const response = new pb.ReadResponse();
      // An empty answer tells the engine that the object is gone.
      if (!found) return response;
      response.setId(found.id);
      response.setProperties(toStruct(found.outputs));
      response.setInputs(toStruct(found.inputs));
      return response;
    }),
    update: unary(async (request: pb.UpdateRequest) => {
      const { outputs } = await provider.update(
        {
          ...resource(request),
          id: request.getId(),
          olds: fromStruct(request.getOlds()),
          oldInputs: fromStruct(request.getOldInputs()),
          news: fromStruct(request.getNews()),
          ignoreChanges: request.getIgnorechangesList(),
          timeout: request.getTimeout(),
          preview: request.getPreview(),
        },
        context,
      );
      const response = new pb.UpdateResponse();
      response.setProperties(toStruct(outputs));
      return response;
    }),
    delete: unary(async (request: pb.DeleteRequest) => {
      await provider.delete(
        {
          ...resource(request),
          id: request.getId(),
          outputs: fromStruct(request.getProperties()),
          oldInputs: fromStruct(request.getOldInputs()),
          timeout: request.getTimeout(),
        },
        context,
      );
      return new Empty();
    }),
    invoke: unary(async (request: pb.InvokeRequest) => {
      if (!provider.invoke) unsupported(name, `have the function ${request.getTok()}`, "use the official plugin");
      const answer = await provider.invoke(
        request.getTok(),
        fromStruct(request.getArgs()),
        request.getPreview(),
        context,
      );
      const response = new pb.InvokeResponse();
      response.setReturn(toStruct(answer.result));
      response.setFailuresList(failures(answer.failures));
      return response;
    }),
    cancel: unary(() => {
      abort.abort(new ProviderError("interrupted"));
      return new Empty();
    }),
  };
}

function resource(request: { getUrn(): string; getType(): string; getName(): string }) {
  const urn = request.getUrn();
  const [type, name] = fromUrn(urn);
  return { urn, type: request.getType() || type, name: request.getName() || name };
}

/**
 * Starts the plugin: listens on a free loopback port, prints it as the engine expects, and ends when the engine does.
 * The engine's address is the first argument of the process.
 */
export function serve(provider: Provider, name: PluginName): void {
  const log = new EngineLog();
  const engine = process.argv[2];
  if (engine) log.connect(engine);
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(ResourceProviderService, handlers(provider, name, log, new AbortController()));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) {
      process.stderr.write(`pulumi-resource-${name}: no loopback port could be opened: ${error.message}\n`);
      process.exit(1);
    }
    process.stdout.write(`${port}\n`);
  });
  const end = () => {
    const close = provider.close?.() ?? Promise.resolve();
    close.finally(() => process.exit(0));
  };
  // The engine ends its plugins by an interrupt, and kills them when they do not follow in time. The terminal's Ctrl-C does not
  // come here: plugins are in a process group of their own, and hear of it by Cancel.
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  // An engine that was killed cannot say goodbye: the plugin's parent is then another process.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, 2000).unref();
}
