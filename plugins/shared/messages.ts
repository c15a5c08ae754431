/** Protocol messages of checks and diffs to and from this project's own types. */
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import type { CheckFailure, CheckRequest, CheckResult, DetailedDifference, DiffRequest, DiffResult } from "./provider";
import { fromUrn } from "./urn";
import { fromStruct, toStruct } from "./values";

const MODES = ["propose", "enforce", "disable"] as const;
const { Kind } = pb.PropertyDiff;
const KINDS = {
  add: [Kind.ADD, Kind.ADD_REPLACE],
  delete: [Kind.DELETE, Kind.DELETE_REPLACE],
  update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
} as const;

export function checkRequest(request: pb.CheckRequest): CheckRequest {
  const autonaming = request.getAutonaming();
  const [type, name] = fromUrn(request.getUrn());
  return {
    urn: request.getUrn(),
    type: request.getType() || type,
    name: request.getName() || name,
    olds: fromStruct(request.getOlds()),
    news: fromStruct(request.getNews()),
    randomSeed: request.getRandomseed_asU8(),
    ...(autonaming && {
      autonaming: { proposedName: autonaming.getProposedName(), mode: MODES[autonaming.getMode()] ?? "propose" },
    }),
  };
}

export function failures(list: CheckFailure[] = []): pb.CheckFailure[] {
  return list.map(({ property, reason }) => {
    const failure = new pb.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    return failure;
  });
}

export function checkResponse(result: CheckResult): pb.CheckResponse {
  const response = new pb.CheckResponse();
  response.setInputs(toStruct(result.inputs));
  response.setFailuresList(failures(result.failures));
  return response;
}

export function diffRequest(request: pb.DiffRequest): DiffRequest {
  const [type, name] = fromUrn(request.getUrn());
  return {
    urn: request.getUrn(),
    type: request.getType() || type,
    name: request.getName() || name,
    id: request.getId(),
    olds: fromStruct(request.getOlds()),
    oldInputs: fromStruct(request.getOldInputs()),
    news: fromStruct(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

/** Without a result the engine compares the inputs by itself (as for a provider whose arguments changed). */
export function diffResponse(result: DiffResult | undefined): pb.DiffResponse {
  const response = new pb.DiffResponse();
  const { DIFF_UNKNOWN, DIFF_SOME, DIFF_NONE } = pb.DiffResponse.DiffChanges;
  if (!result) {
    response.setChanges(DIFF_UNKNOWN);
    return response;
  }
  response.setChanges(result.changes ? DIFF_SOME : DIFF_NONE);
  response.setReplacesList(result.replaces ?? []);
  response.setDiffsList(result.diffs ?? []);
  response.setDeletebeforereplace(result.deleteBeforeReplace ?? false);
  if (result.detailed) {
    response.setHasdetaileddiff(true);
    for (const [path, difference] of Object.entries(result.detailed)) {
      response.getDetaileddiffMap().set(path, propertyDiff(difference));
    }
  }
  return response;
}

function propertyDiff(difference: DetailedDifference): pb.PropertyDiff {
  const diff = new pb.PropertyDiff();
  diff.setKind(KINDS[difference.kind][difference.replace ? 1 : 0]);
  diff.setInputdiff(difference.inputDiff);
  return diff;
}
