/** The calls that the Pulumi engine makes to a language host. */
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServerWritableStream,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import versions from "../../versions.json";
import { dependencies } from "./dependencies";
import { runPolicyPack } from "./policy-pack";
import { type Program, start } from "./program";

/** All calls. `engine` is the address of the engine's own server; `running` stops every program that still runs. */
export function languageHost(engine: string, running: Set<() => void>): ILanguageRuntimeServer {
  return {
    handshake: unary(() => new pb.LanguageHandshakeResponse()),
    // The engine finds providers by the packages and versions that the program registers.
    getRequiredPlugins: unary(() => new pb.GetRequiredPluginsResponse()),
    getRequiredPackages: unary(() => new pb.GetRequiredPackagesResponse()),
    runtimeOptionsPrompts: unary(() => new pb.RuntimeOptionsResponse()),
    template: unary(() => new pb.TemplateResponse()),
    getPluginInfo: unary(() => {
      const info = new PluginInfo();
      info.setVersion(versions.pulumi);
      return info;
    }),
    about: unary(() => {
      const response = new pb.AboutResponse();
      response.setExecutable(process.execPath);
      response.setVersion(process.version);
      return response;
    }),
    getProgramDependencies: unary((request: pb.GetProgramDependenciesRequest) => {
      const folder = request.getInfo()?.getProgramDirectory() || request.getPwd();
      const response = new pb.GetProgramDependenciesResponse();
      for (const { name, version } of dependencies(folder)) {
        const info = new pb.DependencyInfo();
        info.setName(name);
        info.setVersion(version);
        response.addDependencies(info);
      }
      return response;
    }),
    run: (call, callback) => {
      let program: ReturnType<typeof start>;
      try {
        program = start(programOf(call.request, engine));
      } catch (error) {
        callback(null, response((error as Error).message, false));
        return;
      }
      running.add(program.stop);
      call.on("cancelled", program.stop);
      program.outcome.then(({ error, bail }) => {
        running.delete(program.stop);
        callback(null, response(error, bail));
      });
    },
    cancel: unary(() => {
      for (const stop of running) stop();
      return new Empty();
    }),
    installDependencies: refuseStream(
      (request: pb.InstallDependenciesRequest) =>
        `this build of the language host installs nothing: run \`npm ci\` in ${request.getInfo()?.getProgramDirectory() || request.getDirectory()}`,
    ),
    runPlugin: (call) => {
      if (call.request.getKind() === "analyzer") runPack(call, running);
      else refusePlugin(call);
    },
    generateProgram: refuse("generates no programs"),
    generateProject: refuse("generates no projects"),
    generatePackage: refuse("generates no packages"),
    pack: refuse("packs no packages"),
    link: refuse("links no packages"),
  };
}

function programOf(request: pb.RunRequest, engine: string): Program {
  const info = request.getInfo();
  return {
    folder: info?.getProgramDirectory() || request.getPwd(),
    entryPoint: info?.getEntryPoint() || request.getProgram() || ".",
    rootFolder: info?.getRootDirectory() || request.getPwd(),
    options: (info?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>,
    args: request.getArgsList(),
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    monitor: request.getMonitorAddress(),
    engine,
    config: Object.fromEntries(request.getConfigMap().toObject(false)),
    secretKeys: request.getConfigsecretkeysList(),
    dryRun: request.getDryrun(),
    parallel: request.getParallel(),
  };
}

function response(error: string, bail: boolean): pb.RunResponse {
  const answer = new pb.RunResponse();
  answer.setError(error);
  answer.setBail(bail);
  return answer;
}

function unary<Request, Response>(answer: (request: Request) => Response): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    try {
      callback(null, answer(call.request));
    } catch (error) {
      callback({ code: status.UNKNOWN, details: (error as Error).message });
    }
  };
}

const refusePlugin = refuseStream(
  (request: pb.RunPluginRequest) =>
    `this build of the language host runs policy packs and no other plugins from source: make ${request.getInfo()?.getProgramDirectory() || "the plugin"} an executable file (a Node.js script with a first line #!/usr/bin/env node)`,
);

/** Runs a policy pack; what it prints is streamed to the engine. */
function runPack(
  call: ServerWritableStream<pb.RunPluginRequest, pb.RunPluginResponse>,
  running: Set<() => void>,
): void {
  const { request } = call;
  const print = (set: "setStdout" | "setStderr") => (text: string) => {
    const response = new pb.RunPluginResponse();
    response[set](Buffer.from(text));
    call.write(response);
  };
  const pack = {
    folder: request.getInfo()?.getProgramDirectory() || request.getPwd(),
    args: request.getArgsList(),
    env: request.getEnvList(),
  };
  const onStop = (stop: () => void) => {
    running.add(stop);
    call.on("cancelled", stop);
  };
  runPolicyPack(pack, { stdout: print("setStdout"), stderr: print("setStderr") }, onStop).then(
    () => call.end(),
    (error: Error) => call.emit("error", { code: status.FAILED_PRECONDITION, details: error.message }),
  );
}

function refuse<Request, Response>(what: string): handleUnaryCall<Request, Response> {
  return (_call, callback) => {
    callback({ code: status.UNIMPLEMENTED, details: `this build of the language host ${what}: use the official one` });
  };
}

/** Not as UNIMPLEMENTED, which the engine passes over in silence. */
function refuseStream<Request, Response>(
  message: (request: Request) => string,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    call.emit("error", { code: status.FAILED_PRECONDITION, details: message(call.request) } as ServiceError);
  };
}
