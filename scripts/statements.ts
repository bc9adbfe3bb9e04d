/** Writes docs/statements.md: `node scripts/statements.ts`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./entries.ts";
import { statementsPage } from "./statements-page.ts";

writeFileSync(join(root, "docs", "statements.md"), statementsPage());
