import { covers, type PolicyDocument, policyDocument, type Statement } from "./iam";
import { refersTo, surelyRefersTo } from "./references";
import type { Resource } from "./resource";
import { at, text, UNKNOWN } from "./values";

/** Somebody who has keys to the object store, and every policy that speaks for them. */
export interface Principal {
  /** How messages name them: `user stagiair`, `service account identities-pipeline-stitch`. */
  readonly title: string;
  /** The user that it is, or that it belongs to; `UNKNOWN` before that can be told. */
  readonly user: string | undefined | typeof UNKNOWN;
  readonly resource: Resource;
  readonly documents: readonly PolicyDocument[];
}

/** All principals of a stack with what its policies, attachments, groups and memberships together let them do. */
export function principals(resources: readonly Resource[]): Principal[] {
  const all = (type: string) => resources.filter((resource) => resource.type.endsWith(`:${type}`));
  const nameOf = (user: Resource) => text(at(user.props, "name"));
  const users = all("IamUser");
  const ofUser = userDocuments(all);
  return [
    ...users.map((resource): Principal => {
      const user = nameOf(resource);
      return { title: `user ${user ?? resource.name}`, user: user ?? UNKNOWN, resource, documents: ofUser(resource) };
    }),
    ...all("IamServiceAccount").map((resource): Principal => {
      const owner = users.find((user) => surelyRefersTo(resource, "targetUser", user, "name"));
      const target = at(resource.props, "targetUser");
      const user = owner ? nameOf(owner) : target === UNKNOWN ? UNKNOWN : text(target);
      const own = policyDocument(resource);
      const documents = own ? [own] : owner ? ofUser(owner) : [];
      return { title: `service account ${resource.name}`, user, resource, documents };
    }),
    ...all("IamUserPolicyAttachment")
      .filter((attachment) => users.every((user) => refersTo(attachment, "userName", user, "name") === false))
      .map((resource): Principal => {
        const user = text(at(resource.props, "userName"));
        return { title: `user ${user}`, user, resource, documents: attachedTo(all)(resource) };
      }),
  ];
}

/** The policy documents that an attachment of a user or group brings. */
function attachedTo(all: (type: string) => Resource[]): (attachment: Resource) => PolicyDocument[] {
  return (attachment) =>
    all("IamPolicy")
      .filter((policy) => surelyRefersTo(attachment, "policyName", policy, "name"))
      .flatMap((policy) => policyDocument(policy) ?? []);
}

/** The policies of a user, its own and those of its groups. */
function userDocuments(all: (type: string) => Resource[]): (user: Resource) => PolicyDocument[] {
  const documents = (found: readonly Resource[]) => found.flatMap((resource) => policyDocument(resource) ?? []);
  const attached = attachedTo(all);
  const ofGroup = (group: Resource) => [
    ...all("IamGroupPolicyAttachment")
      .filter((attachment) => surelyRefersTo(attachment, "groupName", group, "name"))
      .flatMap(attached),
    ...documents(all("IamGroupPolicy").filter((policy) => surelyRefersTo(policy, "group", group, "name"))),
  ];
  const isMember = (user: Resource, group: Resource) =>
    all("IamGroupMembership").some(
      (member) => surelyRefersTo(member, "users", user, "name") && surelyRefersTo(member, "group", group, "name"),
    ) ||
    all("IamUserGroupMembership").some(
      (member) => surelyRefersTo(member, "user", user, "name") && surelyRefersTo(member, "groups", group, "name"),
    );
  return (user) => [
    ...all("IamUserPolicyAttachment")
      .filter((attachment) => surelyRefersTo(attachment, "userName", user, "name"))
      .flatMap(attached),
    ...all("IamGroup")
      .filter((group) => isMember(user, group))
      .flatMap(ofGroup),
  ];
}

/** Whether the statements together let somebody do an action: one allows it, and none denies it. */
export function may(statements: readonly Statement[], action: string, arn: string): boolean {
  const on = statements.filter((statement) => covers(statement, action, arn));
  return on.some(({ allows }) => allows) && !on.some(({ allows, conditional }) => !allows && !conditional);
}
