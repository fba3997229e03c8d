/** What the API answers about all runs: each as one row, with what became of the checks of its numbers. */
import * as z from 'zod';
import { TOLD_STATES } from '../quality/quality.ts';
import { page, RunBrief, time } from './contract.ts';

export const ListedRun = RunBrief.extend({
  /** The worst of the checks, or held while its event waits for a person; null: nothing was checked yet. */
  quality: z.enum(TOLD_STATES).nullable(),
});
export type ListedRun = z.infer<typeof ListedRun>;

/** GET api/runs?after=&limit= */
export const RunList = z.object({ asOf: time, ...page(ListedRun) });
export type RunList = z.infer<typeof RunList>;
