/** One picture of a landscape in its three forms; the latter two are made when they are asked for. */
export interface View {
  readonly json: unknown;
  readonly text: () => string;
  readonly svg: () => string;
}
