import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Environment } from "../../lib/environment.ts";

/* That parameter files fit main.bicep is the compiler's to say: test/infra/bicep.test.ts. It does not know the service. */

const files = ["infra/main.parameters.json", ...globSync("infra/parameters/*.json").sort()];

test.each(files)("the settings of %s are ones that the service can use", (path) => {
  const given = JSON.parse(readFileSync(path, "utf8")).parameters.settings?.value ?? {};
  const settings = typeof given === "string" ? {} : given;
  expect(Environment.safeParse(settings).error?.issues ?? []).toEqual([]);
});
