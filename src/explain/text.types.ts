/** What can be chosen about explanations as text. */

/** How parts of a text are set apart on a terminal; every function gives its text back unchanged by default. */
export interface Colours {
  readonly value: (text: string) => string;
  readonly gradient: (text: string) => string;
  readonly heading: (text: string) => string;
  readonly quiet: (text: string) => string;
}

export interface TextOptions {
  /** Digits after the point; without it four significant digits, whole numbers whole. */
  readonly digits?: number | undefined;
  /** Default: no colours. */
  readonly colours?: Colours | undefined;
  /** Circuits with more gates are shortened to their first and last ones. Default 200; `Infinity` shows all. */
  readonly limit?: number | undefined;
  /** Show moves of numbers (broadcasts, casts, reshapes) as gates of their own. Default false. */
  readonly plumbing?: boolean | undefined;
}

const same = (text: string): string => text;

/** No colours: what is printed where nobody asked for any. */
export const plain: Colours = { value: same, gradient: same, heading: same, quiet: same };
