import { grad } from "../../dist/grad.js";
console.log(grad((x) => x.mul(3).sigmoid().mul(x))(0.5));
