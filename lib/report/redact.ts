/*
 * Replaces what identifies people, companies and machines by numbered placeholders, the same text by the same
 * placeholder, so that a reader can still follow one address through the evidence.
 */

/** Replaces identifying text in any JSON value, in keys too. */
export type Redact = <T>(value: T) => T;

interface Kind {
  readonly name: string;
  readonly pattern: RegExp;
  /** What is no secret although it matches. */
  readonly keeps?: (text: string) => boolean;
}

/** Addresses that are the same everywhere: this host, any host, and Azure's own. */
const commonAddresses = ["0.0.0.0", "127.0.0.1", "255.255.255.255", "168.63.129.16", "169.254.169.254", "::", "::1"];
const isCommon = (text: string) => commonAddresses.includes(text.toLowerCase());

const kinds: readonly Kind[] = [
  { name: "account", pattern: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g },
  { name: "sid", pattern: /\bS-1-(?:5-21|12-1)(?:-\d+)+/g },
  { name: "id", pattern: /(?<![0-9a-f])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-f])/gi },
  { name: "address", pattern: /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g, keeps: isCommon },
  {
    name: "address",
    pattern: /(?<![\w:.])(?=[0-9a-f]*:[0-9a-f:]*:)[0-9a-f:]{3,39}(?![\w:])/gi,
    // A time of day has colons too.
    keeps: (text) => isCommon(text) || /^\d\d:\d\d:\d\d$/.test(text),
  },
  { name: "subject", pattern: /(?<=\b(?:CN|O|OU|L|S|C|E|DC)=)[^,"]+/g },
];

/** Names that Azure proposes to everybody, and that are words of our texts too. */
const commonNames = ["default", "AzureBastionSubnet", "GatewaySubnet", "NetworkWatcherRG"];

/**
 * A function that redacts values of one run. `names`: texts that identify something by themselves, with the placeholder's
 * word; the names in ARM ids within `sample` are found here. `kept`: ids that stay.
 */
export function createRedactor(
  names: readonly { readonly word: string; readonly text: string }[],
  sample: unknown,
  kept: readonly string[] = [],
): Redact {
  const placeholders = new Map<string, string>();
  const counts = new Map<string, number>();
  const placeholder = (word: string, text: string): string => {
    const key = text.toLowerCase();
    const known = placeholders.get(key);
    if (known) return known;
    const count = (counts.get(word) ?? 0) + 1;
    counts.set(word, count);
    placeholders.set(key, `<${word}-${count}>`);
    return `<${word}-${count}>`;
  };
  for (const { word, text } of [...names, ...namesInIds(JSON.stringify(sample) ?? "")]) {
    if (text.trim().length > 1) placeholder(word, text);
  }
  const known = wholeWords([...placeholders.keys()]);
  const redactText = (text: string): string => {
    let redacted = known ? text.replace(known, (name) => placeholder("name", name)) : text;
    for (const { name, pattern, keeps } of kinds) {
      redacted = redacted.replace(pattern, (match) =>
        kept.includes(match) || keeps?.(match) ? match : placeholder(name, match),
      );
    }
    return redacted;
  };
  return (value) => mapTexts(value, redactText) as typeof value;
}

/** The names in ARM ids: every second segment, but for those of providers. */
function namesInIds(text: string): { word: string; text: string }[] {
  const ids = [...text.matchAll(/\/subscriptions\/[^\s"?,;]+/gi)].map(([id]) => id);
  return ids.flatMap((id) =>
    [...id.matchAll(/\/([^/]+)\/([^/]+)/g)].flatMap(([, type = "", name = ""]) => {
      if (type === "providers" || commonNames.includes(name)) return [];
      if (type === "subscriptions") return [{ word: "id", text: name }];
      return [{ word: type === "resourceGroups" ? "resource-group" : "resource", text: name }];
    }),
  );
}

/** Matches these texts where no letter, digit or underscore adjoins them, the longest first. */
function wholeWords(texts: readonly string[]): RegExp | null {
  if (texts.length === 0) return null;
  const longest = [...texts].sort((one, other) => other.length - one.length);
  const pattern = longest.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return new RegExp(`(?<![\\w<-])(?:${pattern})(?![\\w>])`, "gi");
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), mapTexts(item, change)]));
}
