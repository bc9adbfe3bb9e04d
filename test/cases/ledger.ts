/**
 * Where every case of the six files stands. Most are run, by the test files named here, and a test shows it: the names
 * of tests that pass hold the ids. The rest is in the closed list below; what is in neither makes that test fail.
 */

/** The test files that run cases of each file. */
export const runners: Readonly<Record<string, readonly string[]>> = {
  circuits: ["test/explain/circuits.test.ts"],
  edge: ["test/explain/edge.test.ts", "test/cases/edge.test.ts"],
  gradcheck: ["test/check/gradcheck-cases.test.ts", "test/check/tolerances.test.ts"],
  classifiers: ["test/nn/classifiers.test.ts", "test/train/cases.test.ts"],
  networks: [
    "test/nn/networks.test.ts",
    "test/optim/sgd.test.ts",
    "test/optim/adaptive.test.ts",
    "test/train/monitor.test.ts",
    "test/train/cases.test.ts",
  ],
  spiral: ["test/train/spiral.test.ts"],
};

/** Cases that state nothing that can be run: numbers published without their data, facts, advice. */
export const notRunnable: Readonly<Record<string, string>> = {
  "step-size": "published losses of CIFAR-10 at weights that are not known",
  "search-strategies": "published accuracies of CIFAR-10",
  "kink-count-cifar-svm": "a fact: how many max terms the loss has",
  "few-datapoints": "advice: two or three points are enough to check a batch",
  "burn-in": "advice: check again after a few steps of training",
};
