import { covers, knownStatements, type Statement } from "./iam";
import { mayEqual } from "./kubernetes";
import type { Resource } from "./resource";
import { at, list, missing, text } from "./values";

const of = (type: string) => `minio:index/${type}:${type[0]?.toUpperCase()}${type.slice(1)}`;

/** Somebody who has keys to the object store, and every policy that speaks for them. */
export interface Principal {
  /** How messages name them: `user stagiair`, `service account identities-pipeline-stitch`. */
  readonly title: string;
  /** The user that it is, or that it belongs to. */
  readonly user: string | undefined;
  readonly resource: Resource;
  readonly statements: readonly Statement[];
}

/** All principals of a stack with what its policies, attachments, groups and memberships together let them do. */
export function principals(resources: readonly Resource[]): Principal[] {
  const all = (type: string) => resources.filter((resource) => resource.type === of(type));
  const documents = (name: unknown) =>
    all("iamPolicy")
      .filter(({ props }) => mayEqual(at(props, "name"), name))
      .flatMap(knownStatements);
  const ofGroup = (group: unknown) => [
    ...all("iamGroupPolicyAttachment")
      .filter(({ props }) => mayEqual(at(props, "groupName"), group))
      .flatMap(({ props }) => documents(at(props, "policyName"))),
    ...all("iamGroupPolicy")
      .filter(({ props }) => mayEqual(at(props, "group"), group))
      .flatMap(knownStatements),
  ];
  const groupsOf = (user: unknown) => [
    ...all("iamGroupMembership")
      .filter(({ props }) => list(at(props, "users")).some((member) => mayEqual(member, user)))
      .map(({ props }) => at(props, "group")),
    ...all("iamUserGroupMembership")
      .filter(({ props }) => mayEqual(at(props, "user"), user))
      .flatMap(({ props }) => list(at(props, "groups"))),
  ];
  const ofUser = (user: unknown) => [
    ...all("iamUserPolicyAttachment")
      .filter(({ props }) => mayEqual(at(props, "userName"), user))
      .flatMap(({ props }) => documents(at(props, "policyName"))),
    ...groupsOf(user).flatMap(ofGroup),
  ];
  return [
    ...all("iamUser").map((resource) => {
      const user = at(resource.props, "name");
      return { title: `user ${text(user) ?? resource.name}`, user: text(user), resource, statements: ofUser(user) };
    }),
    ...all("iamServiceAccount").map((resource) => {
      const user = at(resource.props, "targetUser");
      const own = !missing(at(resource.props, "policy"));
      const statements = own ? knownStatements(resource) : ofUser(user);
      return { title: `service account ${resource.name}`, user: text(user), resource, statements };
    }),
  ];
}

/** Whether the statements together let somebody do an action: one allows it, and none denies it. */
export function may(statements: readonly Statement[], action: string, arn: string): boolean {
  const on = statements.filter((statement) => covers(statement, action, arn));
  return on.some(({ allows }) => allows) && !on.some(({ allows, conditional }) => !allows && !conditional);
}
