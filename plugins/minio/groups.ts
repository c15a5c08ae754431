/** IamGroup and IamGroupMembership. */
import type { ResourceType } from "../declared/resource";
import { ProviderError } from "../shared/errors";
import type { Json } from "../shared/values";
import { type Client, saysNo } from "./client";

const NAME = /^[0-9A-Za-z=,.@\-_+]+$/;
const checkName = (value: Json) =>
  NAME.test(String(value)) ? undefined : "must consist of letters, digits and =,.@-_+";

function setStatus(client: Client, name: string, disabled: boolean): Promise<unknown> {
  const status = disabled ? "disabled" : "enabled";
  return client.admin({ method: "PUT", name: "set-group-status", query: { group: name, status } });
}

/** Adds members to a group, which is made if there is none. */
function add(client: Client, group: string, members: string[]): Promise<unknown> {
  return client.admin({ method: "PUT", name: "update-group-members", body: { group, members, isRemove: false } });
}

/** Takes members out of a group; without any, removes the group, which must be empty. */
function remove(client: Client, group: string, members: string[]): Promise<unknown> {
  return client.admin({ method: "PUT", name: "update-group-members", body: { group, members, isRemove: true } });
}

export const group: ResourceType<Client> = {
  token: "minio:index/iamGroup:IamGroup",
  named: "name",
  schema: {
    disableGroup: { type: "boolean", default: false },
    forceDestroy: { type: "boolean", default: false },
    groupName: { type: "string", output: true },
    // The official plugin makes a second group on a change and forgets the first.
    name: { type: "string", computed: true, replace: true, check: checkName },
  },

  async create(client, desired) {
    const name = String(desired.name);
    await client.write(`group ${name}`, async () => {
      await add(client, name, []);
      if (desired.disableGroup) await setStatus(client, name, true);
    });
    return { id: name, outputs: { groupName: name } };
  },

  async read(client, id) {
    const info = await client.group(id);
    return info && { id, outputs: { name: id, groupName: id, disableGroup: info.status === "disabled" } };
  },

  async update(client, id, _old, desired) {
    await client.write(`group ${id}`, () => setStatus(client, id, desired.disableGroup === true));
    return { id, outputs: { groupName: id } };
  },

  async delete(client, id, state) {
    await client.write(`group ${id}`, async () => {
      const info = await client.group(id);
      if (!info) return;
      if (info.members.length > 0) {
        if (!state.forceDestroy) {
          const members = info.members.join(", ");
          throw new ProviderError(
            `group "${id}" still has members (${members}): take them out, or set forceDestroy and run \`up\` first`,
          );
        }
        await remove(client, id, info.members);
      }
      await remove(client, id, []);
    });
  },
  fromId: () => ({ forceDestroy: false }),
};

/** Makes the group's members exactly `wanted`. */
async function setMembers(client: Client, name: string, wanted: string[]) {
  await client.write(`group ${name}`, async () => {
    const current = (await client.group(name))?.members ?? [];
    const added = wanted.filter((user) => !current.includes(user));
    const removed = current.filter((user) => !wanted.includes(user));
    if (added.length > 0) await add(client, name, added);
    if (removed.length > 0) await remove(client, name, removed);
  });
  return { users: [...wanted].sort() };
}

export const groupMembership: ResourceType<Client> = {
  token: "minio:index/iamGroupMembership:IamGroupMembership",
  named: "name",
  schema: {
    group: { type: "string", required: true, replace: true },
    name: { type: "string", computed: true, replace: true },
    users: { type: "set", of: { type: "string" }, required: true },
  },

  async create(client, desired) {
    const group = String(desired.group);
    const before = (await client.group(group))?.members ?? [];
    const wanted = [...new Set([...before, ...(desired.users as string[])])];
    await setMembers(client, group, wanted);
    return { id: String(desired.name), outputs: { users: (desired.users as string[]).toSorted() } };
  },

  async read(client, id, state) {
    const info = await client.group(String(state.group));
    return info && { id, outputs: { ...state, users: info.members } };
  },

  update: async (client, id, _old, desired) => ({
    id,
    outputs: await setMembers(client, String(desired.group), desired.users as string[]),
  }),

  async delete(client, _id, state) {
    const group = String(state.group);
    await client
      .write(`group ${group}`, async () => {
        const leaving = ((await client.group(group))?.members ?? []).filter((user) =>
          (state.users as string[]).includes(user),
        );
        if (leaving.length > 0) await remove(client, group, leaving);
      })
      .catch((error) => {
        if (!saysNo(error, "XMinioAdminNoSuchGroup")) throw error;
      });
  },
  fromId(id) {
    const [group, name] = id.split("/");
    if (!group || !name) throw new ProviderError(`"${id}" is no id of a group membership: give <group>/<name>`);
    return { group, name };
  },
};
