import { styleText } from "node:util";

const formats = {
  title: "bold",
  good: "green",
  bad: "red",
  doubt: "yellow",
  quiet: "dim",
} as const;

export type Style = keyof typeof formats;

/** The width in columns and the styles. Width is counted before painting. */
export interface Layout {
  readonly width: number;
  readonly paint: (style: Style, text: string) => string;
}

/** A layout of at most 80 columns, in colour or plain. */
export function createLayout({ columns, colour }: { columns: number | undefined; colour: boolean }): Layout {
  return {
    width: Math.max(40, Math.min(columns || 80, 80)),
    paint: colour ? (style, text) => styleText(formats[style], text, { validateStream: false }) : (_, text) => text,
  };
}
