import { z } from "zod";

/** As much of vitest's JSON report as tells where the time goes. Times are in milliseconds of the wall clock. */
export const TimedReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});
export type TimedReport = z.infer<typeof TimedReport>;

interface Suite {
  readonly name: string;
  readonly seconds: number;
  /** Scenarios that ran. */
  readonly ran: number;
  readonly skipped: number;
}

/** One line for each file, slowest first. `root` is the checkout, whose path is left out. */
export function filesOf({ testResults }: TimedReport, root: string): Suite[] {
  return testResults
    .map(({ name, startTime, endTime, assertionResults }) => {
      const ran = assertionResults.filter(({ status }) => status === "passed" || status === "failed").length;
      const path = name.replaceAll("\\", "/").replace(`${root.replaceAll("\\", "/").replace(/\/$/, "")}/`, "");
      return { name: path, seconds: (endTime - startTime) / 1000, ran, skipped: assertionResults.length - ran };
    })
    .sort((one, other) => other.seconds - one.seconds);
}

/** The same for each suite: a folder of `test`. */
export function suitesOf(report: TimedReport, root: string): Suite[] {
  const suites = new Map<string, Suite>();
  for (const file of filesOf(report, root)) {
    const name = file.name.split("/").slice(0, -1).slice(0, 2).join("/");
    const { seconds, ran, skipped } = suites.get(name) ?? { seconds: 0, ran: 0, skipped: 0 };
    suites.set(name, {
      name,
      seconds: seconds + file.seconds,
      ran: ran + file.ran,
      skipped: skipped + file.skipped,
    });
  }
  return [...suites.values()].sort((one, other) => one.name.localeCompare(other.name));
}

/** What `npm run test:times` prints. `wallSeconds` is the whole run, start of vitest included. */
export function describeTimes(report: TimedReport, root: string, wallSeconds: number | null, slowest = 20): string[] {
  const line = ({ seconds, ran, skipped, name }: Suite) =>
    `${seconds.toFixed(1).padStart(8)} ${String(ran).padStart(6)} ${String(skipped).padStart(7)}  ${name}`;
  const head = "seconds    ran skipped";
  const suites = suitesOf(report, root);
  const sum = (figure: "seconds" | "ran" | "skipped") => suites.reduce((all, one) => all + one[figure], 0);
  const total = { name: "all", seconds: sum("seconds"), ran: sum("ran"), skipped: sum("skipped") };
  return [
    `${head}  suite`,
    ...suites.map(line),
    line(total),
    "",
    `${head}  file`,
    ...filesOf(report, root).slice(0, slowest).map(line),
    ...(wallSeconds === null ? [] : ["", `The whole run took ${wallSeconds.toFixed(0)} s.`]),
  ];
}
