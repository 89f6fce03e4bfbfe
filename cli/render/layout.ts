import { styleText } from "node:util";

const formats = {
  title: "bold",
  good: "green",
  bad: "red",
  doubt: "yellow",
  quiet: "dim",
} as const;

export type Style = keyof typeof formats;

/** The width in columns and the styles. Width is counted before painting; nothing is wrapped where it is infinite. */
export interface Layout {
  readonly width: number;
  readonly paint: (style: Style, text: string) => string;
}

/** A layout of the whole terminal, in colour or plain. Without columns, the output goes to a file or a program. */
export function createLayout({ columns, colour }: { columns: number | undefined; colour: boolean }): Layout {
  return {
    width: columns === undefined ? Number.POSITIVE_INFINITY : Math.max(40, columns || 80),
    paint: colour ? (style, text) => styleText(formats[style], text, { validateStream: false }) : (_, text) => text,
  };
}
