/** The library: `import { grads, tensor, ... } from "chainrule"`. */
export * from "./gradients.ts";
export { compile, type Compiled, type CompileOptions } from "./compile.ts";
export { profile, type KernelProfile, type Profile } from "./profile.ts";
export { setThreads, threads, type Threads } from "./threads.ts";
export { vmap, type VmapOptions } from "./vmap.ts";
export { tuneEngine, type EngineFlag, type EngineReport } from "../run/tune.ts";
