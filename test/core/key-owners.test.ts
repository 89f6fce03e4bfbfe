import { expect, test } from "vitest";
import { keyOwners } from "../../lib/core/key-owners.ts";

const web = {
  thumbprint: "A".repeat(40),
  subject: "CN=www.example.com",
  container: "web",
  provider: "Microsoft RSA SChannel Cryptographic Provider",
  file: "0123_guid",
  usable: true,
  usedBy: ["http.sys 0.0.0.0:443"],
};

test("each key is told with its owner, container, provider, file and users", () => {
  expect(keyOwners({ containers: ["iisWasKey"], dependents: [web] })).toEqual([
    "Windows Process Activation: container iisWasKey, file 76944fb33636aeddb9590521c2e8815a_*",
    `CN=www.example.com (${web.thumbprint}): container web, ${web.provider}, file 0123_guid, used by http.sys 0.0.0.0:443`,
  ]);
});

test("what is not known is said, and so is a key that does not open", () => {
  const unknown = { ...web, container: null, provider: null, usable: false, usedBy: [] };
  expect(keyOwners({ containers: ["another"], dependents: [unknown] })).toEqual([
    "unknown: container another",
    `CN=www.example.com (${web.thumbprint}): container unknown, unknown provider, file 0123_guid, does not open, used by nobody known`,
  ]);
});
