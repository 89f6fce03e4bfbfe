import { hash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "vite";
import { BuiltPage } from "../lib/http/operator-page.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** All files of the operator page in one: what serves the page reads it once. */
export const builtPage = "dist/app/page.json";

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/**
 * Builds the operator page with Vite, unless it is built already from the same sources: names with a hash of the content,
 * compressed. The file is replaced at once, so that builds beside each other do no harm. Returns the compressed bytes of
 * each file, by its path.
 */
export async function buildPage(): Promise<ReadonlyMap<string, number>> {
  const source = digestOfSources();
  const page = readPage();
  const { files } = page?.source === source ? page : await writePage(source);
  return new Map(files.map(({ path, brotli }) => [path, Buffer.from(brotli, "base64").length]));
}

/** All that the built page depends on. */
function digestOfSources(): string {
  const sources = ["app/**/*.*", "lib/{client,core,report}/*.ts", "package-lock.json", "scripts/build-page.ts"];
  const texts = globSync(sources, { cwd: root, exclude: ["**/node_modules/**"] })
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .map((path) => `${path}\n${readFileSync(join(root, path), "utf8")}`);
  return hash("sha256", texts.join("\n"));
}

function readPage(): BuiltPage | null {
  try {
    return BuiltPage.parse(JSON.parse(readFileSync(join(root, builtPage), "utf8")));
  } catch {
    // None, or one of another form.
    return null;
  }
}

async function writePage(source: string): Promise<BuiltPage> {
  const built = await build({
    root: join(root, "app"),
    base: "./",
    configFile: false,
    logLevel: "warn",
    mode: "production",
    // Whatever NODE_ENV says: of lit-html the build without the messages for developers.
    resolve: { conditions: ["module", "browser", "production"] },
    build: {
      write: false,
      target: "es2023",
      cssMinify: "esbuild",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { output: { comments: { legal: false } } },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ("output" in one ? one.output : []));
  const files = outputs.map((output): BuiltPage["files"][number] => {
    const bytes = Buffer.from(output.type === "chunk" ? output.code : output.source);
    const type = types[output.fileName.split(".").at(-1) ?? ""];
    if (type === undefined) throw new Error(`The page has a file of an unknown type: ${output.fileName}`);
    const parameters = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    const brotli = brotliCompressSync(bytes, { params: parameters }).toString("base64");
    return { path: output.fileName, type, hashed: output.fileName.startsWith("assets/"), brotli };
  });
  const path = join(root, builtPage);
  mkdirSync(dirname(path), { recursive: true });
  const page: BuiltPage = { source, files: files.sort((a, b) => a.path.localeCompare(b.path, "en")) };
  writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(page)}\n`);
  renameSync(`${path}.${process.pid}`, path);
  return page;
}
