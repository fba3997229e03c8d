/** What goes wrong in rows of their own, for both sides alike and just before the run that is measured. */
import type { Pipeline } from '../../test/pipeline.ts';
import { TIMEOUT_SECONDS } from './settings.ts';

export interface Fault {
  what: string;
  /** The share of very slow repositories. */
  giantShare?: number;
  happen?: (pipeline: Pipeline) => Promise<void>;
}

const timeout = { timeout: { after: TIMEOUT_SECONDS } };
const oneTimeout = (pipeline: Pipeline): Promise<void> =>
  pipeline.fails({ fault: timeout, kind: 'stats', times: 1 });

/** It is listed, and gone when its statistics are asked for. */
async function oneMissing(pipeline: Pipeline): Promise<void> {
  const truth = await pipeline.truth();
  const target = truth[Math.floor(truth.length / 2)]!.repo;
  await pipeline.happens({ event: 'fail', target, failure: 'not-found' });
}

/** Listings never time out here: the first generation would end with the first that did. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  timeout: { what: 'the first statistics call times out', happen: oneTimeout },
  timeouts: {
    what: '1 % of the statistics calls time out',
    happen: (pipeline) => pipeline.fails({ fault: timeout, kind: 'stats', rate: 0.01 }),
  },
  missing: { what: 'one repository is missing', happen: oneMissing },
  both: {
    what: 'one is missing, and the first call times out',
    async happen(pipeline) {
      await oneMissing(pipeline);
      await oneTimeout(pipeline);
    },
  },
  slow: { what: '2 % of the repositories are very slow', giantShare: 0.02 },
};
