const x = 0.5;
const s = 1 / (1 + Math.exp(-3 * x));
console.log(s + x * 3 * s * (1 - s));
