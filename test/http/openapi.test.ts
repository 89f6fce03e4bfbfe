import SwaggerParser from "@apidevtools/swagger-parser";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appRoles } from "../../lib/http/app-roles.ts";
import { routes } from "../../lib/http/routes.ts";
import { allowsBody, differences, document, violations } from "./document.ts";
import { openRig, type Rig, vmNumber, vmPath } from "./rig.ts";

describe("the document", () => {
  test("is valid OpenAPI", async () => {
    const copy = structuredClone(document) as unknown as Parameters<typeof SwaggerParser.validate>[0];
    expect(await SwaggerParser.validate(copy)).toMatchObject({ openapi: "3.1.0" });
  });

  test("names every route, its role, and every schema once", () => {
    for (const { name, path, method, role } of routes) {
      expect(document.paths[path]?.[method.toLowerCase()]).toMatchObject({
        operationId: name,
        security: role ? [{ entra: [role] }] : [],
      });
    }
    expect(new Set(routes.map(({ name }) => name)).size).toBe(routes.length);
    // Weakening and just-in-time access are repairs, and need these roles besides.
    const onRoutes = appRoles.filter((role) => role !== "Rdp.Weaken" && role !== "Rdp.OpenNetwork");
    expect(new Set(routes.map(({ role }) => role))).toEqual(new Set([...onRoutes, null]));
    const text = JSON.stringify(document);
    expect(text).not.toContain("$defs");
    for (const name of ["Run", "Operation", "Error", "StartRunsRequest"])
      expect(text.split(`"${name}":{"`)).toHaveLength(2);
  });

  test("groups every operation, and tells what the groups are", () => {
    const { tags } = document as unknown as { tags: { name: string; description: string }[] };
    const used = Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => one.tags));
    expect(new Set(used.flat())).toEqual(new Set(tags.map(({ name }) => name)));
    for (const one of used) expect(one).toHaveLength(1);
  });

  test("shows an example of each request, and each example is one that it allows", () => {
    const schemas = Object.entries(document.components.schemas);
    for (const [name] of schemas.filter(([name]) => name.endsWith("Request"))) {
      const examples = document.components.schemas[name]?.examples ?? [];
      expect(examples, name).not.toEqual([]);
    }
    for (const [name, { examples = [] }] of schemas)
      for (const example of examples) expect(violations(name, example), name).toEqual([]);
  });

  test("has no field of a request that generators take for required because it has a default", () => {
    const bodies = Object.entries(document.components.schemas).filter(([name]) => name.endsWith("Request"));
    expect(JSON.stringify(bodies)).not.toContain('"default":');
    expect(JSON.stringify(document.components.schemas.StartRunsRequest)).toContain(
      "Only plan; change nothing. Default: false.",
    );
  });

  test("catches an answer that differs", () => {
    const answer = { status: 200, headers: {}, body: '{"status":"fine"}' };
    expect(differences("GET", "/api/health", answer)).not.toEqual([]);
    expect(differences("GET", "/api/health", { ...answer, body: '{"status":"ok"}' })).toEqual([]);
    expect(differences("GET", "/api/health", { ...answer, status: 201 })).toEqual(["getHealth never answers 201"]);
    const headers = { etag: "x" };
    expect(differences("GET", "/api/health", { status: 200, headers, body: '{"status":"ok"}' })).toHaveLength(1);
  });
});

describe("whatever is sent", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig({
      receiveAlert: async () => ({ accepted: [], ignored: [] }),
    });
    // Requests that happen to be right start runs; the VM of these does not answer.
    rig.fake.onCall = () => ({ code: "vm-not-found", message: "There is no such VM.", retryable: false });
  });
  afterAll(() => rig.close());

  const field = fc.constantFrom(
    "vm",
    "vms",
    "tag",
    "scope",
    "mode",
    "checks",
    "sources",
    "clientError",
    "maximumRisk",
    "dryRun",
  );
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(vmPath, vmNumber(2), [vmPath], "diagnose", "repair", true, "low", [], {
      code: 1,
      extendedCode: 2,
    }),
    fc.constantFrom<unknown>({ name: "a", value: "b" }, ["10.0.0.0/8"], ["rdp-is-enabled"]),
  );
  const body = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(field, value, { maxKeys: 5 }),
    fc.record(
      { vm: fc.constant(vmPath), mode: fc.constantFrom("diagnose", "repair"), extra: fc.jsonValue() },
      { requiredKeys: ["vm", "mode"] },
    ),
  );
  const posts = routes.filter(({ method }) => method === "POST");

  test("the answer is no fault of ours, keeps the document's word, and takes nothing that the document forbids", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...posts.map(({ path }) => path)), body, async (template, sent) => {
        const path = template.replace("{id}", "3f2a8c1e-5b0d-4e6f-9a7b-1c2d3e4f5a6b");
        // Every answer of the rig is held against the document.
        const told = {
          body: sent,
          method: "POST",
          as: template === "/api/alerts" ? "alerts" : "boss",
        } as const;
        const { status } = await rig.ask(path, told);
        expect([202, 400, 403, 404]).toContain(status);
        if (status === 202) expect(allowsBody(template, "POST", sent)).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(rig.surprises).toEqual([]);
  });

  test("so for every address and every header", async () => {
    const text = fc.string({ unit: "binary-ascii", maxLength: 60 });
    const names = fc.constantFrom(
      "operation-id",
      "if-none-match",
      "repeatability-request-id",
      "content-type",
      "authorization",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("GET", "POST", "PUT"),
        text,
        text,
        fc.dictionary(names, text),
        async (method, path, query, headers) => {
          const about = fc.sample(fc.constantFrom("/api/runs", "/api/runs/", "/"), 1)[0];
          const address = `${about}${encodeURI(path)}?${encodeURI(query)}`;
          const { status } = await rig.ask(address, { method, headers });
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
    expect(rig.surprises).toEqual([]);
  });
});
