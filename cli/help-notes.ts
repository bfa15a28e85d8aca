/** The notes of `--help`: what options and results of a command mean. */

export const STOPS = `
--stop-at first  the first violation ends the search, once all states of its
                 depth are found
          each   the search does not go on from states that violate a property
          never  violations end nothing: the whole space is searched
Default: first if one system is named and its run is not in the suite, otherwise
never. Violations that the suite lists for the same design end nothing. Each
violation is printed on stderr when it is found. Ctrl-C ends the search and
keeps what was found.`;

export const SWEEPS = `
A combination holds when its search was complete and violates nothing, and breaks
when it violates a property. One that ended early and violates nothing is
incomplete: it neither holds nor breaks. A set of settings breaks a property if
every run with them does; with --pairs, if no run that was made contradicts it.
--each-pair tells more about pairs, in more runs.
The base has the first value of everything that is varied. --vary all is every
knob of the system except its sizes; give more values, or sizes, beside it.
Results are kept in the --out directory as they come: after Ctrl-C the same
command goes on. Exit codes: 0 every run ended (violations are results), 2 usage,
3 some did not end, 4 some failed.`;

export const MERGES = `
The shards must be all of one command, each once. The results are those of the
command without --shard, and so is the exit code.`;

export const DEFECTS = `
A defect is right if its claims hold without it, by a complete search, and are
violated with it. published: a fix, an erratum or an advisory says so; proposed:
in a patch that was not merged; read: by reading code that is in use; clause:
what a rule forbids. Exit codes: 0 all are right, 1 one is not, 2 usage.`;

export const PATCHES = `
The patch is only read: no kernel tree is needed. A function is found by the line
behind "@@" and by definitions in the hunks.`;

export const TRACES = `
A trace is explained (exit code 0), not explained (1), or undecided (3). A line
that cannot happen is printed with what could have come instead. Nothing after
lost events is judged. docs/recording.md says how to record.`;

export const REFINES = `
refines          the stand-in can do every trace of interface messages that the
                 detailed machines can do
does not refine  a shortest trace that only the detailed machines can do is
                 printed
Exit codes: 0 all refine, 1 one does not, 2 usage, 3 a bound was reached.`;

export const WORKS = `
A worker does only jobs of its own version and sources. Ctrl-C or SIGTERM: it
finishes what it has begun, and ends with exit code 0; a second one leaves that
to other workers. With a password: redis://USER:PASSWORD@HOST, or the password
in FAULTLINE_QUEUE_PASSWORD. docs/many-machines.md says more.`;

export const WHYS = `
A step is needed if no run of the system violates the claim without it: the step
is forbidden, and all other runs are searched. What a bound left open is printed
as not decided. Exit codes: 0 all was decided, 2 usage or bad input, 3 a bound
was reached first.`;

export const MEASURES = `
Counts: faults, lookups, locks, walks, references, evictions, drops, invalidations,
accesses, responses; or a message or a step of the system by its own name.
bounds    exact, with nothing assumed of times; no bound: some run goes round
          for ever and counts each time
expected  each step takes a time of model/costs, or of --cost: access, translation,
          report, core, handler, resume, release
simulate  discrete events with the same times, for sizes that no search reaches:
          --set takes numbers up to 65536. Ctrl-C keeps the replications that are
          done. The same seed gives the same bytes, whatever --jobs is.
A number holds for these sizes, and for the assumptions that are printed with it.`;

export const COVERS = `
A rule is used when it is taken, and its guard when it is seen true and false; a
state when it is entered, a message when it is sent, a value of a knob when a run
is built with it, a claim when what it rests on occurs. What no run of the suite
uses has its reason in properties/gaps; exit code 1: something has none.
The JSON is what report --coverage takes.`;
export const EXPLORES = `
The page takes steps by hand, searches all states and shows each machine. Nothing
leaves this machine, and no other file is served. A link to the page holds the
choices and the whole path. Ctrl-C ends it, with exit code 0.`;
