/** All transitions of a search, source by source in the order of discovery: what claims about what stays possible need. */
export class Graph {
  /** Targets of the transitions, those of state 0 first. */
  targets = new Int32Array(1 << 16);
  transitions = 0;
  /** How many transitions each state has. */
  degrees = new Uint16Array(1 << 14);
  states = 0;

  addTarget(state: number): void {
    if (this.transitions === this.targets.length) {
      const wider = new Int32Array(2 * this.targets.length);
      wider.set(this.targets);
      this.targets = wider;
    }
    this.targets[this.transitions++] = state;
  }

  /** The number of transitions of the next state. */
  addDegree(degree: number): void {
    if (this.states === this.degrees.length) {
      const wider = new Uint16Array(2 * this.degrees.length);
      wider.set(this.degrees);
      this.degrees = wider;
    }
    this.degrees[this.states++] = degree;
  }

  get bytes(): number {
    return 4 * this.transitions + 2 * this.states;
  }
}
