import type { ApiResponse } from "./api-message.ts";

/*
 * How a client of the Model Context Protocol finds out where to sign in: the 401 of its path names the metadata, whose path
 * follows from it (RFC 9728, sections 3.1 and 5.1).
 */

export const mcpPath = "/api/mcp";
export const metadataPath = `/.well-known/oauth-protected-resource${mcpPath}`;

/** The response to a caller of `path` who is not signed in, with where the metadata is. `base`: of links, without a slash. */
export function withMetadata(response: ApiResponse, path: string, base: string): ApiResponse {
  const challenge = response.headers["www-authenticate"];
  if (path !== mcpPath || challenge === undefined) return response;
  const named = `${challenge}, resource_metadata="${base}${metadataPath}"`;
  return { ...response, headers: { ...response.headers, "www-authenticate": named } };
}
