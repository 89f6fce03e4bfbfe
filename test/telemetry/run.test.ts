import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { startMonitor, stopMonitor } from "../../lib/azure/monitor.ts";
import type { Run } from "../../lib/core/run.ts";
import { createRunLog } from "../../lib/telemetry/run-log.ts";
import { createRunWatcher } from "../../lib/telemetry/run-watcher.ts";
import { readWorld, serveWorld } from "../fixtures/sandbox-service.ts";
import { type Envelope, startIngestion } from "./ingestion.ts";

/*
 * A whole run against the sandbox, with Azure Monitor's distribution as the Functions app uses it, and what reaches the
 * ingestion: nothing between them is stood in for.
 */

/** Where somebody connects from. */
const client = "10.0.0.77";

describe("a repair, as Application Insights is told of it", () => {
  let envelopes: Envelope[] = [];
  let run: Run;
  const lines: string[] = [];

  beforeAll(async () => {
    const ingestion = await startIngestion();
    await startMonitor({ connectionString: ingestion.connectionString, credential: null, sampling: 1 });
    const watchers = [createRunWatcher(), createRunLog((line) => lines.push(line))];
    const service = await serveWorld(readWorld("several-faults"), "modelled", { watchers });
    ingestion.trust();
    run = await service.run("repair", { sources: [client] });
    await service.close();
    await stopMonitor();
    envelopes = ingestion.envelopes;
    await ingestion.close();
  });

  test("the run was repaired", () => {
    expect(run.outcome?.kind).toBe("repaired");
  });

  test("its spans are the tree that the documents show", () => {
    const documented = /```\n(run repair\n[^`]*)```/.exec(readFileSync("docs/telemetry.md", "utf8"))?.[1];
    expect(`${treeOf(envelopes, run.id).join("\n")}\n`).toBe(documented);
  });

  test("all of them are in the trace that bears the run's id", () => {
    const traces = new Set(spansOf(envelopes).map(({ tags }) => tags["ai.operation.id"]));
    expect([...traces]).toEqual([run.id.replaceAll("-", "")]);
  });

  test("the metrics count the run, its causes, and what the guest said", () => {
    const names = metricsOf(envelopes).flatMap(({ name }) => (name.startsWith("rdp.") ? name : []));
    expect(new Set(names)).toEqual(new Set(["rdp.runs", "rdp.causes", "rdp.time_to_repair", "rdp.guest_reply_bytes"]));
    const causes = metricsOf(envelopes).filter(({ name }) => name === "rdp.causes");
    const faulty = run.findings.filter(({ verdict }) => verdict === "faulty").map(({ check }) => check);
    expect(causes.map(({ properties }) => properties["rdp.cause"]).sort()).toEqual(faulty.sort());
  });

  test("nothing tells who asked and from where, nor what the guest said beyond its findings", () => {
    for (const sent of [JSON.stringify(envelopes), lines.join("\n")]) {
      expect(sent).toContain(run.id);
      expect(secretsOf(run).filter((word) => sent.includes(word))).toEqual([]);
    }
  });

  test("the log has a line for each state, with the run's id", () => {
    const states = lines.map((line) => JSON.parse(line)).filter(({ run: id }) => id === run.id);
    expect(states.map(({ state }) => state)).toEqual(["preflight", "collecting", "applying", "ended"]);
    expect(states.at(-1)).toMatchObject({ outcome: "repaired", problem: null });
  });
});

/** What of a run may not be told, in words that would show: thumbprints, SIDs and names of key files among them. */
function secretsOf(run: Run): string[] {
  const told = JSON.stringify([run.findings, run.receipts]);
  const guest = [...told.matchAll(/S-1-5-[\d-]+|[0-9A-F]{40}|f686aace\w+/g)].map(([word]) => word);
  expect(guest).not.toEqual([]);
  return [run.trigger.by, client, "MachineGuid", ...guest, ...run.findings.map(({ because }) => because)];
}

function spansOf(envelopes: readonly Envelope[]): Envelope[] {
  return envelopes.filter(({ data }) => /Request|Dependency/.test(data.baseType));
}

function metricsOf(envelopes: readonly Envelope[]) {
  return envelopes
    .filter(({ data }) => data.baseType === "MetricData")
    .flatMap(({ data: { baseData } }) =>
      (baseData.metrics ?? []).map((metric) => ({ ...metric, properties: baseData.properties ?? {} })),
    );
}

/**
 * The spans of a run, that of the whole run first, the others in the order in which they began, children below their
 * parents; what repeats itself stands once. Sign-ins are left out: whether a token is at hand is another story.
 */
function treeOf(envelopes: readonly Envelope[], runId: string): string[] {
  const spans = spansOf(envelopes).toSorted(
    (a, b) => Number(isWhole(b)) - Number(isWhole(a)) || a.time.localeCompare(b.time),
  );
  const ids = new Set(spans.map(({ data }) => data.baseData.id));
  const parentOf = ({ tags }: Envelope) => tags["ai.operation.parentId"];
  const top = spans.filter(
    (span) => !ids.has(parentOf(span)) && span.tags["ai.operation.id"] === runId.replaceAll("-", ""),
  );
  const blocks = top.map((span) => {
    const children = spans
      .filter((child) => parentOf(child) === span.data.baseData.id)
      .map(nameOf)
      .filter((name) => !name.endsWith(".getToken"));
    return [nameOf(span), ...[...new Set(children)].sort().map((name) => `  ${name}`)];
  });
  return blocks.filter((block, at) => JSON.stringify(block) !== JSON.stringify(blocks[at - 1])).flat();
}

/** The sandbox' clock is fast: by its own time the whole run would begin after its parts. */
function isWhole(span: Envelope): boolean {
  return nameOf(span).startsWith("run ");
}

function nameOf({ data }: Envelope): string {
  return data.baseData.name ?? "";
}
