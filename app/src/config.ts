/** What the service says about itself before anybody has signed in (`/app/config.json`). */
export interface PageConfig {
  readonly authority: string;
  readonly tenantId: string;
  /** `null`: the page is not registered in the tenant yet. */
  readonly clientId: string | null;
  readonly scope: string;
  readonly portal: string;
  /** The world of a sandbox. */
  readonly simulated: string | null;
}

/** @throws Error when the service does not answer */
export async function readConfig(): Promise<PageConfig> {
  const answer = await fetch(new URL("config.json", document.baseURI));
  if (!answer.ok)
    throw new Error(`The service answered with HTTP ${answer.status} when the page asked where to sign in.`);
  return answer.json();
}
