/** Who has rights in the object store that no resource gives: Pulumi reads what it attached, and not what is attached beside it. */
import type { Client, GroupInfo, UserInfo } from "../../plugins/minio/client";
import { groupMembership } from "../../plugins/minio/groups";
import { groupPolicyAttachment, userPolicyAttachment } from "../../plugins/minio/iam-policies";
import type { Looked } from "../drift";
import { ofType, type Resource } from "../state";

type Attachment = typeof userPolicyAttachment;

/** Of `list-users`: by name, everybody but root. */
type Users = Record<string, { status: UserInfo["status"]; policyName?: string; memberOf?: string[] }>;

export async function lookAtStoreRights(client: Client, resources: readonly Resource[]): Promise<Looked[]> {
  const groups = ofType(resources, "minio:index/iamGroup:IamGroup").map(({ id }) => id);
  const attachedTo = (kind: Attachment, property: string, name: string) =>
    ofType(resources, kind.token).flatMap(({ inputs }) =>
      inputs[property] === name ? [String(inputs.policyName)] : [],
    );
  const declaredUser = (name: string) =>
    ofType(resources, "minio:index/iamUser:IamUser").find((resource) => resource.id === name)?.urn;

  const call = { method: "GET", name: "list-users", sealed: true } as const;
  const users = (await client.once<Users | null>(call, "")) ?? {};
  const ofUsers = Object.entries(users).flatMap(([name, { policyName = "", memberOf = [] }]) => {
    const holder = { urn: declaredUser(name), name: `user ${name}` };
    const detach = (policyName: string) => userPolicyAttachment.delete(client, "", { userName: name, policyName });
    const leave = (group: string) => groupMembership.delete(client, "", { group, users: [name] });
    const policies = policyName.split(",").filter(Boolean);
    return [
      ...extra(holder, "policies", policies, attachedTo(userPolicyAttachment, "userName", name), detach),
      // Who is in the stack's own groups is a resource of each group.
      ...extra(
        holder,
        "groups",
        memberOf,
        memberOf.filter((group) => groups.includes(group)),
        leave,
      ),
    ];
  });
  const ofGroups = await Promise.all(
    groups.map(async (name) => {
      const { policies = [] } = ((await client.group(name)) ?? {}) as Partial<GroupInfo>;
      const detach = (policyName: string) => groupPolicyAttachment.delete(client, "", { groupName: name, policyName });
      const declared = attachedTo(groupPolicyAttachment, "groupName", name);
      return extra({ name: `group ${name}` }, "policies", policies, declared, detach);
    }),
  );
  return [...ofUsers, ...ofGroups.flat()];
}

/** What somebody holds beyond what is declared, and how it is taken away. */
function extra(
  holder: { urn?: string; name: string },
  path: string,
  held: readonly string[],
  declared: readonly string[],
  take: (one: string) => Promise<unknown>,
): Looked[] {
  const beyond = held.filter((one) => !declared.includes(one));
  if (beyond.length === 0) return [];
  const should = JSON.stringify(held.filter((one) => declared.includes(one)));
  return [
    {
      ...holder,
      differences: [{ path, is: JSON.stringify(held), should }],
      async restore() {
        for (const one of beyond) await take(one);
      },
    },
  ];
}
