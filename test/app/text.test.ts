import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/* What the operator page must not contain, whatever a browser would say to it. */

const sources = globSync("app/src/**/*.ts").map((file) => ({ file, text: readFileSync(file, "utf8") }));

test("nothing turns text into markup or into a script: templates alone make elements", () => {
  expect(sources.length).toBeGreaterThan(15);
  const ways =
    /\b(innerHTML|outerHTML|srcdoc|insertAdjacentHTML|createContextualFragment|document\.write|DOMParser|eval|new Function)\b|unsafe-?(html|svg|css|static)|javascript:/i;
  expect(sources.filter(({ text }) => ways.test(text)).map(({ file }) => file)).toEqual([]);
});

test("only the sign-in stores something: the verifier of one request, and that the person has signed out", () => {
  const stores = sources.filter(({ text }) => /localStorage|sessionStorage|indexedDB|document\.cookie/.test(text));
  expect(stores.map(({ file }) => file.replaceAll("\\", "/"))).toEqual(["app/src/sign-in.ts"]);
});

test("the page is made of its own files, of the client's types and of what also draws a report, and of three packages", () => {
  const imports = sources.flatMap(({ text }) =>
    [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(\s*)"([^"]+)"/g)].map(([, name = ""]) => name),
  );
  const packages = new Set(imports.filter((name) => !name.startsWith(".")).map((name) => name.split("/")[0]));
  const { dependencies } = JSON.parse(readFileSync("app/package.json", "utf8"));
  expect([...packages].sort()).toEqual(Object.keys(dependencies).sort());
  const ofTheService = imports.filter((name) => name.includes("/lib/")).map((name) => name.slice(name.indexOf("lib/")));
  expect([...new Set(ofTheService)].sort()).toEqual([
    "lib/client/api-types.ts",
    "lib/core/page-config.ts",
    "lib/core/resource-id.ts",
    "lib/report/colours.ts",
    "lib/report/handshake-text.ts",
    "lib/report/path-boxes.ts",
  ]);
});
