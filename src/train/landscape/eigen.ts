/** Eigenvalues of small symmetric matrices. */

export interface Eigen {
  /** Largest first. */
  readonly values: readonly number[];
  /** The unit vector of each value. */
  readonly vectors: readonly Float64Array[];
}

/** Ten sweeps are plenty: convergence is quadratic. */
const mostSweeps = 60;

/** All eigenvalues and vectors of a symmetric matrix, by rotations that clear one pair of entries each (Jacobi 1846). */
export const eigenOf = (matrix: readonly Float64Array[]): Eigen => {
  const n = matrix.length;
  const a = matrix.map((row) => row.slice());
  // Rows are the vectors.
  const vectors = a.map((_, i) => Float64Array.from(a, (__, j) => Number(i === j)));
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let turned = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) turned = rotate(a, vectors, p, q) || turned;
    }
    if (!turned) break;
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => vectors[i]!) };
};

/** Turns the axes p and q so that their entry becomes 0; false if it is as good as that. */
const rotate = (a: readonly Float64Array[], vectors: readonly Float64Array[], p: number, q: number): boolean => {
  const [pp, qq, pq] = [a[p]![p]!, a[q]![q]!, a[p]![q]!];
  if (Math.abs(pq) <= Number.EPSILON * 0.5 * Math.sqrt(Math.abs(pp * qq))) return false;
  const theta = (qq - pp) / (2 * pq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < a.length; k++) {
    const [kp, kq] = [a[k]![p]!, a[k]![q]!];
    a[k]![p] = c * kp - s * kq;
    a[k]![q] = s * kp + c * kq;
  }
  for (let k = 0; k < a.length; k++) {
    const [pk, qk] = [a[p]![k]!, a[q]![k]!];
    a[p]![k] = c * pk - s * qk;
    a[q]![k] = s * pk + c * qk;
    const [vp, vq] = [vectors[p]![k]!, vectors[q]![k]!];
    vectors[p]![k] = c * vp - s * vq;
    vectors[q]![k] = s * vp + c * vq;
  }
  // Exactly, so that the sweeps end.
  a[p]![q] = a[q]![p] = 0;
  return true;
};
