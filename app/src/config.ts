/** What the service says about itself before anybody has signed in, in the index of the page. */
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

/** @throws Error when the page was not served by the service */
export function readConfig(): PageConfig {
  const config: PageConfig | null = JSON.parse(document.getElementById("config")?.textContent ?? "null");
  if (config === null) throw new Error("This page must be opened at the address of the service.");
  return config;
}
