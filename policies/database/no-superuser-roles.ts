import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { at, list, text } from "../readers/values";

/** Rights of a role that reach over all databases. */
const RIGHTS = ["superuser", "createRole", "createDatabase", "replication", "bypassRowLevelSecurity"];
/** Roles of PostgreSQL itself whose members read or run files on the server, or act as any role. */
const MIGHTY = /^(postgres|pg_(read|write)_server_files|pg_execute_server_program|pg_write_all_data)$/;

export const noSuperuserRoles: ResourcePolicy = {
  name: "no-superuser-roles",
  demand: "No role of the lake is superuser, makes roles or databases, or is a member of one that is.",
  why: "A superuser reads and runs files on the server: one injection in a step, and it is the server and every row of it.",
  looksAt: `${RIGHTS.map((right) => `\`${right}\``).join(", ")} and \`roles\` of postgresql's Role; \`grantRole\` of GrantRole`,
  remedy: "Grant the rights on schemas and tables that the step needs, by a group role.",
  levels: everywhere,
  *check({ type, props }) {
    if (type === "postgresql:index/role:Role") {
      const rights = RIGHTS.filter((right) => at(props, right) === true);
      if (rights.length) yield `it has ${rights.join(", ")}`;
      const groups = list(at(props, "roles"))
        .map(text)
        .filter((role) => role && MIGHTY.test(role));
      if (groups.length) yield `it is a member of ${groups.join(", ")}`;
    }
    const granted = text(at(props, "grantRole"));
    if (type === "postgresql:index/grantRole:GrantRole" && granted && MIGHTY.test(granted))
      yield `it grants ${granted}`;
  },
};
