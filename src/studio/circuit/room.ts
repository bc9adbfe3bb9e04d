/** Room for every number that may come to stand on a wire: the drawing stays as it is while numbers change. */
import { widestNumber } from "../../explain/brief.ts";
import { roomFor, type DrawnBox } from "../../explain/drawing.ts";
import type { Box } from "../../explain/layout.ts";

/** The widest numbers are rare: behind them there need not be as much paper as behind those that always stand there. */
const less = 8;

/** The room of a box with the widest numbers of that many digits. A tensor has its shape there, which never changes. */
export const roomy = (box: DrawnBox, digits: number | undefined): Box => {
  if (typeof box.node.value !== "number") return roomFor(box);
  const widest = widestNumber(digits);
  const { room, ports, ...rest } = roomFor({
    ...box,
    value: widest,
    gradient: widest,
    ports: box.ports.map((port) => (port.contribution === undefined ? port : { ...port, contribution: widest })),
  });
  return { ...rest, room: room - less, ports: ports.map((port, i) => (box.ports[i]!.contribution === undefined ? port : { ...port, room: port.room - less })) };
};
