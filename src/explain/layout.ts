/**
 * Where everything of a drawing goes: columns by depth, rows by barycentres, wires as smooth paths. Each column has room
 * for the texts before and behind its boxes, and a wire that passes a column has a row of its own there, so that texts
 * never meet. A value that is used far away has one trunk with branches. Geometry only; it knows no circuit.
 */

/** Where a wire enters a box. */
export interface Port {
  /** Index of the box that it comes from. */
  readonly from: number;
  /** Below the middle of the box. */
  readonly offset: number;
  /** How far right of the box's left edge its outline is at this height. */
  readonly inset: number;
  /** Room for the text that stands before the box. */
  readonly room: number;
}

export interface Box {
  readonly width: number;
  /** Room above and below the middle, texts on the wires included. */
  readonly up: number;
  readonly down: number;
  /** Room for the texts on the wire that leaves it. */
  readonly room: number;
  /** Operands come before the boxes that use them. */
  readonly ports: readonly Port[];
}

export interface Place {
  /** The middle. */
  readonly x: number;
  readonly y: number;
  /** The straight piece of the wire that leaves the box ends here. */
  readonly end: number;
  /** From the box through its room and the columns to its last user, without the branches. */
  readonly trunk: string;
  /** For each port the piece of wire that ends there. */
  readonly branches: readonly string[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly places: readonly Place[];
}

const gapLeast = 30;
const gapMost = 90;
const rowGap = 10;
/** Half the height of a wire that passes a column. */
const passing = 9;
const sweeps = 12;

/** A box, or a wire on its way through a column. */
interface Item {
  readonly box: number;
  readonly passes: boolean;
  readonly column: number;
  readonly up: number;
  readonly down: number;
  /** Position in its column. */
  rank: number;
  y: number;
  readonly before: Link[];
  readonly after: Link[];
}

/** A piece of wire from one column to the next. */
interface Link {
  readonly from: Item;
  readonly to: Item;
  readonly offset: number;
  readonly port: number;
}

export const layOut = (boxes: readonly Box[]): Layout => {
  const columns = intoColumns(boxes);
  order(columns);
  align(columns);
  return draw(boxes, columns);
};

const intoColumns = (boxes: readonly Box[]): Item[][] => {
  const depth = new Int32Array(boxes.length);
  const last = new Int32Array(boxes.length);
  boxes.forEach(({ ports }, i) => {
    for (const { from } of ports) depth[i] = Math.max(depth[i]!, depth[from]! + 1);
    last[i] = depth[i]!;
    for (const { from } of ports) last[from] = Math.max(last[from]!, depth[i]!);
  });
  const columns: Item[][] = [];
  const put = (box: number, column: number, passes: boolean, up: number, down: number): Item => {
    const item: Item = { box, passes, column, up, down, rank: 0, y: 0, before: [], after: [] };
    (columns[column] ??= []).push(item);
    return item;
  };
  const link = (from: Item, to: Item, offset: number, port: number): void => {
    const made = { from, to, offset, port };
    from.after.push(made);
    to.before.push(made);
  };
  /** For each box its item, then those of its wire in the columns behind. */
  const chains = boxes.map(({ up, down }, i) => [put(i, depth[i]!, false, up, down)]);
  for (const i of inDrawingOrder(boxes)) {
    const chain = chains[i]!;
    for (let column = depth[i]! + 1; column < last[i]!; column++) {
      chain.push(put(i, column, true, passing, passing));
      link(chain.at(-2)!, chain.at(-1)!, 0, -1);
    }
  }
  boxes.forEach(({ ports }, i) => {
    ports.forEach(({ from, offset }, port) => link(chains[from]![depth[i]! - depth[from]! - 1]!, chains[i]![0]!, offset, port));
  });
  // Walking the operands first keeps trees free of crossings.
  const turn = new Int32Array(boxes.length);
  inDrawingOrder(boxes).forEach((i, at) => (turn[i] = at));
  for (const column of columns) column.sort((a, b) => turn[a.box]! - turn[b.box]!).forEach((item, rank) => (item.rank = rank));
  return columns;
};

/** Depth first from the boxes that nothing uses, operands in their order. */
const inDrawingOrder = (boxes: readonly Box[]): number[] => {
  const used = new Uint8Array(boxes.length);
  for (const { ports } of boxes) for (const { from } of ports) used[from] = 1;
  const seen = new Uint8Array(boxes.length);
  const found: number[] = [];
  const open: { readonly box: number; next: number }[] = [];
  const enter = (box: number): void => {
    if (seen[box] === 1) return;
    seen[box] = 1;
    open.push({ box, next: 0 });
  };
  boxes.forEach((_, root) => {
    if (used[root] === 0) enter(root);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const port = boxes[top.box]!.ports[top.next++];
      if (port) enter(port.from);
      else found.push(open.pop()!.box);
    }
  });
  return found;
};

const order = (columns: Item[][]): void => {
  let best = crossings(columns);
  let kept = columns.map((column) => [...column]);
  for (let sweep = 0; sweep < sweeps && best > 0; sweep++) {
    const forwards = sweep % 2 === 0;
    for (const column of forwards ? columns : [...columns].reverse()) {
      const key = new Map(column.map((item) => [item, barycentre(item, forwards)]));
      column.sort((a, b) => key.get(a)! - key.get(b)! || a.rank - b.rank);
      column.forEach((item, rank) => (item.rank = rank));
    }
    const now = crossings(columns);
    if (now < best) [best, kept] = [now, columns.map((column) => [...column])];
  }
  kept.forEach((column, i) => {
    columns[i] = column;
    column.forEach((item, rank) => (item.rank = rank));
  });
};

/** Where a piece of wire ends, in rows; ports of one box lie between two rows. */
const endRow = ({ to, port }: Link): number => to.rank + (port < 0 ? 0 : (port + 1) / (to.before.length + 1) - 0.5);

const barycentre = (item: Item, forwards: boolean): number => {
  const links = forwards ? item.before : item.after;
  if (links.length === 0) return item.rank;
  let sum = 0;
  for (const link of links) sum += forwards ? link.from.rank : endRow(link);
  return sum / links.length;
};

/** How often pieces of wire cross between neighbouring columns, by counting inversions. */
const crossings = (columns: readonly (readonly Item[])[]): number => {
  let count = 0;
  for (const column of columns) {
    const ends = column.flatMap((item) => item.after.map(endRow).sort((a, b) => a - b));
    const rows = new Map([...new Set(ends)].sort((a, b) => a - b).map((row, i) => [row, i + 1]));
    const tree = new Int32Array(rows.size + 1);
    ends.forEach((end, seen) => {
      let lower = 0;
      for (let i = rows.get(end)!; i > 0; i -= i & -i) lower += tree[i]!;
      count += seen - lower;
      for (let i = rows.get(end)!; i < tree.length; i += i & -i) tree[i]!++;
    });
  }
  return count;
};

const align = (columns: readonly (readonly Item[])[]): void => {
  for (const column of columns) settle(column, column.map((item) => ({ y: 0, weight: 1, item })));
  // The last sweep runs forwards: a chain of gates then lies on one line.
  for (let sweep = 0; sweep <= sweeps; sweep++) {
    const forwards = sweep % 2 === 0;
    for (const column of forwards ? columns : [...columns].reverse()) {
      settle(column, column.map((item) => wish(item, forwards)));
    }
  }
  const top = columns.flat().reduce((least, { y, up }) => Math.min(least, y - up), Infinity);
  for (const column of columns) for (const item of column) item.y -= top;
};

interface Wish {
  readonly y: number;
  readonly weight: number;
}

/** Where the item would be level with its neighbours; a long wire above all with where it comes from. */
const wish = (item: Item, forwards: boolean): Wish => {
  let [sum, weight] = [item.y * 0.001, 0.001];
  const pull = (y: number, { to }: Link): void => {
    const force = to.passes ? 8 : 1;
    sum += y * force;
    weight += force;
  };
  if (forwards) for (const link of item.before) pull(link.from.y - link.offset, link);
  else for (const link of item.after) pull(link.to.y + link.offset, link);
  return { y: sum / weight, weight };
};

/** As near to the wishes as their order and room allow (least squares, by pooling neighbours that are in the way). */
const settle = (column: readonly Item[], wishes: readonly Wish[]): void => {
  const blocks: { sum: number; weight: number; readonly first: number }[] = [];
  let shift = 0;
  const shifts = column.map((item, i) => {
    if (i > 0) shift += column[i - 1]!.down + rowGap + item.up;
    return shift;
  });
  wishes.forEach(({ y, weight }, i) => {
    blocks.push({ sum: (y - shifts[i]!) * weight, weight, first: i });
    for (let b = blocks.length - 1; b > 0; b--) {
      const [upper, lower] = [blocks[b - 1]!, blocks[b]!];
      if (upper.sum / upper.weight <= lower.sum / lower.weight) break;
      upper.sum += lower.sum;
      upper.weight += lower.weight;
      blocks.pop();
    }
  });
  blocks.forEach(({ sum, weight, first }, b) => {
    const until = blocks[b + 1]?.first ?? column.length;
    for (let i = first; i < until; i++) column[i]!.y = sum / weight + shifts[i]!;
  });
};

/** A coordinate with as many digits as anybody sees. */
export const round = (x: number): string => String(Math.round(x * 10) / 10);

/** Level at both ends. */
const curve = (x0: number, y0: number, x1: number, y1: number): string => {
  if (Math.abs(y0 - y1) < 0.05) return `H${round(x1)}`;
  const middle = round((x0 + x1) / 2);
  return `C${middle} ${round(y0)} ${middle} ${round(y1)} ${round(x1)} ${round(y1)}`;
};

const draw = (boxes: readonly Box[], columns: readonly (readonly Item[])[]): Layout => {
  const starts: number[] = [];
  const middles: number[] = [];
  const ends: number[] = [];
  let x = 0;
  for (const column of columns) {
    const own = column.filter(({ passes }) => !passes).map(({ box }) => boxes[box]!);
    const left = Math.max(0, ...own.map(({ width, ports }) => width / 2 + Math.max(0, ...ports.map(({ room }) => room))));
    starts.push(x);
    middles.push(x + left);
    x += left + Math.max(0, ...own.map(({ width, room }) => width / 2 + room));
    ends.push(x);
    const steepest = Math.max(0, ...column.flatMap((item) => item.after.map(({ to, offset }) => Math.abs(to.y + offset - item.y))));
    x += Math.min(gapMost, gapLeast + steepest * 0.12);
  }
  const items = columns.flat();
  const places: Place[] = boxes.map(() => ({ x: 0, y: 0, end: 0, trunk: "", branches: [] }));
  const trunks = boxes.map(() => "");
  for (const { box, passes, column, y, after } of items) {
    if (!passes) trunks[box] = `M${round(middles[column]! + boxes[box]!.width / 2)} ${round(y)}`;
    trunks[box] += `H${round(ends[column]!)}`;
    const on = after.find(({ port }) => port < 0)?.to;
    if (on) trunks[box] += curve(ends[column]!, y, starts[column + 1]!, on.y);
  }
  for (const { box, passes, column, y, before } of items) {
    if (passes) continue;
    const { ports, width } = boxes[box]!;
    const branches = ports.map((port, i) => {
      const { from } = before.find((link) => link.port === i)!;
      const [x0, x1, y1] = [ends[column - 1]!, starts[column]!, y + port.offset];
      const edge = middles[column]! - width / 2 + port.inset;
      return `M${round(x0)} ${round(from.y)}${curve(x0, from.y, x1, y1)}H${round(edge)}`;
    });
    places[box] = { x: middles[column]!, y, end: ends[column]!, trunk: trunks[box]!, branches };
  }
  return { width: ends.at(-1) ?? 0, height: items.reduce((most, { y, down }) => Math.max(most, y + down), 0), places };
};
