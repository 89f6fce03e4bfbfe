/**
 * The page of a run or an operation, for people: they sign in there. A link carries neither a token nor a decision.
 * `publicUrl` is the service's own, without a slash at the end.
 */
export function pageOf(publicUrl: string, kind: "runs" | "operations", id: string): string {
  return `${publicUrl}/app/#/${kind}/${id}`;
}
