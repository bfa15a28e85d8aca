import { expect, test } from "vitest";
import { createActor } from "xstate";
import { mutex } from "./mutex.ts";

test("a mutex has an owner as long as it is held, and only the owner drops it", () => {
  const actor = createActor(mutex).start();
  const owners = [
    { type: "lock.acquires", owner: "a" } as const,
    { type: "lock.acquires", owner: "b" } as const,
    { type: "lock.releases", owner: "b" } as const,
    { type: "lock.releases", owner: "a" } as const,
  ].map((event) => {
    actor.send(event);
    return actor.getSnapshot().context.owner;
  });
  expect(owners).toEqual(["a", "a", "a", null]);
});
