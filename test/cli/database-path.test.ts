import { expect, test } from "vitest";
import { databasePath } from "../../cli/database-path.ts";
import { readSettings } from "../../lib/settings.ts";

test.each([{}, { RDP_REMEDIATION_DATABASE: "/elsewhere/runs.sqlite" }])(
  "with %j it is that of the settings",
  (environment) => {
    const settings = readSettings(environment);
    expect(settings.ok && settings.value.database).toBe(databasePath(environment));
  },
);
