import { covers, type PolicyDocument, policyDocument, type Statement } from "./iam";
import type { Resource } from "./resource";
import { at, list, text } from "./values";

/** Somebody who has keys to the object store, and every policy that speaks for them. */
export interface Principal {
  /** How messages name them: `user stagiair`, `service account identities-pipeline-stitch`. */
  readonly title: string;
  /** The user that it is, or that it belongs to, if that is known. */
  readonly user: string | undefined;
  readonly resource: Resource;
  readonly documents: readonly PolicyDocument[];
}

/** All principals of a stack with what its policies, attachments, groups and memberships together let them do. */
export function principals(resources: readonly Resource[]): Principal[] {
  const { ofUser, all } = links(resources);
  const users = all("IamUser").map((resource): Principal => {
    const user = text(at(resource.props, "name"));
    return { title: `user ${user ?? resource.name}`, user, resource, documents: ofUser(user) };
  });
  const accounts = all("IamServiceAccount").map((resource): Principal => {
    const user = text(at(resource.props, "targetUser"));
    const own = policyDocument(resource);
    return { title: `service account ${resource.name}`, user, resource, documents: own ? [own] : ofUser(user) };
  });
  return [...users, ...accounts];
}

/** Who is tied to which policy. A name that is not known ties nothing. */
function links(resources: readonly Resource[]) {
  const all = (type: string) => resources.filter((resource) => resource.type.endsWith(`:${type}`));
  const where = (type: string, property: string, name: string | undefined) =>
    all(type).filter(({ props }) => name !== undefined && at(props, property) === name);
  const documents = (found: readonly Resource[]) => found.flatMap((resource) => policyDocument(resource) ?? []);
  const attached = (attachments: readonly Resource[]) =>
    attachments.flatMap(({ props }) => documents(where("IamPolicy", "name", text(at(props, "policyName")))));
  const ofGroup = (group: string | undefined) => [
    ...attached(where("IamGroupPolicyAttachment", "groupName", group)),
    ...documents(where("IamGroupPolicy", "group", group)),
  ];
  const groupsOf = (user: string | undefined) => [
    ...all("IamGroupMembership")
      .filter(({ props }) => user !== undefined && list(at(props, "users")).includes(user))
      .map(({ props }) => at(props, "group")),
    ...where("IamUserGroupMembership", "user", user).flatMap(({ props }) => list(at(props, "groups"))),
  ];
  const ofUser = (user: string | undefined) => [
    ...attached(where("IamUserPolicyAttachment", "userName", user)),
    ...groupsOf(user).flatMap((group) => ofGroup(text(group))),
  ];
  return { all, ofUser };
}

/** Whether the statements together let somebody do an action: one allows it, and none denies it. */
export function may(statements: readonly Statement[], action: string, arn: string): boolean {
  const on = statements.filter((statement) => covers(statement, action, arn));
  return on.some(({ allows }) => allows) && !on.some(({ allows, conditional }) => !allows && !conditional);
}
