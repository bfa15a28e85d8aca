/**
 * The worker of the page. It listens from the beginning: what is sent to a worker that does not listen yet is lost, and the
 * system that its address names takes a while to load.
 */
import type { Asked, Told } from "../protocol.ts";

/** What is used of a worker's scope. */
interface Scope {
  readonly location: { readonly href: string };
  postMessage: (told: Told) => void;
  onmessage: ((event: { readonly data: Asked }) => Promise<void>) | null;
}
const scope = globalThis as unknown as Scope;

/** Resolves when what the page has sent before was heard: messages are handed over in the order in which they were sent. */
function breath(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}

const loaded = import("./answers.ts").then(({ Answers }) => {
  const system = new URL(scope.location.href).searchParams.get("system") ?? "";
  return new Answers(system, {
    progress: (progress) => scope.postMessage({ kind: "progress", progress }),
    found: (verdict) => scope.postMessage({ kind: "found", verdict }),
    breath,
  });
});

scope.onmessage = async ({ data }) => {
  const answers = await loaded;
  scope.postMessage(await answers.told(data));
};
