/** Where the time of a run goes that was asked for at one moment and whose last e-mail was kept at another. */

/** Calls as the simulated GitHub saw them; epoch ms. */
export interface Calls {
  answeringSeconds: number;
  firstAt: number;
  lastEndedAt: number;
}

/** All moments in epoch ms. */
export interface Moments {
  requestedAt: number;
  /** Calls of every kind. */
  all: Calls;
  stats: Calls;
  /** GitHub's seconds of the calls that no statistics can be asked for beside: the first page, and what is reckoned before a kind of query is first asked. */
  beforeSeconds: number;
  lastWrittenAt: number;
  endedAt: number;
  mailedAt: number;
}

export interface Part {
  what: string;
  seconds: number;
  /** GitHub's share of it. */
  github: number;
}

export interface Makespan {
  seconds: number;
  parts: Part[];
  /** Over all response times, listings beside statistics too: may be below 1. */
  overAll: number;
  /** Over those that nothing can go on beside: the first page, then one call of statistics after the other. Never below 1. */
  overSerial: number;
}

export function partsOf(m: Moments): Makespan {
  const marks: readonly (readonly [what: string, at: number, github?: number])[] = [
    ['from the request to the first call', m.all.firstAt],
    ['from the first call to the first of statistics', m.stats.firstAt, m.beforeSeconds],
    ['from the first call of statistics to the last answer', m.stats.lastEndedAt, m.stats.answeringSeconds],
    ['from the last answer to the last outcome', m.lastWrittenAt],
    ['from the last outcome to the end of the run (change feed, fold)', m.endedAt],
    ['from the end of the run to its e-mail', m.mailedAt],
  ];
  let before = m.requestedAt;
  const parts = marks.map(([what, at, github = 0]) => {
    const seconds = (at - before) / 1000;
    before = at;
    return { what, seconds, github };
  });
  const seconds = (m.mailedAt - m.requestedAt) / 1000;
  return {
    seconds,
    parts,
    overAll: seconds / m.all.answeringSeconds,
    overSerial: seconds / (m.stats.answeringSeconds + m.beforeSeconds),
  };
}
