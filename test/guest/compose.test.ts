import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { composeScript, maximumScriptBytes, readRequest, scriptNames, windowsRegion } from "../../lib/guest/compose.ts";
import { emptyRequest, largestRequest } from "./requests.ts";

describe.each(scriptNames)("%s", (name) => {
  const text = composeScript(name, emptyRequest);

  test("says in its first line what it is", () => {
    expect(text.split("\n")[0]).toBe(`# RDP Remediation guest script: ${name}`);
  });

  test("stays below its limit with the largest request", () => {
    expect(Buffer.byteLength(composeScript(name, largestRequest))).toBeLessThan(maximumScriptBytes);
  });

  test("varies in the request alone", () => {
    const slot = /^\$RequestText = '[^']*'$/gm;
    const other = composeScript(name, largestRequest);
    expect(text.match(slot)).toHaveLength(1);
    expect(other.replace(slot, "")).toBe(text.replace(slot, ""));
    expect(composeScript(name, emptyRequest)).toBe(text);
  });

  test("gives its request back", () => {
    expect(readRequest(composeScript(name, largestRequest))).toEqual({ script: name, request: largestRequest });
  });

  test("has the calls that touch Windows in one place", () => {
    const lines = text.split("\n");
    const marks = lines.filter((line) => line.includes("region"));
    expect(marks).toEqual([windowsRegion.begin, windowsRegion.end]);
  });

  test("holds every file in full, and no line that includes one", () => {
    expect(text).not.toContain("$PSScriptRoot");
    expect(text).toContain("function Get-RdpHandshake");
  });
});

test("a request that is not one is a surprise", () => {
  expect(() => composeScript("apply", { ...emptyRequest, step: "'; exit" })).toThrow();
});

test("nothing in a request gets out of its literal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 500 }), (data) => {
      const change = { kind: "remove-registry-value", value: "cipher-policy/Functions", was: { type: "string", data } };
      const text = composeScript("apply", { ...emptyRequest, changes: [change as never] });
      expect(text.split("\n").length).toBe(composeScript("apply", emptyRequest).split("\n").length);
    }),
  );
});

test.each([
  ["nothing", ""],
  ["a stranger", "Get-Service TermService\n$RequestText = 'H4sI'\n"],
  ["a script without a request", composeScript("undo", emptyRequest).replace(/^\$RequestText.*$/m, "")],
  ["a damaged request", composeScript("undo", emptyRequest).replace(/^\$RequestText = 'H4sI/m, "$RequestText = 'H4sJ")],
  ["an unknown script", composeScript("undo", emptyRequest).replace("script: undo", "script: wipe")],
])("%s is not read as one of ours", (_, text) => {
  expect(readRequest(text)).toBeNull();
});
