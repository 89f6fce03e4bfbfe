import { stringify } from "yaml";

/** A JSON document as YAML. In a file of its own, because a bundle gives a package of the older module format no names. */
export function toYaml(document: unknown): string {
  return stringify(document).trimEnd();
}
