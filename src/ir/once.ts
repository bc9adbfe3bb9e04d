/**
 * What `make` returns, made when somebody first asks. For tables that a module needs: whoever starts a process that never
 * asks is not kept waiting for them.
 */
export const once = <T>(make: () => T): (() => T) => {
  let made: { readonly it: T } | undefined;
  return () => (made ??= { it: make() }).it;
};
