import { type Check, healthy, notApplicable, noted, unknown } from "../core/check.ts";
import { lifeOf, nameOfSet, replacedBy } from "../core/scale-set.ts";
import { brief, fitting } from "./_section.ts";

/**
 * A scale set gives its instances a new disk, or deletes them. That breaks nothing, but ends every repair, so it is told
 * unless the instance is protected from actions of its set.
 */
export const scaleSetKeepsInstance: Check = {
  id: "scale-set-keeps-instance",
  title: "The scale set keeps the instance as it is",
  needsGuest: false,
  run({ azure: { vm } }) {
    const { scaleSetId, scaleSet } = vm;
    if (!scaleSetId) return notApplicable("The VM is no instance of a scale set.");
    const life = fitting(...lifeOf(vm));
    if (scaleSet === undefined) return noted(life, { scaleSetId });
    if ("unreadable" in scaleSet) {
      const told = `Whether scale set ${nameOfSet(vm)} replaces the instance is not known.`;
      return unknown(fitting(told, brief(scaleSet.unreadable, 240)));
    }
    const facts = { scaleSetId, ...scaleSet, replacedBy: replacedBy(scaleSet).join("; ") };
    return scaleSet.protection === "scale-set-actions" ? healthy(life, facts) : noted(life, facts);
  },
};
