/** The loss as a landscape over the numbers of a model: rays, planes, kinks, steps, and ways down. */
export { coordinateDirection, principalDirections, projected, randomDirection, towards, type Principal } from "./directions.ts";
export { locateKinks, type Kink, type KinkOptions, type Kinks } from "./kinks.ts";
export { stepTable, type StepLoss, type StepTable } from "./steps.ts";
export { compareStrategies, type Strategy, type StrategyOptions } from "./strategies.ts";
export { alongRay, overPlane, type Plane } from "./surface.ts";
export type { Loss } from "./vectors.ts";
