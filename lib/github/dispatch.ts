import { fail, ok, type Problem } from "../core/problem.ts";
import type { FixPipeline } from "../runs/ports.ts";

export interface DispatchSettings {
  /** `owner/name`. */
  readonly repository: string;
  /** May write the contents of that repository, and nothing else. Never logged, never in a message. */
  readonly token: string;
  /** GitHub's REST API, without a slash at the end; of GitHub Enterprise Server `https://HOST/api/v3`. */
  readonly endpoint: string;
}

/** The event that starts the workflow, and the workflow's file. */
const eventType = "rdp-network-fix";
const workflow = "network-fix.yml";
const patienceMs = 15_000;

/**
 * Starts the workflow that deploys network fixes by a repository dispatch event [GitHub REST]. The event holds only the
 * run's id. The workflow fetches the proposals from the service under its own identity. `send` carries the request.
 */
export function createGitHubPipeline(
  { repository, token, endpoint }: DispatchSettings,
  send: typeof fetch = fetch,
): FixPipeline {
  return {
    async start(runId) {
      // App Service leaves this in the setting when it may not read the secret, or when the secret does not exist.
      if (token.startsWith("@Microsoft.KeyVault(")) {
        const why =
          "The Key Vault reference of RDP_REMEDIATION_DISPATCH_TOKEN is not resolved. Check the app's right to the secret.";
        return fail("pipeline-refused", why);
      }
      try {
        const answer = await send(`${endpoint}/repos/${repository}/dispatches`, {
          method: "POST",
          headers: {
            accept: "application/vnd.github+json",
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            "user-agent": "rdp-remediation",
            "x-github-api-version": "2022-11-28",
          },
          body: JSON.stringify({ event_type: eventType, client_payload: { run_id: runId } }),
          // A redirect would take the token elsewhere.
          redirect: "error",
          signal: AbortSignal.timeout(patienceMs),
        });
        await answer.body?.cancel();
        if (answer.status !== 204) return { ok: false, problem: refused(answer, repository) };
        return ok({ page: `${siteOf(endpoint)}/${repository}/actions/workflows/${workflow}` });
      } catch {
        // The error may quote the request, and the request contains the token.
        const why = `GitHub was not reached at ${endpoint}. Check the network, or start the workflow by hand.`;
        return fail("pipeline-refused", why, { retryable: true });
      }
    },
  };
}

function siteOf(endpoint: string): string {
  const { origin, hostname } = new URL(endpoint);
  return hostname === "api.github.com" ? "https://github.com" : origin;
}

function refused({ status, headers }: Response, repository: string): Problem {
  const seconds = Number(headers.get("retry-after"));
  const spent = headers.get("x-ratelimit-remaining") === "0";
  if (status >= 500 || status === 429 || (status === 403 && (seconds > 0 || spent))) {
    const wait = seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
    return fail("pipeline-refused", `GitHub answered HTTP ${status}.`, { retryable: true, ...wait }).problem;
  }
  return fail(
    "pipeline-refused",
    `GitHub refused to start the workflow in ${repository} (HTTP ${status}). Check the repository, and that the token may write its contents; or start the workflow there with the id of this run.`,
  ).problem;
}
