import { describe, expect, test } from "vitest";
import { isQuiet, isTimeZone } from "../../lib/notifications/quiet-hours.ts";
import { selects } from "../../lib/notifications/rules.ts";
import { aReceiver, happening, sampleData } from "./samples.ts";

const at = new Date("2026-11-21T08:00:00Z");
const subscription = "/subscriptions/00000000-0000-4000-8000-000000000001";

describe("the rules of a receiver", () => {
  test.each([
    [{}, true],
    [{ events: ["run.plan-waits"] }, true],
    [{ events: ["run.ended", "operation.ended"] }, false],
    [{ minimumSeverity: "error" }, true],
    [{ minimumSeverity: "critical" }, false],
    [{ scopes: [subscription] }, true],
    [{ scopes: [`${subscription}/resourceGroups/APP`] }, true],
    [{ scopes: [`${subscription}/resourceGroups/app2`] }, false],
    [{ scopes: [`${subscription}/resourceGroups/other`, `${subscription}/resourceGroups/app`] }, true],
    [{ scopes: [sampleData.vm?.id] }, true],
    [{ scopes: ["/subscriptions/00000000-0000-4000-8000-000000000002"] }, false],
    [{ vmPrefix: "VM-app" }, true],
    [{ vmPrefix: "vm-db" }, false],
    [{ vmPrefix: "vm-app", scopes: ["/subscriptions/00000000-0000-4000-8000-000000000002"] }, false],
  ])("%j select an error about vm-app-01: %s", (rules, isSelected) => {
    expect(selects(aReceiver(rules), happening(), [], at)).toBe(isSelected);
  });

  test.each([
    [{}, true],
    [{ scopes: [subscription] }, true],
    // Who may know of a part is not told about the whole.
    [{ scopes: [`${subscription}/resourceGroups/app`] }, false],
    [{ scopes: ["/subscriptions/00000000-0000-4000-8000-000000000003"] }, false],
    [{ vmPrefix: "vm-" }, false],
  ])("%j select an operation in that subscription: %s", (rules, isSelected) => {
    const ended = happening({ vm: null }, "operation.ended");
    expect(selects(aReceiver(rules), ended, ["00000000-0000-4000-8000-000000000001"], at)).toBe(isSelected);
  });

  test("quiet hours that drop select nothing within them but what is urgent", () => {
    const quietHours = { timeZone: "UTC", mode: "drop", periods: [{ from: "00:00", to: "12:00" }] };
    const receiver = aReceiver({ quietHours });
    expect(selects(receiver, happening({}, "run.ended"), [], at)).toBe(false);
    expect(selects(receiver, happening({}, "run.plan-waits"), [], at)).toBe(true);
    expect(selects(receiver, happening({}, "run.ended"), [], new Date("2026-11-21T12:00:00Z"))).toBe(true);
    expect(selects(aReceiver({ quietHours: { ...quietHours, urgent: [] } }), happening(), [], at)).toBe(false);
  });

  test("quiet hours that hold select the event; the dispatcher keeps it from being sent", () => {
    const receiver = aReceiver({ quietHours: { timeZone: "UTC", periods: [{ from: "00:00", to: "12:00" }] } });
    expect(selects(receiver, happening({}, "run.ended"), [], at)).toBe(true);
  });
});

describe("quiet hours", () => {
  const nights = { timeZone: "Europe/Berlin", periods: [{ days: ["Fri", "Sat"], from: "22:00", to: "06:00" }] };

  // 20 November 2026 is a Friday; Berlin is an hour ahead of UTC then, and two hours in summer.
  test.each([
    ["2026-11-20T20:59:00Z", false],
    ["2026-11-20T21:00:00Z", true],
    ["2026-11-21T04:59:00Z", true],
    ["2026-11-21T05:00:00Z", false],
    ["2026-11-22T04:59:00Z", true],
    // Sunday night does not begin on Sunday, and Friday morning belongs to Thursday night.
    ["2026-11-22T21:00:00Z", false],
    ["2026-11-20T04:00:00Z", false],
    ["2026-07-17T19:59:00Z", false],
    ["2026-07-17T20:00:00Z", true],
    ["2026-07-18T03:59:00Z", true],
    ["2026-07-18T04:00:00Z", false],
  ])("of Friday and Saturday nights in Berlin have begun at %s: %s", (time, quiet) => {
    expect(isQuiet(nights, new Date(time))).toBe(quiet);
  });

  test("follow the clocks in the night in which they are changed", () => {
    const periods = [{ days: ["Sun"], from: "01:00", to: "03:00" }];
    const zone = { timeZone: "Europe/Berlin", periods };
    // On 25 October 2026 the hour from 2:00 comes twice: three hours of quiet; on 28 March 2027 it is left out: one hour.
    const minutes = (from: string) =>
      Array.from({ length: 24 * 60 }, (_, minute) => new Date(Date.parse(from) + minute * 60_000)).filter((at) =>
        isQuiet(zone, at),
      ).length;
    expect(minutes("2026-10-24T12:00:00Z")).toBe(180);
    expect(minutes("2027-03-27T12:00:00Z")).toBe(60);
  });

  test("from a time to the same time last a day", () => {
    const day = { timeZone: "UTC", periods: [{ days: ["Mon"], from: "08:00", to: "08:00" }] };
    expect(isQuiet(day, new Date("2026-11-23T07:59:00Z"))).toBe(false);
    expect(isQuiet(day, new Date("2026-11-23T08:00:00Z"))).toBe(true);
    expect(isQuiet(day, new Date("2026-11-24T07:59:00Z"))).toBe(true);
    expect(isQuiet(day, new Date("2026-11-24T08:00:00Z"))).toBe(false);
  });

  test.each([
    ["Europe/Berlin", true],
    ["UTC", true],
    ["Europe/Atlantis", false],
    ["+02:00", false],
    ["", false],
  ])("know the time zone %s: %s", (name, isKnown) => {
    expect(isTimeZone(name)).toBe(isKnown);
  });
});
