/** The first generation's published run: 195 repositories of one organisation, stage by stage, in seconds. */
import type { StageName } from './host.ts';

export const PUBLISHED_REPOSITORIES = 195;
export const PUBLISHED_SECONDS = 47.53;

export const PUBLISHED_STAGES: Readonly<Record<StageName, number>> = {
  'run id': 2.323,
  mail: 0.498,
  sources: 0.041,
  listing: 3.649,
  append: 0.139,
  'query texts': 0.226,
  execute: 13.883,
  parse: 0.155,
  write: 16.474,
  totals: 0.038,
  'run info': 4.315,
  event: 0.475,
  'final mail': 0.294,
};
/** 17 steps and the end. */
export const PUBLISHED_BETWEEN = 5.02;
