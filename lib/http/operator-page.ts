import { hash } from "node:crypto";
import { brotliCompressSync, brotliDecompressSync, gzipSync } from "node:zlib";
import { z } from "zod";
import type { PageConfig } from "../core/page-config.ts";
import type { ApiRequest, ApiResponse } from "./api-message.ts";
import { errorResponse } from "./error-response.ts";

/*
 * Serves the operator page at /app/: static files that were built beforehand (scripts/build-page.ts); its index also says
 * where to sign in. No cookie and no session: the page calls the API with the person's own token.
 */

/** The files of the page, as scripts/build-page.ts writes them. */
export const BuiltPage = z.strictObject({
  /** Digest of what it was built from. */
  source: z.string(),
  files: z.array(
    z.strictObject({
      /** Below /app/, e.g. `assets/main-1a2b3c4d.js`. */
      path: z.string(),
      type: z.string(),
      /** Its name changes with its content. */
      hashed: z.boolean(),
      /** Base64 of its bytes, compressed with Brotli. */
      brotli: z.string(),
    }),
  ),
});
export type BuiltPage = z.infer<typeof BuiltPage>;

/** The built page; `null` when its file does not exist, as in a clone before `npm run build`. */
export function readBuiltPage(read: () => string): BuiltPage | null {
  try {
    return BuiltPage.parse(JSON.parse(read()));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

interface Served {
  readonly type: string;
  readonly etag: string;
  readonly caching: string;
  readonly brotli: Uint8Array;
  /** Made at the first request that needs it. */
  plain?: Uint8Array;
  gzip?: Uint8Array;
}

export const pagePath = "/app";

/** Answers a request for a path of the page; `null` for any other path. */
export type ServePage = (request: ApiRequest) => ApiResponse | null;

const forever = "public, max-age=31536000, immutable";
/** Always asked for again, by its ETag: it names the hashed files of the newest version. */
const revalidated = "no-cache";

/** `built`: `null` when the page has not been built where this program runs. */
export function createPage(built: BuiltPage | null, config: PageConfig): ServePage {
  const headers = securityHeaders(config);
  const files = new Map<string, Served>(
    (built?.files ?? []).map(({ path, type, hashed, brotli }) => {
      const bytes = Buffer.from(brotli, "base64");
      const whole = path === "index.html" ? withConfig(bytes, config) : bytes;
      return [
        `${pagePath}/${path}`,
        { type, etag: etagOf(whole), caching: hashed ? forever : revalidated, brotli: whole },
      ];
    }),
  );
  const index = files.get(`${pagePath}/index.html`);
  if (index) files.set(`${pagePath}/`, index);

  return (request) => {
    const path = URL.parse(request.url)?.pathname ?? "";
    if (path !== pagePath && !path.startsWith(`${pagePath}/`)) return null;
    if (request.method !== "GET" && request.method !== "HEAD") {
      return errorResponse(405, "MethodNotAllowed", "Use GET or HEAD here.", {
        headers: { allow: "GET, HEAD", ...headers },
      });
    }
    // Relative, so that it also holds behind a gateway that adds a prefix.
    if (path === pagePath) return { status: 308, headers: { ...headers, location: "app/" }, body: "" };
    const file = files.get(path);
    if (!file) return missing(built !== null, headers);
    const { encoding, bytes } = encode(file, request.headers["accept-encoding"] ?? "");
    return unlessSeen(
      request,
      {
        etag: file.etag,
        "content-type": file.type,
        "cache-control": file.caching,
        vary: "Accept-Encoding",
        ...(encoding && { "content-encoding": encoding }),
        ...headers,
      },
      bytes,
    );
  };
}

function missing(isBuilt: boolean, headers: Record<string, string>): ApiResponse {
  return isBuilt
    ? errorResponse(404, "NotFound", "The page has no such file. Open /app/ instead.", { headers })
    : errorResponse(404, "PageNotBuilt", "The operator page is not built here. Run `npm run build`, and start again.", {
        headers,
      });
}

/** The same tag for each encoding: it is weak, because the bytes differ. */
function etagOf(bytes: Uint8Array): string {
  return `W/"${hash("sha256", bytes, "base64url").slice(0, 22)}"`;
}

/** The place of the configuration in the index: a block of data, which no browser executes. */
const configPlace = /(<script type="application\/json" id="config">)[^<]*(<\/script>)/;

/** The index with its configuration in it, so that the page need not ask for it before it can sign anybody in. */
function withConfig(brotli: Uint8Array, config: PageConfig): Uint8Array {
  const text = brotliDecompressSync(brotli).toString();
  if (!configPlace.test(text)) throw new Error("The built page has no place for its configuration. Build it again.");
  const data = JSON.stringify(config).replaceAll("<", "\\u003c");
  return brotliCompressSync(text.replace(configPlace, (_, begin: string, end: string) => begin + data + end));
}

function unlessSeen(request: ApiRequest, headers: Record<string, string>, body: string | Uint8Array): ApiResponse {
  const seen = (request.headers["if-none-match"] ?? "").split(",").map((tag) => tag.trim());
  if (!seen.includes(headers.etag ?? "")) return { status: 200, headers, body };
  const { "content-type": _, "content-encoding": __, ...others } = headers;
  return { status: 304, headers: others, body: "" };
}

function encode(file: Served, accepted: string): { encoding: string | null; bytes: Uint8Array } {
  const accepts = (name: string) =>
    new RegExp(`(^|[\\s,])${name}(\\s*;\\s*q=(?!0(\\.0*)?(\\s|,|$))[\\d.]+)?\\s*(,|$)`).test(accepted);
  if (accepts("br")) return { encoding: "br", bytes: file.brotli };
  file.plain ??= brotliDecompressSync(file.brotli);
  if (!accepts("gzip")) return { encoding: null, bytes: file.plain };
  file.gzip ??= gzipSync(file.plain, { level: 9 });
  return { encoding: "gzip", bytes: file.gzip };
}

/**
 * Scripts and styles of this origin alone, connections to the API and to the sign-in alone, no frame in either direction,
 * and no text that becomes markup: `lit-html` is the one policy of Trusted Types, for the page's own templates.
 */
function securityHeaders({ authority }: PageConfig): Record<string, string> {
  const policy = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": `'self' ${new URL(authority).origin}`,
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "lit-html",
  };
  return {
    "content-security-policy": Object.entries(policy)
      .map(([name, value]) => `${name} ${value}`)
      .join("; "),
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  };
}
