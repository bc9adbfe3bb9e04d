import { defaultDevice, grad, init, nn } from "@jax-js/jax";
await init("wasm");
defaultDevice("wasm");
console.log(grad((x) => nn.sigmoid(x.ref.mul(3)).mul(x))(0.5).dataSync()[0]);
