import { expect, test } from "vitest";
import { serverParameters, settingsFile } from "../../components/postgis-settings";

test.each([
  ["128Mi", "131072kB"],
  ["1.5Gi", "1572864kB"],
  ["0.5Ti", "536870912kB"],
])("shared buffers of %s are %s, a whole number in a unit that PostgreSQL knows", (sharedBuffers, setting) => {
  const settings = settingsFile(serverParameters({ maxConnections: 20, sharedBuffers }));
  expect(settings).toContain(`\nshared_buffers = '${setting}'\n`);
});
