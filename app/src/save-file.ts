import type { Context } from "./view.ts";

/** Saves a file that the service makes, e.g. a report. It needs the person's token, so a plain link cannot fetch it. */
export async function saveFile(
  context: Context,
  name: string,
  request: Parameters<Context["api"]["ask"]>[0],
): Promise<void> {
  const answer = await context.api.ask(request);
  if (!answer.ok) {
    context.announce(answer.problem.message);
    context.connection(answer.problem);
    return;
  }
  const url = URL.createObjectURL(answer.value as Blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  context.announce(`${name} was saved.`);
}
