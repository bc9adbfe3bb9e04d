/** What tokens there are, and how tightly the operators among them bind. */

/** What a token is. Those from `firstOperator` on are infix operators, in the order of `operators`. */
export const Token = {
  end: 0,
  line: 1,
  semicolon: 2,
  number: 3,
  name: 4,
  open: 5,
  close: 6,
  comma: 7,
  assign: 8,
  firstOperator: 9,
} as const;

interface Operator {
  readonly text: string;
  /** The operation that the operator writes. */
  readonly word: string;
  readonly binding: number;
}

/** How tightly operators bind; a sign stands between `*` and `^`, so that -x^2 is -(x^2) and 2^-x needs none. */
export const binding = { comparison: 1, sum: 2, product: 3, sign: 4, power: 5 } as const;

/** The infix operators. `^` groups to the right, comparisons do not group, the others group to the left. */
export const operators: readonly Operator[] = [
  { text: "+", word: "add", binding: binding.sum },
  { text: "-", word: "sub", binding: binding.sum },
  { text: "*", word: "mul", binding: binding.product },
  { text: "/", word: "div", binding: binding.product },
  { text: "^", word: "pow", binding: binding.power },
  { text: "<", word: "lt", binding: binding.comparison },
  { text: "<=", word: "le", binding: binding.comparison },
  { text: ">", word: "gt", binding: binding.comparison },
  { text: ">=", word: "ge", binding: binding.comparison },
  { text: "==", word: "eq", binding: binding.comparison },
  { text: "!=", word: "ne", binding: binding.comparison },
];

/** The word of a minus sign before a value. */
export const signWord = "neg";

const operatorToken = (text: string): number => Token.firstOperator + operators.findIndex((o) => o.text === text);

/** The tokens of the two operators that may also be signs. */
export const plusToken = operatorToken("+");
export const minusToken = operatorToken("-");

/** Where a lexer stands. */
export interface Position {
  /** The current token and its stretch of text. */
  readonly kind: number;
  readonly start: number;
  readonly end: number;
  /** Whether a line break was passed over before the current token (only within parentheses). */
  readonly broken: boolean;
  /** The token before the current one, for sentences that say after what something was expected. */
  readonly previousStart: number;
  readonly previousEnd: number;
}
