import { html } from "../core/html.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { boxesOfPath, type PathBox } from "./path-boxes.ts";

const box = { width: 128, height: 52, gap: 28, top: 26 };
/** So many letters fit into a box at 12 pixels; the whole text is in its tooltip. */
const longestText = 19;

/** One network path as SVG: the client, each hop in packet order with the one that decides framed, and the VM. */
export function drawPath(verdict: NetworkVerdict): string {
  const boxes = boxesOfPath(verdict);
  const width = boxes.length * (box.width + box.gap) - box.gap + 4;
  const height = box.top + box.height + 8;
  const label = `${verdict.source} to ${verdict.destination}: ${verdict.verdict}`;
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${html(label)}" style="max-width:${width}px">`,
    `<text x="2" y="14">${html(label)}</text>`,
    ...boxes.map((one, index) => drawBox(one, 2 + index * (box.width + box.gap), index > 0)),
    "</svg>",
  ].join("");
}

function drawBox({ title, text, colour, hint, decides }: PathBox, x: number, joined: boolean): string {
  const middle = box.top + box.height / 2;
  const line = joined
    ? `<path d="M${x - box.gap} ${middle}h${box.gap - 5}m-6 -4l6 4l-6 4" fill="none" stroke="currentColor"/>`
    : "";
  const shown = text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text;
  return `${line}<g class="${colour}"><title>${html(`${title}: ${hint}`)}</title><rect x="${x}" y="${box.top}" width="${
    box.width
  }" height="${box.height}" rx="5" fill="none" stroke="currentColor" stroke-width="${decides ? 3 : 1}"/><text x="${
    x + 8
  }" y="${box.top + 21}" font-weight="600">${html(title)}</text><text x="${x + 8}" y="${box.top + 40}">${html(
    shown,
  )}</text></g>`;
}
