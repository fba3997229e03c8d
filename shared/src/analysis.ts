/** What a question was answered after a run: a small document that the dashboard shows, one per question, of the latest run. */
import * as z from 'zod';

/** Partition of run-info that they lie in; no run has such an id. */
export const ANALYSIS = 'analysis';
export const analysisId = (name: string): string => `analysis.${name}`;
/** Letters, digits, hyphens: names stand in paths and addresses. */
export const ANALYSIS_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Container run-info, partition /runId. */
export const Analysis = z.object({
  id: z.string(),
  runId: z.literal(ANALYSIS),
  type: z.literal('analysis'),
  name: z.string().regex(ANALYSIS_NAME),
  title: z.string(),
  tells: z.string(),
  /** The last run that it knows of, and the start of that. */
  ofRun: z.string(),
  revision: z.int().min(1),
  asOf: z.iso.datetime(),
  columns: z.array(z.string()),
  /** Of each column, whether it holds numbers. */
  numeric: z.array(z.boolean()),
  /** The first ones, up to a size; `total` counts them all. */
  rows: z.array(z.array(Cell)),
  total: z.int().min(0),
  /** Why there is no answer. */
  problem: z.string().optional(),
});
export type Analysis = z.infer<typeof Analysis>;
