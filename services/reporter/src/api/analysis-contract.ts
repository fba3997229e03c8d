/** What the API answers about the whole history: questions, as they were answered after a run. */
import * as z from 'zod';

const count = z.int().min(0);
const time = z.iso.datetime();

/** GET api/analysis: questions to the whole history, answered after a run. */
export const AnalysisList = z.object({
  asOf: time,
  items: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      /** The start of the last run that the answer knows of. */
      asOf: time,
      /** Rows. */
      total: count,
      problem: z.string().nullable(),
    }),
  ),
});
export type AnalysisList = z.infer<typeof AnalysisList>;

/** GET api/analysis/{question}: the first rows; `total` counts them all. */
export const AnalysisAnswer = z.object({
  asOf: time,
  name: z.string(),
  title: z.string(),
  tells: z.string(),
  runId: z.string(),
  columns: z.array(z.object({ name: z.string(), isNumber: z.boolean() })),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))),
  total: count,
  /** Why there is no answer. */
  problem: z.string().nullable(),
});
export type AnalysisAnswer = z.infer<typeof AnalysisAnswer>;
