import { expect, test } from "vitest";
import { isJitAllow, isJitDeny } from "../../lib/core/jit.ts";

test.each([
  ["SecurityCenter-JITRule_-1034953063_0F1E2D3C4B5A69788796A5B4C3D2E1F0", true, false],
  ["MicrosoftDefenderForCloud-JITRule_-1151891693_545C5DBC675443D3BF179EFD1EF8254D", true, false],
  ["SecurityCenter-JITRule-1034953063-0F1E2D3C4B5A69788796A5B4C3D2E1F0", false, true],
  ["MicrosoftDefenderForCloud-JITRule-1151891693-545C5DBC675443D3BF179EFD1EF8254D", false, true],
  ["My-SecurityCenter-JITRule_-1_A", false, false],
  ["JITRule_-1_A", false, false],
  ["deny-rdp", false, false],
  [null, false, false],
])("%s", (name, denies, allows) => {
  expect([isJitDeny(name), isJitAllow(name)]).toEqual([denies, allows]);
});
