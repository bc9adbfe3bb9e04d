import { grad } from "../../dist/index.js";
console.log(grad((x) => x.mul(3).sigmoid().mul(x))(0.5));
