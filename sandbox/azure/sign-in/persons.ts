/** A simulated person of the tenant, who signs in with a browser. There is no password: who opens the page chooses. */
export interface Person {
  readonly name: string;
  readonly userName: string;
  readonly objectId: string;
  /** The app roles on this product's own API. */
  readonly roles: readonly string[];
}

/** The persons of every sandbox, by what they may do. */
export const persons = {
  reader: makePerson("Reader", "1", ["Rdp.Read"]),
  operator: makePerson("Operator", "2", ["Rdp.Read", "Rdp.Repair"]),
  approver: makePerson("Approver", "3", ["Rdp.Read", "Rdp.Approve"]),
} as const;

function makePerson(name: string, digit: string, roles: readonly string[]): Person {
  return {
    name,
    userName: `${name.toLowerCase()}@sandbox.example`,
    objectId: `00000000-0000-4000-8000-00000000009${digit}`,
    roles,
  };
}
