import { kindOf } from "../../policies/readers/kubernetes";
import { at, list } from "../../policies/readers/values";
import { resourceAt } from "../plan";
import type { DangerRule } from "./danger";
import { environmentOf } from "./env";

export const backupStopped: DangerRule = {
  name: "backup-stopped",
  why: "Nobody notices until the day on which a backup is needed.",
  *find(change) {
    const [before, after] = [resourceAt(change, "before"), resourceAt(change, "after")];
    if (!before || change.operation === "same") return;
    const kind = kindOf(before);
    const backsUp = [...environmentOf(before).keys()].some((name) => name.startsWith("BACKUP_"));
    if (kind === "ScheduledBackup" || (kind === "CronJob" && backsUp)) {
      if (!after) yield "stops the nightly backups";
      else if (at(after.props, "spec.suspend") === true && at(before.props, "spec.suspend") !== true)
        yield "suspends the nightly backups";
      const [old, next] = [before, after].map((resource) => at(resource?.props, "spec.schedule"));
      if (after && old !== next) yield `backs up at \`${String(next)}\` instead of \`${String(old)}\``;
    }
    if (kind === "ObjectStore" && !after) yield "no longer says where the database is archived";
    const archiving = (props: unknown) =>
      list(at(props, "spec.plugins")).some((plugin) => at(plugin, "isWALArchiver") === true);
    if (kind === "Cluster" && after && archiving(before.props) && !archiving(after.props))
      yield "stops archiving the database's log";
  },
};
