import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
await tf.setBackend("wasm");
console.log(tf.grad((x) => x.mul(3).sigmoid().mul(x))(tf.scalar(0.5)).dataSync()[0]);
