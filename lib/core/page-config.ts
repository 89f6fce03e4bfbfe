/** What the operator page needs to know before anybody has signed in. Nothing of it is secret. */
export interface PageConfig {
  /** The tenant at its authority, e.g. `https://login.microsoftonline.com/{tenant}`. */
  readonly authority: string;
  readonly tenantId: string;
  /** `null`: nobody has registered the page yet. */
  readonly clientId: string | null;
  /** The delegated permission of the API that the page asks for. */
  readonly scope: string;
  /** The Azure portal of the cloud. */
  readonly portal: string;
  /** The world of a sandbox; `null` where Azure is real. */
  readonly simulated: string | null;
}
