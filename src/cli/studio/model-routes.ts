/** The addresses under which a page finds the user's file; the types of what is sent stand in `explain/served.types.ts`. */
import type { Asked } from "../../explain/served.types.ts";
import { Diagnostic } from "../../ir/diagnostic.ts";
import type { Io } from "../io.ts";
import { type Answer, json } from "./answer.ts";
import type { LiveModel } from "./live-model.ts";
import type { Private, Route } from "./server.ts";
import { servedError, tell, type Told } from "./told.ts";

/** What a page may ask of the circuit, out of the body of a request. */
const askedIn = (body: string): Asked => {
  const wrong = (): Diagnostic => new Diagnostic("bad-request", 'The request is not JSON such as {"inputs": {"x": 1}, "entry": "W[0,1]"}.');
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw wrong();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong();
  const { inputs, entry } = value as { inputs?: unknown; entry?: unknown };
  const isObject = typeof inputs === "object" && inputs !== null && !Array.isArray(inputs);
  if ((inputs !== undefined && !isObject) || (entry !== undefined && typeof entry !== "string")) throw wrong();
  return value as Asked;
};

export const modelRoutes = (model: LiveModel, io: Io): Private => {
  const failure = (told: Told): Answer => json(422, JSON.stringify(servedError(told, io)));
  const circuit = async (asked: () => Asked): Promise<Answer> => {
    try {
      const reply = await model.ask(asked());
      return "text" in reply ? json(200, reply.text) : failure(reply.failed);
    } catch (error) {
      return failure(tell(error));
    }
  };
  return {
    path: "/model",
    page: "/?model",
    routes: new Map<string, Route>([
      ["/model", { GET: () => json(200, JSON.stringify(model.served)) }],
      [
        "/model/circuit",
        {
          GET: ({ query }) => circuit(() => (query.has("entry") ? { entry: query.get("entry")! } : {})),
          POST: ({ body }) => circuit(() => askedIn(body)),
        },
      ],
      [
        "/model/changes",
        {
          GET: () => ({
            start: (send) => {
              const tellPage = (): void => send("model", JSON.stringify(model.served));
              tellPage();
              return model.listen(tellPage);
            },
          }),
        },
      ],
    ]),
  };
};
