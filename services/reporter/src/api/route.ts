/** What declares a route of the API: its path, what may be asked, what is answered, and the handler; OpenAPI is made of the same. */
import * as z from 'zod';
import { unusable } from './problem.ts';

/** The names of the parameters in a path, as `{runId}`. */
export type Params = Readonly<Record<string, string>>;

export interface RouteDefinition<Q extends z.ZodObject, A extends z.ZodType> {
  /** Below `api/`. */
  path: string;
  about: string;
  query: Q;
  answer: A;
  /** Media type of the answer: JSON, unless it is text of its own kind. */
  media?: string;
  /**
   * Tells two answers to the same question apart without making them: then an answer that a client has is confirmed before any query.
   * Undefined where the answer itself has to be looked at.
   */
  version?: (asked: Asked<Q>) => Promise<string | undefined>;
  handle: (asked: Asked<Q>) => Promise<z.input<A>>;
  /** Its table, to the end: for CSV and NDJSON. Not a page of it. */
  table?: { row: z.ZodType; rows: (asked: Asked<Q>) => AsyncIterable<unknown> };
}

export interface Asked<Q extends z.ZodType> {
  params: Params;
  query: z.output<Q>;
}

/** A route whose types are settled. */
export interface Route {
  path: string;
  about: string;
  query: z.ZodObject;
  answer: z.ZodType;
  media: string;
  row: z.ZodType | undefined;
  /** @throws RequestProblem for a query that cannot be used. */
  ask(params: Params, given: Readonly<Record<string, string>>): Question;
}

export interface Question {
  version(): Promise<string | undefined>;
  answer(): Promise<unknown>;
  /** Undefined where there is no table. */
  rows(): AsyncIterable<unknown> | undefined;
}

export const route = <Q extends z.ZodObject, A extends z.ZodType>(
  definition: RouteDefinition<Q, A>,
): Route => ({
  path: definition.path,
  about: definition.about,
  query: definition.query,
  answer: definition.answer,
  media: definition.media ?? 'application/json',
  row: definition.table?.row,
  ask(params, given) {
    const parsed = definition.query.safeParse(given);
    if (!parsed.success) throw unusable(parsed.error.issues.map(worded).join('; '));
    const asked: Asked<Q> = { params, query: parsed.data };
    return {
      version: async () => definition.version?.(asked),
      answer: () => definition.handle(asked),
      rows: () => definition.table?.rows(asked),
    };
  },
});

/** Which parameter, and what is wrong with it. */
const worded = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys'
    ? `${issue.keys.join(', ')}: is no parameter of this route; api/openapi.json lists them`
    : `${issue.path.join('.')}: ${issue.message}`;

/** Items of a page. */
export const limit = z.coerce
  .number('is not a number')
  .int('is not a whole number')
  .min(1, 'is less than 1')
  .max(500, 'is more than 500')
  .default(50);
export const days = z.coerce
  .number('is not a number')
  .int('is not a whole number')
  .min(1, 'is less than 1')
  .max(3660, 'is more than 3660');
/** `next` of the page before. */
export const after = z.string().max(1000).optional();
export const order = z.enum(['asc', 'desc']).default('desc');
