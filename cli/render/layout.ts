import { styleText } from "node:util";

const formats = {
  title: "bold",
  good: "green",
  bad: "red",
  doubt: "yellow",
  quiet: "dim",
} as const;

export type Style = keyof typeof formats;

/** How text is laid out: the columns there are, and how a style looks. Width is counted before painting. */
export interface Layout {
  readonly width: number;
  readonly paint: (style: Style, text: string) => string;
}

/** Text for 80 columns at most, in colour or plain. */
export function createLayout({ columns, colour }: { columns: number | undefined; colour: boolean }): Layout {
  return {
    width: Math.max(40, Math.min(columns || 80, 80)),
    paint: colour ? (style, text) => styleText(formats[style], text, { validateStream: false }) : (_, text) => text,
  };
}
