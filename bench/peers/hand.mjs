/** Staged JavaScript written by hand, as the course's notes write it: forward lines, backward lines, one update. */

const neuron = ({ params, settings: { lr } }) => {
  let [w0, x0, w1, x1, w2] = ["w0", "x0", "w1", "x1", "w2"].map((name) => params[name].values[0]);
  const slopes = new Float64Array(5);
  const backward = () => {
    const dot = w0 * x0 + w1 * x1 + w2;
    const f = 1 / (1 + Math.exp(-dot));
    const ddot = (1 - f) * f;
    slopes[0] = x0 * ddot;
    slopes[1] = w0 * ddot;
    slopes[2] = x1 * ddot;
    slopes[3] = w1 * ddot;
    slopes[4] = ddot;
    return f;
  };
  return {
    gradients: () => {
      backward();
      return Object.fromEntries(["w0", "x0", "w1", "x1", "w2"].map((name, i) => [name, Float32Array.of(slopes[i])]));
    },
    step: () => {
      const f = backward();
      w0 -= lr * slopes[0];
      x0 -= lr * slopes[1];
      w1 -= lr * slopes[2];
      x1 -= lr * slopes[3];
      w2 -= lr * slopes[4];
      return f;
    },
  };
};

/** Gradient of the mean loss for each row's scores, written over them; returns the sum of the losses. */
const softmaxRows = (scores, y, rows, classes) => {
  let loss = 0;
  for (let i = 0; i < rows; i++) {
    const at = i * classes;
    let most = -Infinity;
    for (let j = 0; j < classes; j++) most = Math.max(most, scores[at + j]);
    let sum = 0;
    for (let j = 0; j < classes; j++) sum += scores[at + j] = Math.exp(scores[at + j] - most);
    for (let j = 0; j < classes; j++) scores[at + j] /= sum;
    loss -= Math.log(scores[at + y[i]]);
    for (let j = 0; j < classes; j++) scores[at + j] = (scores[at + j] - (j === y[i] ? 1 : 0)) / rows;
  }
  return loss;
};

const hingeRows = (scores, y, rows, classes) => {
  let loss = 0;
  for (let i = 0; i < rows; i++) {
    const at = i * classes;
    const right = scores[at + y[i]];
    let count = 0;
    for (let j = 0; j < classes; j++) {
      if (j === y[i]) continue;
      const margin = scores[at + j] - right + 1;
      if (margin > 0) {
        loss += margin;
        count++;
      }
      scores[at + j] = margin > 0 ? 1 / rows : 0;
    }
    scores[at + y[i]] = -count / rows;
  }
  return loss;
};

const classifier = (rowsOf) => ({ params, data, settings: { lr, l2 } }) => {
  const [rows, inputs] = data.x.shape;
  const classes = params.b.shape[0];
  const [x, y] = [data.x.values, data.y.values];
  const w = Float32Array.from(params.w.values);
  const b = Float32Array.from(params.b.values);
  const scores = new Float32Array(rows * classes);
  const dw = new Float32Array(w.length);
  const db = new Float32Array(classes);
  const backward = () => {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < classes; j++) scores[i * classes + j] = b[j];
      for (let k = 0; k < inputs; k++) {
        const value = x[i * inputs + k];
        for (let j = 0; j < classes; j++) scores[i * classes + j] += value * w[k * classes + j];
      }
    }
    let loss = rowsOf(scores, y, rows, classes) / rows;
    let squares = 0;
    for (let k = 0; k < w.length; k++) squares += w[k] * w[k];
    loss += 0.5 * l2 * squares;
    for (let k = 0; k < w.length; k++) dw[k] = l2 * w[k];
    db.fill(0);
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < inputs; k++) {
        const value = x[i * inputs + k];
        for (let j = 0; j < classes; j++) dw[k * classes + j] += value * scores[i * classes + j];
      }
      for (let j = 0; j < classes; j++) db[j] += scores[i * classes + j];
    }
    return loss;
  };
  return {
    gradients: () => {
      backward();
      return { w: Float32Array.from(dw), b: Float32Array.from(db) };
    },
    step: () => {
      const loss = backward();
      for (let k = 0; k < w.length; k++) w[k] -= lr * dw[k];
      for (let j = 0; j < classes; j++) b[j] -= lr * db[j];
      return loss;
    },
  };
};

export default { W1: neuron, W2: classifier(softmaxRows), W3: classifier(hingeRows) };
