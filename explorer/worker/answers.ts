/** What the worker answers to each thing that the page asks. */
import { unknownName, UsageError } from "../../cli/errors.ts";
import { checkCommand } from "../../reports/lost.ts";
import { laneSaid } from "../../checker/said.ts";
import { DEADLOCK, forbidsDeadlock } from "../../checker/explore/claims/deadlock.ts";
import { canonical } from "../../checker/kernel/canon.ts";
import { take, initialState } from "../../checker/simulation.ts";

import type { Request } from "../../properties/build.ts";
import type { Asked, Asks, CarriedView, PropertyView, SystemView, Told } from "../protocol.ts";
import { choicesOf, notesOn, requestFor } from "./choices.ts";
import { pathView } from "./path.ts";
import { searched, type Telling } from "./searching.ts";
import { Session } from "./session.ts";
import { machineView } from "./state-chart.ts";

export class Answers {
  readonly #name: string;
  readonly #telling: Omit<Telling, "isStopped">;
  #session: Session | undefined;
  #search: { isStopped: boolean } | undefined;

  constructor(system: string, telling: Omit<Telling, "isStopped">) {
    this.#name = system;
    this.#telling = telling;
  }

  /** The answer, or why there is none, in words: the page shows them. */
  async told(asked: Asked): Promise<Told> {
    try {
      return { kind: "answer", id: asked.id, answer: await this.#to(asked) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const { expected, nearest } = error instanceof UsageError ? error : { expected: "", nearest: [] };
      return { kind: "refusal", id: asked.id, refusal: { message, expected, nearest } };
    }
  }

  async #to({ ask, about }: Asked): Promise<Asks[keyof Asks]["answer"]> {
    switch (ask) {
      case "build":
        return this.#build(requestFor(this.#name, about.options), about);
      case "path":
        return pathView(this.#built, about);
      case "texts":
        return this.#built.actionsOf(about.steps).map(canonical);
      case "carry":
        return carried(this.#built, about.steps);
      case "machine": {
        const { component, at, steps } = about;
        return machineView(this.#built.system.components[component]!, component, this.#built.statesOf(steps)[at]!);
      }
      case "export": {
        const { exported } = await import("./exported.ts");
        return exported(this.#built, about);
      }
      case "search":
        return this.#searched(about.stopsAtFirst);
      case "stop":
        if (this.#search) this.#search.isStopped = true;
        return this.#search !== undefined;
      case "open": {
        const { opened } = await import("./opened.ts");
        const { request, path, sentence } = opened(about);
        return { system: this.#build(request), path: path(this.#built.system), sentence };
      }
    }
  }

  get #built(): Session {
    if (!this.#session) throw new Error("No system was built yet.");
    return this.#session;
  }

  /** A link that does not fit is refused before the system that is shown is left. */
  #build(request: Request, { watch = "", fingerprint }: Omit<Asks["build"]["ask"], "options"> = {}): SystemView {
    const session = new Session(request);
    const now = session.model.fingerprint;
    if (fingerprint !== undefined && fingerprint !== now)
      throw new UsageError(`the model's fingerprint is ${now} now, the link was written for ${fingerprint}.`);
    const view = viewOf(session);
    const ids = view.properties.map(({ id }) => id);
    if (watch !== "" && !ids.includes(watch))
      throw unknownName("property", watch, ids, ` of ${request.system} with these choices`);
    // What it would say is of what was there before.
    if (this.#search) this.#search.isStopped = true;
    this.#session = session;
    return view;
  }

  async #searched(stopsAtFirst: boolean): Promise<Asks["search"]["answer"]> {
    const search = { isStopped: false };
    if (this.#search) this.#search.isStopped = true;
    this.#search = search;
    const answer = await searched(this.#built, stopsAtFirst, { ...this.#telling, isStopped: () => search.isStopped });
    if (this.#search === search) this.#search = undefined;
    return answer;
  }
}

function viewOf({ request, system, model }: Session): SystemView {
  const claims: readonly PropertyView[] = system.properties.map(({ id, name = "", kind, statement, source }) => ({
    id,
    name,
    kind,
    sentence: statement,
    source: `${source.document}, ${source.clause}`,
  }));
  const deadlock: PropertyView = {
    id: DEADLOCK.id,
    name: "",
    kind: "deadlock",
    sentence: DEADLOCK.statement,
    source: `${DEADLOCK.source.document}, ${DEADLOCK.source.clause}`,
  };
  return {
    system: request.system,
    ...choicesOf(request),
    properties: forbidsDeadlock(system) ? [...claims, deadlock] : claims,
    components: Object.entries(system.components).map(([name, { machine, input, lane }]) => ({
      name,
      sentence: lane ?? laneSaid(machine, input) ?? "",
    })),
    fingerprint: model.fingerprint,
    notes: notesOn(request),
    command: checkCommand(request),
  };
}

/** The steps of another model of this system, up to the first that is none here or cannot be taken. */
function carried({ system }: Session, texts: readonly string[]): CarriedView {
  const numbers = new Map(system.actions.map((action, number) => [canonical(action), number]));
  const steps: number[] = [];
  let state = initialState(system);
  for (const text of texts) {
    const number = numbers.get(text);
    if (number === undefined) return { steps, because: "no such step exists here" };
    const taken = take(system, state, system.actions[number]!);
    if (!taken.taken) return { steps, because: taken.because };
    state = taken.state;
    steps.push(number);
  }
  return { steps };
}
