import { app } from "@azure/functions";
import * as durable from "durable-functions";
import { type DriveInput, driveRun, durableNames } from "../lib/durable/orchestrator.ts";
import { durableClient, serviceOf } from "./service.ts";

/** Registers the orchestration of a run, and the one activity that does its work. */
export function registerEngine(): void {
  durable.app.orchestration(durableNames.orchestration, driveRun as durable.OrchestrationHandler);
  durable.app.activity(durableNames.activity, {
    extraInputs: [durableClient],
    handler: async (input: DriveInput, context) => (await serviceOf(context)).advance(input),
  });
}

/** Registers the timer: every 30 s it resumes lost runs, and every hour it deletes left-over data. */
export function registerSweeper(): void {
  app.timer("sweep", {
    schedule: "*/30 * * * * *",
    extraInputs: [durableClient],
    handler: async (_timer, context) => (await serviceOf(context)).sweep(),
  });
}
