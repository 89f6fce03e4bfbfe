import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/* Nothing here can build an image: the file is held against what the build of this repository makes. */

const lines = readFileSync("Containerfile", "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));
const final = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
const values = (instruction: string) =>
  final.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));

test("the image has no shell, no root and no npm", () => {
  expect(final[0]).toBe("FROM gcr.io/distroless/nodejs24-debian12:nonroot");
  expect(values("USER")).toEqual(["65532:65532"]);
  expect(values("RUN")).toEqual([]);
});

test("it starts the program of the package, which is copied to where it is started", () => {
  expect(JSON.parse(values("ENTRYPOINT")[0] ?? "")).toEqual(["/nodejs/bin/node", "/app/bin/rdp-remediation.cjs"]);
  expect(JSON.parse(values("CMD")[0] ?? "")).toEqual(["serve"]);
  const { files, bin } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(bin["rdp-remediation"]).toBe("bin/rdp-remediation.cjs");
  const copied = values("COPY").map((value) => value.split(" ").at(-2)?.replace("/build/", ""));
  for (const file of [...files, "package.json"]) expect(copied).toContain(file);
});

test("what the build copies by name exists, and nothing of this machine gets into it", () => {
  const [copied = ""] = lines.filter((line) => line.startsWith("COPY ") && !line.includes("--from"));
  for (const file of copied.split(" ").slice(1, -1)) expect(existsSync(file), file).toBe(true);
  const ignored = readFileSync(".containerignore", "utf8").split("\n");
  for (const name of ["node_modules", ".git", "dist"]) expect(ignored).toContain(name);
});

test("that it has never been built is said by name", () => {
  expect(readFileSync("docs/not-yet-run.md", "utf8")).toContain("Containerfile");
});
