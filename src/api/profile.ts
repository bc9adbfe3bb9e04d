/** `profile`: where the time of a compiled function goes, kernel by kernel. */
import { Diagnostic, type Place } from "../ir/diagnostic.ts";
import type { Kernel } from "../ir/kernel.ts";
import { costOf } from "../ir/kernel-cost.ts";
import { kernelName, kernelSites } from "../ir/kernel-name.ts";
import { timeKernels, type Passes } from "../run/profile.ts";
import { isOwn } from "../trace/site.ts";
import { argumentsOf, sourceOf, traceTwice, valueOf } from "./compile.ts";
import { heldValue, planOf } from "./engine.ts";
import { checkFunction, type Argument } from "./transforms.ts";

/** One kernel: a loop over numbers, a product of matrices, rows moved. Times are those of all passes. */
export interface KernelProfile {
  /** What it does: gates in order, or the kind of kernel, and its sizes. */
  readonly name: string;
  /** Where the user's code asked for it; a loop that stands for several lines has several. */
  readonly places: readonly Place[];
  /** Whether all of it is gradients of what was asked for there. */
  readonly isGradient: boolean;
  /** The median of the passes. */
  readonly milliseconds: number;
  readonly least: number;
  readonly most: number;
  /** Operations on numbers; a gate counts as one whatever it takes. */
  readonly operations: number;
  /** Bytes that go to and from memory at least: each number once. */
  readonly bytes: number;
  /** In the pass that is shown as an example, milliseconds since it began. */
  readonly example: { readonly start: number; readonly duration: number };
}

export interface Profile {
  /** In the order in which they run. */
  readonly kernels: readonly KernelProfile[];
  /** The whole program in one call: median, least and most. */
  readonly whole: { readonly milliseconds: number; readonly least: number; readonly most: number };
  /** How many passes were measured. */
  readonly passes: number;
  /** Bytes of the program's arena. */
  readonly arena: number;
  /** Milliseconds that it took to trace the function (twice), and to make a plan of the graph. */
  readonly traced: number;
  readonly planned: number;
}

/**
 * Measures a function as `compile` runs it: its program on one thread, some hundred times, with a clock around each
 * kernel; a compiled function with the arguments that it was given away. The arguments stay as they are. Takes about a
 * second, or twenty passes where they take longer.
 * @example
 * const { kernels } = profile((x: Tensor) => x.exp().sum())(tensor([1, 2, 3]));
 * kernels[0]!.name; // "exp sum [3]"
 * @throws Diagnostic `no-program` where the function runs in the interpreter; and those of `compile`
 */
export const profile =
  <A extends readonly unknown[]>(f: (...args: A) => unknown) =>
  (...given: { [K in keyof A]: Argument<A[K]> }): Profile => {
    checkFunction(f);
    const { f: source, donate } = sourceOf(f as (...args: never[]) => unknown);
    const { args, leaves, isDonated } = argumentsOf(given, donate);
    const began = performance.now();
    const traced = leaves.some((leaf) => leaf.isTraced) ? undefined : traceTwice(source, args, isDonated);
    const seen = performance.now();
    const plan = traced && planOf(traced.outputs, traced.donated);
    const done = performance.now();
    const passes = plan && timeKernels(plan, heldValue, (node) => valueOf(leaves[traced!.inputs.indexOf(node)]!.realize().given!, node));
    if (passes === undefined) {
      throw new Diagnostic("no-program", "profile: this function has no program of the engine, so there are no kernels to measure", {
        help: "pass a function of tensors whose operations the engine has, where WebAssembly may run",
      });
    }
    return { ...profileOf(plan!.kernels, passes), arena: plan!.bytes, traced: seen - began, planned: done - seen };
  };

const profileOf = (kernels: readonly Kernel[], { passes, whole }: Passes): Pick<Profile, "kernels" | "whole" | "passes"> => {
  const totals = passes.map((pass) => pass.reduce((sum, { duration }) => sum + duration, 0));
  const middle = passes[totals.indexOf([...totals].sort((a, b) => a - b)[totals.length >> 1]!)]!;
  return {
    kernels: kernels.map((kernel, i): KernelProfile => {
      const sites = kernelSites(kernel);
      return {
        name: kernelName(kernel),
        places: [...new Map(sites.flatMap(({ place }) => (place && !isOwn(place) ? [[`${place.file}:${place.line}`, place]] : []))).values()],
        isGradient: sites.length > 0 && sites.every(({ isGradient }) => isGradient === true),
        ...spread(passes.map((pass) => pass[i]!.duration)),
        ...costOf(kernel),
        example: middle[i]!,
      };
    }),
    whole: spread(whole),
    passes: passes.length,
  };
};

const spread = (times: readonly number[]): { readonly milliseconds: number; readonly least: number; readonly most: number } => {
  const sorted = [...times].sort((a, b) => a - b);
  return { milliseconds: sorted[sorted.length >> 1]!, least: sorted[0]!, most: sorted.at(-1)! };
};
