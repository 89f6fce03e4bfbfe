import { notFound } from "../arm-error.ts";
import { jsonReply } from "../http.ts";
import { retryAfter } from "../operations.ts";
import type { Handler } from "../route.ts";

/** The status of an operation; with `monitor=true`, its result when it has ended. */
export const getOperation: Handler = ({ params, query, path }, azure) => {
  const operation = azure.operations.find(params.operation ?? "");
  if (!operation) return notFound(path);
  const { id, startTime, endTime, end } = operation;
  const wait = retryAfter(azure.world.runCommand.seconds);
  if (query.get("monitor")?.toLowerCase() === "true") {
    if (!end) return { status: 202, headers: wait };
    return end.ok ? resultOf(end.output) : jsonReply({ error: { code: end.code, message: end.message } }, 200);
  }
  if (!end) return jsonReply({ startTime, status: "InProgress", name: id }, 200, wait);
  if (!end.ok) {
    return jsonReply({
      startTime,
      endTime,
      status: "Failed",
      error: { code: end.code, message: end.message },
      name: id,
    });
  }
  return jsonReply({
    startTime,
    endTime,
    status: "Succeeded",
    ...(end.output !== undefined && { properties: { output: end.output } }),
    name: id,
  });
};

function resultOf(output: unknown) {
  return output === undefined ? { status: 200 } : jsonReply(output);
}
