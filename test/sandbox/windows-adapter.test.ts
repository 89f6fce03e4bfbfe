import { describe, expect, test } from "vitest";
import { composeScript, windowsRegion } from "../../lib/guest/compose.ts";
import { GuestRequest } from "../../lib/guest/protocol.ts";
import { adapterFunctionNames, adapterFunctions } from "../../sandbox/windows/adapter-functions.ts";

const request = GuestRequest.parse({
  version: 1,
  runId: "00000000-0000-4000-8000-000000000001",
  step: "apply-1",
  notAfter: "2026-11-21T08:10:00.000Z",
});

/** The functions of windows.ps1 with their parameters, read from the text that runs on a VM. */
function realFunctions(): Map<string, string[]> {
  const script = composeScript("apply", request);
  const region = script.slice(script.indexOf(windowsRegion.begin), script.indexOf(windowsRegion.end));
  const functions = region.matchAll(/^function ([\w-]+)(?:\(([^)]*)\))?/gm);
  return new Map(
    [...functions].map(([, name = "", parameters = ""]) => [
      name,
      [...parameters.matchAll(/\$(\w+)/g)].map(([, parameter = ""]) => parameter),
    ]),
  );
}

describe("the Windows adapter in PowerShell and in the sandbox have the same functions", () => {
  const real = realFunctions();

  test.each(adapterFunctionNames)("%s takes the same parameters", (name) => {
    expect(real.get(name)).toEqual([...adapterFunctions[name].parameters]);
  });
});
